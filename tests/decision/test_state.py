"""A state finds what bears on a question, at a moment."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta

import pytest

from shopprivacy.decision import Action, Case, Event, Notice, Record, SubjectState
from tests.decision.shop import NOON, record, state

DAY = timedelta(days=1)
NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001


def test_moments_need_a_zone() -> None:
    """A moment without a time zone is refused wherever it stands."""
    with pytest.raises(ValueError, match=r"^a moment needs a time zone; use datetime\.now\(UTC\)$"):
        Record(NAIVE, "orders", Action.GRANTED)
    with pytest.raises(ValueError, match="time zone"):
        Event(NAIVE, "last_order")
    with pytest.raises(ValueError, match="time zone"):
        Case("1", NAIVE)
    with pytest.raises(ValueError, match="time zone"):
        Case("1", NOON, NAIVE)
    with pytest.raises(ValueError, match="time zone"):
        Notice(NAIVE, "orders", "0" * 64)
    with pytest.raises(ValueError, match="time zone"):
        SubjectState(guardian=NAIVE)


def test_states_compare_by_what_they_hold() -> None:
    """Looking things up in a state changes nothing about it."""
    one, other = state(record(Action.GRANTED, "newsletter")), state(record(Action.GRANTED, "newsletter"))
    assert list(one.choices("newsletter", NOON))
    assert one == other
    assert hash(one) == hash(other)
    assert pickle.loads(pickle.dumps(one)) == one


def test_the_newest_choice_comes_first() -> None:
    """Records come newest first, those of one moment in the ledger's order reversed, and none of the future."""
    first = record(Action.GRANTED, "newsletter", NOON, seq=1)
    second = record(Action.WITHDRAWN, "newsletter", NOON, seq=2)
    earlier = record(Action.REFUSED, None, NOON - DAY)
    other = record(Action.REFUSED, "orders", NOON)
    later = record(Action.GRANTED, "newsletter", NOON + DAY)
    known = state(later, first, earlier, other, second)
    assert list(known.choices("newsletter", NOON)) == [second, first, earlier]


def test_within_one_moment_narrowing_comes_last() -> None:
    """Without a ledger's order an act that narrows counts as later than one of the same moment that widens."""
    yes, no = record(Action.GRANTED, "newsletter"), record(Action.WITHDRAWN, "newsletter")
    assert list(state(yes, no).choices("newsletter", NOON)) == [no, yes]
    assert list(state(no, yes).choices("newsletter", NOON)) == [no, yes]


def test_the_last_event_counts() -> None:
    """Events recur: the last one up to the moment counts."""
    known = state(events=(Event(NOON, "last_order"), Event(NOON - DAY, "last_order")))
    assert known.last("last_order", NOON) == NOON
    assert known.last("last_order", NOON - DAY) == NOON - DAY
    assert known.last("last_order", NOON - 2 * DAY) is None
    assert known.last("last_login", NOON) is None


def test_opening_again_undoes_closing() -> None:
    """An account that was closed and opened again is not closed."""
    closed, opened = Event(NOON, "account_closed"), Event(NOON + DAY, "account_opened")
    assert state(events=(closed,)).last("account_closed", NOON) == NOON
    assert state(events=(closed, opened)).last("account_closed", NOON + DAY) is None
    assert state(events=(closed, opened)).last("account_closed", NOON) == NOON
    at_once = state(events=(closed, Event(NOON, "account_opened")))
    assert at_once.last("account_closed", NOON) == NOON, "what is undone came before"
    assert state(events=(Event(NOON - DAY, "account_opened"), closed)).last("account_closed", NOON) == NOON


def test_restrictions_end_only_by_their_own_lifting() -> None:
    """Lifting one purpose's restriction leaves that of all in place, and the other way round."""
    everything = record(Action.RESTRICTED, None, NOON)
    letters = record(Action.RESTRICTED, "newsletter", NOON + DAY)
    later = NOON + 9 * DAY
    assert state().restriction("orders", later) is None
    assert state(everything, letters).restriction("orders", later) == everything
    assert state(everything, letters).restriction("newsletter", later) == letters
    assert state(everything, letters).restriction("newsletter", NOON) == everything
    lifted = record(Action.LIFTED, None, NOON + 2 * DAY)
    assert state(everything, letters, lifted).restriction("newsletter", later) == letters
    assert state(everything, letters, lifted).restriction("orders", later) is None
    lifted = record(Action.LIFTED, "newsletter", NOON + 2 * DAY)
    assert state(everything, letters, lifted).restriction("newsletter", later) == everything
    again = record(Action.RESTRICTED, "newsletter", NOON + 3 * DAY)
    assert state(lifted, again).restriction("newsletter", later) == again


def test_cases_are_found_once_opened() -> None:
    """A case exists from its opening; the last closing counts once none is open."""
    one, two = Case("1", NOON, NOON + 2 * DAY), Case("2", NOON + DAY, NOON + 5 * DAY)
    known = state(cases=(one, two))
    assert known.case("1", NOON) == one
    assert known.case("2", NOON) is None
    assert known.any_case(NOON)
    assert not known.any_case(NOON - DAY)
    assert known.case_closed("1", NOON + 2 * DAY) == one.closed
    assert known.case_closed("1", NOON + DAY) is None
    assert known.case_closed("", NOON + 4 * DAY) is None
    assert known.case_closed("", NOON + 5 * DAY) == two.closed
    assert known.case_closed("3", NOON + 5 * DAY) is None


def test_without_a_list_of_cases_events_tell_of_them() -> None:
    """A shop that keeps no list of cases records their opening or closing as events."""
    assert not state().any_case(NOON)
    assert not state(cases=()).any_case(NOON)
    assert state(events=(Event(NOON, "case_opened"),)).any_case(NOON)
    assert state(events=(Event(NOON, "case_closed"),)).any_case(NOON)
    assert not state(events=(Event(NOON, "case_closed"),)).any_case(NOON - DAY)


def test_a_notice_is_of_one_purpose_in_one_meaning() -> None:
    """Having been told of something else, or of the purpose as it was, is not having been told."""
    known = state(notices=(Notice(NOON, "research", "a" * 64),))
    assert known.was_told("research", "a" * 64, NOON)
    assert not known.was_told("research", "b" * 64, NOON)
    assert not known.was_told("fraud", "a" * 64, NOON)
    assert not known.was_told("research", "a" * 64, NOON - DAY)
