"""What a subject's rows add up to, and which of them may go when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.decision import Action, Record, SubjectState, may
from shopprivacy.ledger.entry import Entry, Pruning, Row
from shopprivacy.ledger.pruning import PruningRules, joined, prunable
from shopprivacy.ledger.validity import was_allowed
from shopprivacy.policy import Duration
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.samples import (
    NOON,
    sample_entry,
    sample_ledger,
    sample_subject,
)
from tests.decision.shop import POLICY

SEVEN = PruningRules(
    Duration.parse("7 years"), opt_out=frozenset({"promotions"}), absolute=frozenset({"promotions"})
)
BROWSER = {"browser": Duration.parse("6 months")}
LAPSED = datetime(2033, 1, 2, 12, tzinfo=UTC)
"""Seven years and a day after noon."""

G, R, W, O = Action.GRANTED, Action.REFUSED, Action.WITHDRAWN, Action.OBJECTED  # noqa: E741
V, X, L, E = Action.OVERRIDDEN, Action.RESTRICTED, Action.LIFTED, Action.EXPIRED


def entry(action: Action, **changes: Any) -> Entry:
    """A sample entry; an override has its ground."""
    return sample_entry(action, **{"ground": "legal_claims" if action is V else None, **changes})


def rows(*entries: Entry) -> list[Row]:
    """These entries as rows (nothing here looks at the chain)."""
    return [Row(seq, said, b"", b"", b"", b"") for seq, said in enumerate(entries, start=1)]


def gone(*actions: Action, purpose: str = "newsletter", at: datetime = LAPSED) -> list[int]:
    """Which of these actions, all of them at noon, may go seven years and a day later."""
    return prunable(rows(*(entry(action, purpose=purpose) for action in actions)), SEVEN, at)


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ([G], []),  # a living grant
        ([G, W], [1, 2]),
        ([G, R], [1, 2]),
        ([G, E], [1, 2]),
        ([G, O], [1]),  # the objection holds
        ([G, W, G], [1, 2]),
        ([W], [1]),
        ([R], [1]),
        ([O], []),
        ([O, O], [1]),
        ([O, V], [1]),  # the override is why processing goes on
        ([O, V, O], [1, 2]),
        ([V, V], [1]),
        ([V, W], [1, 2]),
        ([V, G], []),
        ([O, G], [1]),
        ([O, W], [2]),
        ([X], []),
        ([X, L], [1, 2]),
        ([X, X], [1]),
        ([X, G], []),
    ],
)
def test_what_holds_stays(actions: list[Action], expected: list[int]) -> None:
    """Where a purpose rests on consent: what still has effect never goes, the rest goes after the term."""
    assert gone(*actions) == expected


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ([W], []),  # silence would allow it again
        ([R], []),
        ([G, W], [1]),
        ([W, W], [1]),
        ([W, R], [1]),
        ([W, O], [1]),
        ([W, G], []),  # the grant may become stale, and then the no counts again
        ([O, G], []),
        ([O, V], []),  # nothing overrides an objection to direct marketing
        ([W, V], []),
        ([O, E], [2]),
    ],
)
def test_suppressions_never_lapse(actions: list[Action], expected: list[int]) -> None:
    """Where a purpose runs until somebody says no, whoever said no is never forgotten."""
    assert gone(*actions, purpose="promotions") == expected


def test_a_choice_about_another_purpose_ends_nothing() -> None:
    """A grant is ended by what is said of its own purpose: a yes elsewhere, or a ground, leaves it standing."""
    said = [entry(G), entry(G, purpose="personalisation"), entry(V)]
    assert prunable(rows(*said), SEVEN, LAPSED) == []


def test_a_ground_takes_the_place_of_an_earlier_one() -> None:
    """Also where a ground does not count: of two of them, the earlier has no effect any more."""
    assert gone(V, V, purpose="promotions") == [1]


def test_a_note_of_pruning_hides_no_later_row() -> None:
    """What was pruned before stands between the rows, and those behind it go all the same."""
    pruned = Row(1, None, b"", b"", b"", b"")
    note = Row(2, Pruning(NOON, "7 years", ((1, 1),)), b"", b"", b"", b"")
    later = Row(3, entry(W), b"", b"", b"", b"")
    assert prunable([pruned, note, later], SEVEN, LAPSED) == [3]


def test_a_grant_that_had_lapsed_was_ended_by_nobody() -> None:
    """Its term runs from the day on which it lapsed, though it was withdrawn long after."""
    browser = sample_subject("id", "browser")
    said = [entry(G, subject=browser), entry(W, subject=browser, at=NOON + timedelta(days=700))]
    half_a_year_on = datetime(2033, 7, 1, 12, tzinfo=UTC)
    assert prunable(rows(*said), SEVEN, half_a_year_on - timedelta(seconds=1), BROWSER) == []
    assert prunable(rows(*said), SEVEN, half_a_year_on, BROWSER) == [1]


def test_a_ground_against_an_objection_ends_no_consent() -> None:
    """A grant stands through an override, which is about an objection."""
    assert was_allowed([entry(G), entry(V)], "newsletter", NOON)


def test_everything_at_once() -> None:
    """A choice about all purposes ends what was said of one; what was said of one ends nothing said of all."""
    said = [entry(G), entry(W, purpose=None)]
    assert prunable(rows(*said), SEVEN, LAPSED) == [1, 2]
    said = [entry(O, purpose="promotions"), entry(O, purpose=None), entry(V, purpose="promotions"), entry(G)]
    assert prunable(rows(*said), SEVEN, LAPSED) == [1]
    said = [entry(X, purpose=None), entry(L), entry(X), entry(L, purpose=None)]
    assert prunable(rows(*said), SEVEN, LAPSED) == [1, 2, 4]


def test_notes_and_pruned_rows_have_no_effect() -> None:
    """Rows without a choice are passed over."""
    note = Row(2, Pruning(NOON, "7 years", ((1, 1),)), b"", b"", b"", b"")
    assert prunable([rows(entry(W))[0]._replace(content=None), note], SEVEN, LAPSED) == []


def test_seven_years_and_not_a_day_less() -> None:
    """A withdrawal is found at six years and 364 days, and may go when the seven years are over (S22)."""
    assert gone(G, W, at=datetime(2032, 12, 31, 12, tzinfo=UTC)) == []
    assert gone(G, W, at=datetime(2033, 1, 1, 11, 59, 59, 999999, tzinfo=UTC)) == []
    assert gone(G, W, at=datetime(2033, 1, 1, 12, tzinfo=UTC)) == [1, 2]


def test_a_withdrawal_never_goes_before_its_grant() -> None:
    """Not even when the clocks of the machines that wrote them disagree."""
    first = entry(G, at=NOON + timedelta(seconds=30))
    second = entry(G, at=NOON + timedelta(seconds=20), meaning="00" * 32)
    third = entry(W, at=NOON)
    moment = datetime(2033, 1, 1, 12, 0, 30, tzinfo=UTC)
    assert prunable(rows(first, second, third), SEVEN, moment - timedelta(microseconds=1)) == []
    assert prunable(rows(first, second, third), SEVEN, moment) == [1, 2, 3]


def test_a_browsers_choice_ends_with_its_cookie() -> None:
    """A browser's grant ends by itself, so its seven years begin when the cookie is no longer believed."""
    browser = sample_subject("id", "browser")
    said = rows(entry(G, subject=browser), entry(G), entry(O, subject=browser, purpose="statistics"))
    assert prunable(said, SEVEN, datetime(2033, 7, 1, 11, 59, tzinfo=UTC), BROWSER) == []
    assert prunable(said, SEVEN, datetime(2033, 7, 1, 12, tzinfo=UTC), BROWSER) == [1, 3]
    withdrawn = rows(entry(G, subject=browser), entry(W, subject=browser, at=NOON + timedelta(days=1)))
    assert prunable(withdrawn, SEVEN, datetime(2033, 1, 2, 12, tzinfo=UTC), BROWSER) == [1, 2]


