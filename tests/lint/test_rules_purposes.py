"""Rules about purposes and terms."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from shopprivacy.lint.rules_purposes import longer
from shopprivacy.policy import Duration
from tests.lint.cases import HOST, Policy
from tests.policy.files import HEAD
from tests.strategies import terms


def ids(policy: Policy, folder: Path) -> list[str]:
    """What is found."""
    return [finding.id for finding in policy.checked(folder).findings]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('basis = "consent"', []),
        ('basis = "contract"', ["marketing-without-consent"]),
        ('basis = "legitimate_interest"\ninterest = "x"\nsoft_opt_in = true', []),
        (
            'basis = "legitimate_interest"\ninterest = "x"\nsoft_opt_in = true\nchannels = ["email", "sms"]',
            [],
        ),
        (
            'basis = "legitimate_interest"\ninterest = "x"\nsoft_opt_in = true\nchannels = ["fax"]',
            ["marketing-without-consent"],
        ),
        ('basis = "legitimate_interest"\ninterest = "x"\nchannels = ["phone", "post", "push"]', []),
        ('basis = "legitimate_interest"\ninterest = "x"\nchannels = ["sms"]', ["marketing-without-consent"]),
    ],
)
def test_marketing(tmp_path: Path, lines: str, expected: list[str]) -> None:
    """E-mail, text messages and fax need consent; e-mail and text messages to own customers do not."""
    assert ids(Policy(f'[purposes.extra]\nmail = "marketing"\n{lines}\n{HOST}'), tmp_path) == expected


@pytest.mark.parametrize(
    ("mail", "lines", "expected"),
    [
        ('otherwise = "service"', "", ["no-mail-links"] * 2),
        ('otherwise = "service"\nurl = "https://shop.example/u/"', "", ["no-mail-links"]),
        ('otherwise = "service"', 'channels = ["post"]', []),
        ('otherwise = "service"', 'confirm = "double_opt_in"', ["no-mail-links", "nobody-can-confirm"]),
        ("", "", []),
    ],
)
def test_links_of_marketing(tmp_path: Path, mail: str, lines: str, expected: list[str]) -> None:
    """Whoever has the gate learns before the first campaign that it would refuse all of it."""
    more = (
        f'[mail]\n{mail}\n[purposes.service]\nbasis = "contract"\nmail = "transactional"\n'
        f'[purposes.extra]\nbasis = "consent"\nmail = "marketing"\n{lines}\n{HOST}'
    )
    assert sorted(ids(Policy(more=more), tmp_path)) == expected


@pytest.mark.parametrize(
    ("effective", "review", "expected"),
    [
        ("2024-02-29", "2029-02-28", []),
        ("2024-02-29", "2029-03-01", ["late-review"]),
        ("2026-01-01", "2030-12-31", []),
        ("2026-01-01", "2999-01-01", ["late-review"]),
        ("9998-01-01", "9999-12-31", []),
    ],
)
def test_reviews(tmp_path: Path, effective: str, review: str, expected: list[str]) -> None:
    """A day of review lies within five years of the day from which the policy applies."""
    purpose = f'[purposes.extra]\nbasis = "contract"\ndata = ["contact"]\nreview = {review}\n'
    assert ids(Policy(purpose, head=HEAD.replace("2026-01-01", effective)), tmp_path) == expected


@pytest.mark.parametrize("term", ["100 years", "51 years", "601 months"])
def test_a_term_for_life_is_none(tmp_path: Path, term: str) -> None:
    """A term beyond every law's is refused; those of the law on exposure to asbestos are not."""
    purpose = '[purposes.extra]\nbasis = "contract"\ndata = ["contact"]\nkeep = "{} after last_order"\n'
    assert ids(Policy(purpose.format(term)), tmp_path) == ["vague-term"]
    assert ids(Policy(purpose.format("40 years")), tmp_path) == []


@pytest.mark.parametrize(
    ("country", "name", "lines", "expected"),
    [
        ("NL", "books", 'keep = "7 years after fiscal_year_end"', []),
        ("BE", "books", 'keep = "7 years after fiscal_year_end"', ["short-tax-term"]),
        ("BE", "books", 'keep = "10 years after fiscal_year_end"', []),
        ("DE", "books", 'keep = "7 years after fiscal_year_end"', ["short-tax-term"]),
        ("NL", "accounting", 'keep = "6 years after last_order"', ["short-tax-term", "tax-term-start"]),
        ("NL", "accounting", 'keep = "8 years after last_order"', ["tax-term-start"]),
        ("NL", "accounting", "review = 2027-01-01", []),
        ("NL", "warranty", 'keep = "2 years after last_order"', []),
    ],
)
def test_books(tmp_path: Path, country: str, name: str, lines: str, expected: list[str]) -> None:
    """A legal obligation that keeps the books lasts as long as the country says, from the end of the year."""
    law = {"NL": "AWR art. 52", "BE": "WIB 92 art. 315", "DE": "AO § 147"}[country]
    purpose = f'[purposes.{name}]\nbasis = "legal_obligation"\nlaw = "{law}"\ndata = ["contact"]\n{lines}\n'
    assert ids(Policy(purpose, head=HEAD.replace("NL", country)), tmp_path) == expected


@pytest.mark.parametrize(
    ("country", "age", "expected"),
    [("NL", 15, ["child-age"]), ("NL", 16, []), ("NL", 18, []), ("BE", 13, []), ("FR", 14, ["child-age"])],
)
def test_the_age_of_children(tmp_path: Path, country: str, age: int, expected: list[str]) -> None:
    """A shop may ask parents for longer than the country does, not for less long."""
    head = HEAD.replace("NL", country) + f"children.age = {age}\n"
    assert ids(Policy(head=head), tmp_path) == expected


@pytest.mark.parametrize(
    ("key", "term", "expected"),
    [
        ("request", "1 month", []),
        ("request", "31 days", []),
        ("request", "32 days", ["late-deadline"]),
        ("notice", "2 months", ["late-deadline"]),
        ("preference", "2 months", []),
    ],
)
def test_deadlines(tmp_path: Path, key: str, term: str, expected: list[str]) -> None:
    """Answers and notices take a month at most; for preferences the law sets no term."""
    assert ids(Policy(head=HEAD + f'deadline.{key} = "{term}"\n'), tmp_path) == expected


@given(terms(), terms())
def test_longer_is_an_order(one: str, other: str) -> None:
    """No two terms are each longer than the other, and none is longer than itself."""
    first, second = Duration.parse(one), Duration.parse(other)
    assert not (longer(first, second) and longer(second, first))
    assert not longer(first, first)
    assert longer(Duration(50 * 12, "months"), Duration(49, "years"))
