"""Running the rules: everything at once, on what can be read, and what a shop accepts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given

from shopprivacy.lint import KINDS, lint
from shopprivacy.lint.rules import WARNINGS
from shopprivacy.policy import Policy as Model
from shopprivacy.policy.loader import LoadedFile, read
from tests.lint.cases import CASES, TODAY, Policy
from tests.policy.files import BODY, HEAD
from tests.strategies import policies

CARRIER = '[recipients.carrier]\nrole = "processor"\nfor = ["orders"]\ncountry = "NL"\n'


def found(policy: Policy, folder: Path) -> list[tuple[str, str]]:
    """Id and place of each finding."""
    return [(finding.id, finding.path) for finding in policy.checked(folder).findings]


def test_errors_hide_no_warning(tmp_path: Path) -> None:
    """What cannot be enforced is left out, and the rest is looked at all the same; errors come first."""
    policy = Policy(
        CARRIER + '[recipients.host]\nrole = "procesor"\nfor = ["orders"]\ncountry = "US"\n'
        '[purposes.fraud]\nbasis = "contract"\ndata = ["contact"]\nkeep = "long"\n'
        '[cookies._ga]\npurpose = "statistics"\nessential = true\nlife = "2 years"\n'
    )
    assert found(policy, tmp_path) == [
        ("vague-term", "purposes.fraud.keep"),
        ("invalid", "recipients.host.role"),
        ("no-agreement", "recipients.carrier.agreement"),
        ("tracking-essential", "cookies._ga.essential"),
        ("cookie-life", "cookies._ga.life"),
    ]


def test_what_hangs_together_badly_hides_no_warning(tmp_path: Path) -> None:
    """The same where all can be read, but not enforced."""
    policy = Policy(CARRIER + '[purposes.tax]\nbasis = "legal_obligation"\n')
    assert found(policy, tmp_path) == [
        ("no-law", "purposes.tax.law"),
        ("no-agreement", "recipients.carrier.agreement"),
    ]


@pytest.mark.parametrize(
    "id_", [id_ for id_ in KINDS if id_ not in {"unreadable", "no-jurisdiction", *WARNINGS}]
)
def test_no_error_makes_a_warning_of_its_own(tmp_path: Path, id_: str) -> None:
    """Beside any one error a policy has the warning that it has without it."""
    failing = CASES[id_].failing
    with_carrier = Policy(failing.more + CARRIER, failing.head, failing.body)
    assert {kind for kind, _ in found(with_carrier, tmp_path)} == {id_, "no-agreement"}


def test_a_key_is_told_once(tmp_path: Path) -> None:
    """What is wrong with a value hides that the rest of the file lacks it."""
    policy = Policy(
        CARRIER + 'agreement = "May"\n[children]\nage = 30\n'
        '[recipients.host]\nrole = "controller"\nfor = ["orders"]\ncountry = "US"\nsafeguard = { kind = "hope" }\n'
    )
    assert found(policy, tmp_path) == [
        ("invalid", "children.age"),
        ("invalid", "recipients.carrier.agreement"),
        ("invalid", "recipients.host.safeguard.kind"),
    ]


BELGIAN = 'children = { age = 13 }\ndeadline = { request = "2 months" }\n'
FORM = '[forms.a]\nrequired = ["visit.page"]\npurposes = ["orders"]\n[data.person]\nfields = ["a.bsn"]\n'


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (
            Policy(head=HEAD.replace('"NL"', '"BEL"').replace("Street 1", "Paris, France") + BELGIAN),
            [("invalid", "jurisdiction"), ("late-deadline", "deadline.request")],
        ),
        (
            Policy(head=HEAD.replace("name =", "nam =").replace("Street 1", "Paris, France") + BELGIAN),
            [
                ("no-controller", "controller.name"),
                ("unknown-key", "controller.nam"),
                ("late-deadline", "deadline.request"),
                ("child-age", "children.age"),
            ],
        ),
        (
            Policy(FORM, body=BODY.replace('"contract"', '"contrat"')),
            [("invalid", "purposes.orders.basis")],
        ),
    ],
)
def test_nothing_is_made_of_what_could_not_be_read(
    tmp_path: Path, policy: Policy, expected: list[tuple[str, str]]
) -> None:
    """A rule is not run on a country, a controller or purposes that only stand in for what the file says."""
    assert found(policy, tmp_path) == expected


def test_a_policy_of_which_nothing_can_be_read() -> None:
    """There are its errors and nothing more."""
    assert lint(LoadedFile("privacy.toml", None), TODAY).findings == ()


ACCEPTED = '[accepted]\nno-agreement."recipients.carrier.agreement" = "signed, on its way"\n'


def test_a_warning_can_be_accepted_with_a_reason(tmp_path: Path) -> None:
    """It is told beside the findings, with the reason; another one of its kind is still a finding."""
    other = CARRIER.replace("carrier", "host")
    report = Policy(ACCEPTED + CARRIER + other).checked(tmp_path)
    assert [(finding.id, finding.path) for finding in report.findings] == [
        ("no-agreement", "recipients.host.agreement")
    ]
    (accepted,) = report.accepted
    assert accepted.finding.path == "recipients.carrier.agreement"
    assert accepted.reason == "signed, on its way"


def test_an_error_cannot_be_accepted(tmp_path: Path) -> None:
    """An entry for one accepts nothing."""
    policy = Policy(
        '[accepted]\nno-law."purposes.tax.law" = "x"\n[purposes.tax]\nbasis = "legal_obligation"\n'
    )
    assert found(policy, tmp_path) == [("no-law", "purposes.tax.law")]


def test_an_acceptance_without_a_warning_is_a_finding(tmp_path: Path) -> None:
    """So is one of an id that there is not; where an error keeps rules from running, nobody can say so."""
    policy = Policy(ACCEPTED + 'no-such-thing.effective = "x"\n')
    assert found(policy, tmp_path) == [
        ("stale-acceptance", 'accepted.no-agreement."recipients.carrier.agreement"'),
        ("stale-acceptance", "accepted.no-such-thing.effective"),
    ]
    broken = Policy(policy.more + "[purposes.x]\n")
    assert found(broken, tmp_path) == [("no-basis", "purposes.x.basis")]


def test_acceptance_changes_no_meaning(tmp_path: Path) -> None:
    """It tells and binds customers nothing, so no consent hangs on it, and its date need not move."""
    policy = Policy(ACCEPTED + CARRIER, since=HEAD + BODY + CARRIER)
    assert found(policy, tmp_path) == []


def test_the_day_is_passed_in(tmp_path: Path) -> None:
    """The same file is right on one day and wrong on the next."""
    failing = CASES["agreement-ended"].failing
    assert failing.checked(tmp_path, date(2026, 11, 23)).findings == ()
    assert failing.checked(tmp_path, date(2026, 11, 24)).findings


@given(policies())
def test_every_valid_policy_can_be_checked(policy: Model) -> None:
    """No rule stumbles over a policy that loads, and each finding is a warning."""
    report = lint(LoadedFile("privacy.toml", policy), TODAY)
    assert {finding.id for finding in report.findings} <= WARNINGS


def test_what_is_accepted_of_a_shop_is_not_stale_where_nobody_looked(tmp_path: Path) -> None:
    """Without the shop's models nobody knows whether a copy in clear is still there; with them it is told."""
    file = tmp_path / "privacy.toml"
    file.write_text(
        HEAD + BODY + '[accepted]\nclear-copy."customer.name_hash" = "of a product"\n', encoding="utf-8"
    )
    assert lint(read(file), TODAY).findings == ()
    assert [one.id for one in lint(read(file), TODAY, (), ()).findings] == ["stale-acceptance"]
