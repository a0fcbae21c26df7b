"""What a sender may know of journals: which of them may hold a choice that the ledger lacks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shopprivacy.decision import Action
from shopprivacy.errors import LedgerBroken, StoreDown
from shopprivacy.ledger.journal import JournalRecord, recorded
from shopprivacy.ledger.journal_state import STALE, JournalState, open_journals
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.ledger.serialize import read_journals
from shopprivacy.policy import Duration
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.samples import NOON, sample_entry, sample_ledger
from tests.ledger.memory_journal import MemoryJournal

OTHER = "ff" * 16
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
FOREVER = Duration(50, "years")


def withdrawal(subject: str | None = None) -> list[JournalRecord]:
    """A choice that stands in a journal alone."""
    changes = {"subject": subject} if subject else {}
    return [recorded(sample_entry(Action.WITHDRAWN, **changes), bytes(16))]


@pytest.fixture
def journal() -> MemoryJournal:
    """An empty journal."""
    return MemoryJournal()


@pytest.fixture
def book(journal: MemoryJournal) -> Ledger:
    """A ledger with it."""
    return sample_ledger(MemoryStore(), journal=journal)


@pytest.mark.parametrize(
    ("age", "empty", "is_open"),
    [
        (timedelta(), True, False),
        (timedelta(), False, True),
        (STALE, True, False),
        (STALE + SECOND, True, True),
        (-STALE, True, False),
        (-STALE - SECOND, True, True),
        (DAY, True, True),
        (DAY, False, True),
        (DAY + SECOND, True, False),
        (DAY + SECOND, False, False),
    ],
)
def test_a_row_says_something_while_it_is_fresh(age: timedelta, empty: bool, is_open: bool) -> None:
    """Empty half a minute ago, by clocks that agree, or not waited for any longer; else it may hold something."""
    state = JournalState(OTHER, NOON - age, empty)
    assert list(open_journals([state], NOON)) == [state] * is_open
    assert list(open_journals([state], NOON, wait=FOREVER)) == [state] * (is_open or age > DAY)


def test_a_journal_is_noted(book: Ledger, journal: MemoryJournal) -> None:
    """Once it was replayed the row says that it is empty, and when; a process that comes a second later leaves it."""
    journal.append(withdrawal())
    book.note_journal(NOON)
    assert book.head().count == 1
    assert list(book.store.journals()) == [JournalState(journal.name(), NOON, empty=True)]
    book.note_journal(NOON + SECOND)
    assert [state.at for state in book.store.journals()] == [NOON]
    book.note_journal(NOON + 5 * SECOND)
    assert [state.at for state in book.store.journals()] == [NOON + 5 * SECOND]
    assert list(book.open_journals(NOON + 6 * SECOND)) == []


def test_a_row_of_a_time_to_come_is_renewed(book: Ledger, journal: MemoryJournal) -> None:
    """Another process's clock was ahead: its row would say nothing to anybody."""
    book.note_journal(NOON + timedelta(days=1))
    book.note_journal(NOON)
    assert [state.at for state in book.store.journals()] == [NOON]


def test_what_comes_while_it_is_noted_is_seen(journal: MemoryJournal) -> None:
    """A choice that went to the journal alone after the replay, and before the ledger was held: not empty."""

    class Late(MemoryStore):
        def writing(self) -> Any:
            if journal.kept == []:
                journal.append(withdrawal())
            return super().writing()

    book = sample_ledger(Late(), journal=journal)
    book.note_journal(NOON)
    assert list(book.store.journals()) == [JournalState(journal.name(), NOON, empty=False)]
    assert [state.name for state in book.open_journals(NOON)] == [journal.name()]
    book.note_journal(NOON + SECOND)
    assert list(book.store.journals()) == [JournalState(journal.name(), NOON + SECOND, empty=True)]


def test_ones_own_journal_is_looked_at_itself(book: Ledger, journal: MemoryJournal) -> None:
    """What went to it a moment ago is known before its row says so; the rows of others are read."""
    book.note_journal(NOON)
    other = JournalState(OTHER, NOON, empty=False)
    with book.store.writing() as writer:
        writer.note_journal(other)
    assert list(book.open_journals(NOON)) == [other]
    journal.append(withdrawal())
    assert list(book.open_journals(NOON)) == [other, JournalState(journal.name(), NOON, empty=False)]
    bare = sample_ledger(book.store)
    assert list(bare.open_journals(NOON)) == [other]
    bare.note_journal(NOON)
    bare.leave_journal()
    assert bare.retire_journal(OTHER)
    assert not bare.retire_journal(OTHER)
    assert list(bare.open_journals(NOON)) == []


def test_a_clean_stop_takes_the_row_away(book: Ledger, journal: MemoryJournal) -> None:
    """What was left in the journal is in the ledger then."""
    book.note_journal(NOON)
    journal.append(withdrawal())
    book.leave_journal()
    assert (book.head().count, list(book.store.journals())) == (1, [])


def test_another_process_keeps_the_row(book: Ledger, journal: MemoryJournal) -> None:
    """A command beside the workers ends well: their journal is still one that choices may go to alone."""
    book.note_journal(NOON)
    journal.shared = True
    book.leave_journal()
    assert [state.name for state in book.store.journals()] == [journal.name()]
    journal.shared = False
    book.leave_journal()
    assert list(book.store.journals()) == []


def test_a_row_from_before_an_outage(book: Ledger) -> None:
    """Whoever was not answered at a moment believes no row that is not younger; its own journal it looks at itself."""
    book.note_journal(NOON)
    with book.store.writing() as writer:
        writer.note_journal(JournalState(OTHER, NOON, empty=True))
    for since, expected in ((None, []), (NOON - SECOND, []), (NOON, [OTHER]), (NOON + SECOND, [OTHER])):
        assert [state.name for state in book.open_journals(NOON, since=since)] == expected


def test_a_journal_that_is_not_empty_stays_known(journal: MemoryJournal) -> None:
    """Where a choice comes at the last moment, senders go on waiting for the journal; so they do with a ledger down."""

    class Late(MemoryStore):
        late = down = False

        def writing(self) -> Any:
            if self.down:
                raise StoreDown("down")
            if self.late and journal.kept == []:
                journal.append(withdrawal())
            return super().writing()

    store = Late()
    book = sample_ledger(store, journal=journal)
    book.note_journal(NOON)
    store.late = True
    book.leave_journal()
    assert [state.name for state in store.journals()] == [journal.name()]
    store.down = True
    with pytest.raises(StoreDown):
        book.leave_journal()


def test_a_row_that_cannot_be_read() -> None:
    """A time that nobody wrote so is no moment at which a journal was empty."""
    assert read_journals([(OTHER, "2026-01-01T12:00:00.000000Z", 1)]) == [JournalState(OTHER, NOON, True)]
    with pytest.raises(LedgerBroken, match="the row of a journal: is not as it was written"):
        read_journals([(OTHER, "today", 1)])
