"""Answers about what only another version of the policy knows: specs/cookies.md, 'Rules added since'."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shopprivacy.consent.account_merge import names_in, subject_of
from shopprivacy.consent.choices import Answer, BrowserPolicy, Choice
from shopprivacy.decision import Action
from shopprivacy.gate.request_filter import Passage
from shopprivacy.ledger.effects import read_rows
from shopprivacy.ledger.entry import CollectionMethod, Entry, Row
from shopprivacy.policy import Policy
from tests.gate.exchange import NOW, PURPOSES, choices, make_policy
from tests.pages.desk import Desk

_ACCEPT = [("choice", "accept")]
_REFUSE = [("choice", "refuse")]
_SAVE_ADS = [("choice", "save"), ("purpose", "ads")]


_NEWER = make_policy(
    effective=date(2026, 2, 1),
    purposes={**PURPOSES, "heatmap": {"basis": "consent", "asked": "browser"}},
)
_SAME_DAY = make_policy(purposes={**PURPOSES, "heatmap": {"basis": "consent", "asked": "browser"}})
_HEATMAP = _NEWER.purpose_id("heatmap")


def _met(policy: Policy, *, account: bytes = b"") -> Desk:
    """Return an older worker whose visitor has accepted all at a newer one, with the ledger of both."""
    newer = Desk(policy)
    newer.post(_ACCEPT)
    assert newer.choices is not None
    older = Desk(choices=replace(newer.choices, account=account, answered=bytes(8)))
    older.rows = [
        Row(number, entry, b"", bytes(32), b"", b"") for number, entry in enumerate(newer.entries(), start=1)
    ]
    return older


@pytest.mark.parametrize("policy", [_NEWER, _SAME_DAY])
@pytest.mark.parametrize(
    "form",
    [
        [("choice", "refuse")],
        [("choice", "save")],
        [("choice", "refuse"), *(("asked", name) for name in ("statistics", "ads", "heatmap"))],
        [
            ("choice", "save"),
            ("by", "answer"),
            *((f"answer.{name}", "refuse") for name in ("statistics", "ads")),
        ],
    ],
)
@pytest.mark.parametrize("account", [b"", b"a" * 20])
def test_refusing_all_knows_no_unknown(policy: Policy, form: list[tuple[str, str]], account: bytes) -> None:
    """What a newer worker has asked about is denied in the cookie, and in the ledger under its own name."""
    desk = _met(policy, account=account)
    assert desk.post(form).status_code == 303
    assert desk.choices is not None
    assert desk.choices.answers[_HEATMAP].choice is Choice.WITHDRAWN
    assert desk.choices.stamp == BrowserPolicy(_NEWER if policy is _NEWER else desk.policy).stamp
    row = [entry for entry in desk.entries() if entry.purpose == "heatmap"]
    assert [str(entry.action) for entry in row] == ["withdrawn"] * (2 if account else 1)
    assert {entry.meaning for entry in row} == {policy.purpose_fingerprint("heatmap")}
    assert desk.choices.consent_id == desk.choices.account == b""


def test_a_no_to_what_is_not_known_here_is_that_one_alone() -> None:
    """A form of the newer worker that refuses what only it knows leaves what it allows; so do a no and a yes here."""
    desk = _met(_NEWER)
    form = [("choice", "save"), ("asked", "ads"), ("asked", "heatmap"), ("purpose", "ads")]
    assert desk.post(form).status_code == 303
    assert desk.choices is not None
    assert desk.choices.answers[_HEATMAP].choice is Choice.WITHDRAWN
    assert desk.answers() == {"statistics": Choice.GRANTED, "ads": Choice.GRANTED}
    for some in ([*_REFUSE, ("asked", "ads")], _SAVE_ADS):
        desk = _met(_NEWER)
        assert desk.post(some).status_code == 303
        assert desk.choices is not None
        assert desk.choices.answers[_HEATMAP].choice is Choice.GRANTED


def test_rows_about_everything_name_no_purpose() -> None:
    """And what answers an effect with something else than rows is an error."""
    everything = Entry(
        NOW, subject_of(b"a" * 20), None, Action.RESTRICTED, "v", None, None, CollectionMethod.OPERATOR
    )
    assert names_in([Row(1, everything, b"", bytes(32), b"", b"")]) == {}
    reading = read_rows("customer:7")
    next(reading)
    with pytest.raises(TypeError, match="rows"):
        reading.send(None)


def test_what_cannot_be_denied_is_not_answered_with_success() -> None:
    """A no to a name that nobody here knows: what is known is denied, and the visitor is asked to come back."""
    for desk, form in (
        (Desk(), [*_REFUSE, *(("asked", name) for name in ("ads", "heatmap"))]),
        (
            Desk(),
            [("choice", "save"), ("by", "answer"), ("answer.ads", "refuse"), ("answer.heatmap", "refuse")],
        ),
        (_met(_NEWER, account=b"a" * 20), _REFUSE),
    ):
        desk.rows = []
        assert desk.post(form).status_code == 503
        assert desk.answers()["ads"] in {Choice.REFUSED, Choice.WITHDRAWN}


def test_a_ledger_that_is_down_leaves_no_name_for_the_account() -> None:
    """The browser is denied all the same, and the rest is in the journal: the answer says to come back."""
    desk = _met(_NEWER, account=b"a" * 20)
    desk.ledger_up = False
    assert desk.post(_REFUSE).status_code == 503
    assert desk.choices is not None
    assert desk.choices.answers[_HEATMAP].choice is Choice.WITHDRAWN
    assert ("ads", "withdrawn") in desk.said()


def test_an_objection_outlives_a_worker_that_does_not_know_it() -> None:
    """What it is about may be allowed elsewhere without asking: a no stays in the cookie, whatever is answered here."""
    counted = 0xABCD
    desk = Desk(choices=choices(make_policy(), statistics=Choice.GRANTED))
    assert desk.choices is not None
    desk.choices = desk.choices.with_answers({counted: Answer(Choice.REFUSED, int(NOW.timestamp()))})
    desk.post(_SAVE_ADS)
    desk.post(_REFUSE)
    assert desk.choices.answers[counted].choice is Choice.REFUSED


def _no(account: bytes, purpose: str) -> Entry:
    """Return a withdrawal of an account, by a clock that is behind."""
    at, how = NOW - timedelta(hours=1), CollectionMethod.ACCOUNT
    return Entry(at, subject_of(account), purpose, Action.WITHDRAWN, "v", None, None, how)


def test_a_grant_answers_what_the_account_said_no_to_before() -> None:
    """Only what is granted now is opened by it; what ended meanwhile is denied, known here or not."""
    account = b"a" * 20
    for unknown in (False, True):
        desk = _met(_NEWER, account=account)
        said = [("statistics", 1), ("ads", 2), *([("heatmap", 3)] if unknown else [])]
        desk.rows += [
            Row(10 + number, _no(account, name), b"", bytes([number]) * 32, b"", b"") for name, number in said
        ]
        desk.withdrawals = {name: 0 for name, _ in said}
        desk.post([*_ACCEPT, ("asked", "ads")])
        assert desk.choices is not None
        assert desk.answers() == {"statistics": Choice.WITHDRAWN, "ads": Choice.GRANTED}
        assert desk.choices.answers[_HEATMAP].choice is (Choice.WITHDRAWN if unknown else Choice.GRANTED)
        assert desk.choices.answered == bytes([said[-1][1]]) * 6 + len(said).to_bytes(2)
        assert desk.choices.account == account


def test_a_grant_that_was_on_its_way_brings_back_nothing_that_was_withdrawn_meanwhile() -> None:
    """A form in one window allows more, with the cookie from before a form in another window refused all."""
    desk = Desk()
    desk.post([*_ACCEPT, ("asked", "statistics")])
    before = desk.choices
    desk.post(_REFUSE)
    desk.rows = [
        Row(number, entry, b"", bytes(32), b"", b"") for number, entry in enumerate(desk.entries(), start=1)
    ]
    late = Desk(choices=before)
    late.rows = desk.rows
    assert late.post([*_ACCEPT, ("asked", "ads")]).status_code == 303
    assert late.answers() == {"statistics": Choice.WITHDRAWN, "ads": Choice.GRANTED}


def test_nothing_comes_back_that_no_row_can_name() -> None:
    """A restored ledger has lost the name of what a newer worker asked about, and all else was refused before."""
    before = choices(_NEWER, statistics=Choice.REFUSED, ads=Choice.REFUSED, heatmap=Choice.GRANTED)
    desk = Desk(choices=replace(before, consent_id=b"c" * 16))
    slow = desk.choices
    assert desk.post(_REFUSE).status_code == 303
    late = Desk(choices=slow)
    late.rows = [
        Row(number, entry, b"", bytes(32), b"", b"") for number, entry in enumerate(desk.entries(), start=1)
    ]
    late.post([*_ACCEPT, ("asked", "ads")])
    assert late.choices is not None
    assert late.choices.answers[_HEATMAP].choice is Choice.WITHDRAWN
    assert late.answers() == {"statistics": Choice.REFUSED, "ads": Choice.GRANTED}


@pytest.mark.parametrize(
    "form", [_REFUSE, [("choice", "save"), *(("asked", name) for name in ("statistics", "heatmap"))]]
)
def test_a_no_of_the_account_counts_again_where_its_browser_has_said_it(
    monkeypatch: pytest.MonkeyPatch, form: list[tuple[str, str]]
) -> None:
    """Another device of the account may have been granted since what only a newer policy knows."""
    desk = _met(_NEWER, account=b"a" * 20)
    assert desk.choices is not None
    no = {i: Answer(Choice.WITHDRAWN, answer.at) for i, answer in desk.choices.answers.items()}
    desk.choices = desk.choices.with_answers(no)
    earlier = replace(_no(b"a" * 20, "heatmap"), meaning=_NEWER.purpose_fingerprint("heatmap"))
    desk.rows = [Row(1, earlier, b"", bytes(32), b"", b"")]
    monkeypatch.setattr(Passage, "identify", staticmethod(lambda: b"a" * 20))
    assert desk.post(form).status_code == 303
    said = [(entry.subject, entry.purpose) for entry in desk.entries()]
    assert (subject_of(b"a" * 20), "heatmap") in said
