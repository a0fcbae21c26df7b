"""Rules about cookies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.cases import Policy

PURPOSES = '[purposes.profile]\nbasis = "legitimate_interest"\ninterest = "x"\nprofiling = true\n'
PURPOSES += '[purposes.ads]\nbasis = "contract"\ndirect_marketing = true\n'
PURPOSES += '[purposes.news]\nbasis = "consent"\ndirect_marketing = true\n'
PURPOSES += '[purposes.devices]\nbasis = "contract"\ncross_device = true\n'


def ids(more: str, folder: Path) -> list[str]:
    """What is found."""
    return [finding.id for finding in Policy(more).checked(folder).findings]


@pytest.mark.parametrize(
    ("name", "purpose", "tracks"),
    [
        ("cart", "orders", False),
        ("cart", "statistics", True),
        ("cart", "profile", True),
        ("cart", "ads", True),
        ("cart", "devices", True),
        ("_ga", "orders", True),
        ("_ga_*", "orders", True),
        ("_gcl_au", "orders", True),
        ("IDE", "orders", True),
        ("ide", "orders", False),
    ],
)
def test_essential_cookies_that_track(tmp_path: Path, name: str, purpose: str, tracks: bool) -> None:
    """A purpose with consent, marketing or profiling gives it away, or a name that is known."""
    cookie = f'[cookies."{name}"]\npurpose = "{purpose}"\nlife = "1 day"\n'
    assert ids(f"{PURPOSES}{cookie}essential = true\n", tmp_path) == ["tracking-essential"] * tracks


@pytest.mark.parametrize(
    ("name", "purpose", "tracks"),
    [
        ("count", "orders", False),
        ("count", "statistics", False),
        ("count", "profile", True),
        ("count", "ads", True),
        ("count", "news", True),
        ("count", "devices", True),
        ("_ga", "orders", False),
        ("_ga_*", "orders", False),
        ("_gid", "orders", False),
        ("_gac_1", "orders", True),
        ("_fbp", "orders", True),
        ("_fbp", "statistics", True),
        ("IDE", "orders", True),
    ],
)
def test_exempt_cookies_that_track(tmp_path: Path, name: str, purpose: str, tracks: bool) -> None:
    """The law of a country may exempt what counts visits, but not what follows visitors or serves marketing."""
    cookie = f'[cookies."{name}"]\npurpose = "{purpose}"\nlife = "1 day"\nexempt = "Tw 11.7a(3)(b)"\n'
    findings = Policy(PURPOSES + cookie).checked(tmp_path).findings
    told = [(finding.id, finding.path.rpartition(".")[2]) for finding in findings]
    assert told == [("tracking-essential", "exempt")] * tracks


def test_an_essential_cookie_may_serve_no_purpose(tmp_path: Path) -> None:
    """A load balancer's."""
    assert ids('[cookies.lb]\nessential = true\nuse = "servers"\nlife = "1 day"\n', tmp_path) == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('essential = true\nlife = "1 day"', ["identifying-before-consent"]),
        ('essential = true\nlife = "session"', []),
        ('exempt = "Tw 11.7a(3)(b)"\nlife = "1 day"', ["identifying-before-consent"]),
    ],
)
def test_identifying_cookies(tmp_path: Path, lines: str, expected: list[str]) -> None:
    """One that outlives the visit is asked about."""
    assert ids(f'[cookies.me]\npurpose = "orders"\nidentifying = true\n{lines}\n', tmp_path) == expected
    asked = '[cookies.me]\npurpose = "statistics"\nidentifying = true\nlife = "1 day"\n'
    assert ids(asked, tmp_path) == []


@pytest.mark.parametrize(
    ("life", "expected"),
    [
        ("13 months", []),
        ("57 weeks", []),
        ("58 weeks", ["cookie-life"]),
        ("2 years", ["cookie-life"]),
        ("session", []),
    ],
)
def test_lives(tmp_path: Path, life: str, expected: list[str]) -> None:
    """Browsers keep no cookie for longer than 400 days."""
    assert ids(f'[cookies.me]\npurpose = "statistics"\nlife = "{life}"\n', tmp_path) == expected