def test_the_policy_gives_the_rules() -> None:
    """Term, purposes that need a no, and direct marketing come from the policy."""
    rules = PruningRules.of(POLICY)
    assert str(rules.keep) == "7 years"
    assert {"promotions", "security"} <= rules.opt_out
    assert "newsletter" not in rules.opt_out
    assert {"newsletter", "promotions"} == rules.absolute


@pytest.mark.parametrize(
    ("seqs", "expected"),
    [([], ()), ([4], ((4, 4),)), ([1, 2, 3, 7, 9, 10], ((1, 3), (7, 7), (9, 10)))],
)
def test_stretches(seqs: list[int], expected: tuple[tuple[int, int], ...]) -> None:
    """Neighbours are joined."""
    assert joined(seqs) == expected


def test_what_was_allowed() -> None:
    """The answer at each moment, for each action."""
    said = [
        entry(action, at=NOON + timedelta(hours=hour), ground="legal_claims" if action is V else None)
        for hour, action in enumerate([G, W, G, O, V, G, X, L, G, E, R, X, G, L])
    ]
    answers = [was_allowed(said, "newsletter", NOON + timedelta(hours=hour)) for hour in range(len(said))]
    assert answers == [
        True,
        False,
        True,
        False,
        False,
        True,
        False,
        True,
        True,
        False,
        False,
        False,
        True,
        True,
    ]


def test_a_grant_counts_in_its_meaning_and_for_its_time() -> None:
    """Another meaning is another question (A18), and a browser's grant lasts no longer than its cookie."""
    browser = entry(G, subject=sample_subject("id", "browser"))
    assert was_allowed([browser], "newsletter", NOON, meaning=browser.meaning)
    assert not was_allowed([browser], "newsletter", NOON, meaning="00" * 32)
    assert was_allowed([browser], "newsletter", datetime(2026, 7, 1, 11, tzinfo=UTC), lifetimes=BROWSER)
    assert not was_allowed([browser], "newsletter", datetime(2026, 7, 1, 12, tzinfo=UTC), lifetimes=BROWSER)


def meaning(purpose: str | None, *, current: bool) -> str | None:
    """A purpose's meaning in the policy, or another one."""
    return None if purpose is None else POLICY.purpose_fingerprint(purpose) if current else "00" * 32


@st.composite
def histories(draw: st.DrawFn) -> list[Entry]:
    """What one subject may have said about three purposes of the policy."""
    said = []
    for hour in range(draw(st.integers(1, 9))):
        action = draw(st.sampled_from(Action))
        purposes = ["newsletter", "promotions", "security"]
        purpose = draw(st.sampled_from(purposes if action in (G, V) else [*purposes, None]))
        stated = meaning(purpose, current=draw(st.booleans()))
        said.append(entry(action, purpose=purpose, meaning=stated, at=NOON + timedelta(hours=hour)))
    return said


def allowed(records: Sequence[Record], at: datetime) -> dict[str, bool]:
    """What the decision allows, by purpose."""
    state = SubjectState(records=tuple(records))
    return {
        name: may(POLICY, state, name, at=at).allowed for name in ("newsletter", "promotions", "security")
    }


@given(histories(), st.integers(0, 12))
def test_pruning_allows_nothing_new(said: list[Entry], hours: int) -> None:
    """The decision allows after pruning what it allowed before, for each purpose, whatever was said when.

    The same goes for the repeats that the ledger leaves out.
    """
    ledger = sample_ledger(MemoryStore())
    for choice in said:
        ledger.append([choice])
    now = NOON + timedelta(hours=max(hours, len(said) - 1))
    raw = [Record(e.at, e.purpose, e.action, e.meaning, e.ground, seq) for seq, e in enumerate(said)]
    before = allowed(ledger.records_of(sample_subject()), now)
    assert before == allowed(raw, now)
    assert before["newsletter"] == ledger.was_allowed(
        sample_subject(), "newsletter", now, meaning=POLICY.purpose_fingerprint("newsletter")
    )
    rules = PruningRules.of(POLICY)
    ledger.prune(PruningRules(Duration.parse("1 hour"), rules.opt_out, rules.absolute), now)
    after = allowed(ledger.records_of(sample_subject()), now)
    for purpose, was in before.items():
        assert was or not after[purpose]
    assert after["newsletter"] == before["newsletter"]
    ledger.verify().require()
