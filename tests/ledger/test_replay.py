"""Ledger and journal in step: what a start reads, what is forgotten, and what other kinds of record need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shopprivacy.decision import Action
from shopprivacy.errors import JournalBroken, StoreDown
from shopprivacy.ledger.chain import Pin
from shopprivacy.ledger.journal import BATCH, Bodies, JournalKind, JournalRecord, Mark, recorded
from shopprivacy.ledger.journal_state import JournalState
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.policy import Duration
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.samples import NOON, sample_entry, sample_ledger, sample_subject
from tests.ledger.memory_journal import MemoryJournal

MONTH = Duration.parse("1 month")
DAY = timedelta(days=1)


@pytest.fixture
def journal() -> MemoryJournal:
    """An empty journal."""
    return MemoryJournal()


@pytest.fixture
def book(journal: MemoryJournal) -> Ledger:
    """An empty ledger with it."""
    return sample_ledger(MemoryStore(), journal=journal)


def withdraw(book: Ledger, number: int) -> None:
    """Let somebody withdraw."""
    book.append([sample_entry(Action.WITHDRAWN, subject=sample_subject(str(number)))])


def copied(book: Ledger) -> MemoryStore:
    """A copy of its rows, as a backup has them."""
    copy = MemoryStore()
    with book.store.writing() as from_, copy.writing() as to:
        to.add(list(book.store.rows()), from_.head())
    return copy


def test_a_start_with_nothing_restored_reads_what_follows_the_mark(
    book: Ledger, journal: MemoryJournal
) -> None:
    """However long the journal is: the mark says that the ledger has judged all before it."""
    for number in range(20):
        withdraw(book, number)
    assert book.bring_up_to_date() == 0
    assert journal.mark() == Mark(20, book.head())
    journal.read = 0
    withdraw(book, 20)
    journal.append([recorded(sample_entry(Action.WITHDRAWN, subject=sample_subject("21")), bytes(16))])
    assert book.bring_up_to_date() == 1
    assert journal.read == 4  # once to replay, and once to judge it whole
    assert book.bring_up_to_date() == book.keep_in_step() == 0
    assert journal.read == 4


@pytest.mark.parametrize("step", [Ledger.bring_up_to_date, Ledger.keep_in_step])
@pytest.mark.parametrize("rows_since", [0, 5])
def test_a_restored_ledger_gets_all_back(
    book: Ledger, journal: MemoryJournal, step: Callable[[Ledger], int], rows_since: int
) -> None:
    """A ledger that ends before the mark's row, has another one there, or is empty gets all that it lacks."""
    withdraw(book, 0)
    backup = copied(book)
    for number in (1, 2, 3):
        withdraw(book, number)
    book.keep_in_step()
    for store, lacks in ((backup, 3), (MemoryStore(), 4)):
        restored = sample_ledger(store, "restored", journal)
        for number in range(rows_since):
            restored.append([sample_entry(subject=sample_subject(f"new {number}"))])
        assert [step(restored), step(restored)] == [lacks, 0]
        subjects = {row.entry.subject for row in store.rows() if row.entry}
        assert subjects >= {sample_subject(str(number)) for number in range(4)}
        assert journal.mark() == Mark(4, restored.head())
        restored.verify().require()


def test_a_mark_of_an_empty_ledger_stands(book: Ledger, journal: MemoryJournal) -> None:
    """It speaks for no choice, and every ledger begins with no rows."""
    assert book.keep_in_step() == 0
    assert journal.mark() == Mark(0, Pin(0, bytes(32)))
    withdraw(book, 1)
    assert book.keep_in_step() == 0
    assert journal.mark() == Mark(1, book.head())


@pytest.mark.parametrize("said", ["again", "otherwise", "no more"])
def test_what_is_judged_needs_no_row(book: Ledger, journal: MemoryJournal, said: str) -> None:
    """A choice that says nothing new, or that another one overtook, is behind the mark, and holds up nobody."""
    entry = sample_entry(Action.WITHDRAWN)
    journal.append([recorded(entry, bytes(16), ordered=True)])  # and its commit failed
    match said:
        case "again":
            book.append([replace(entry, at=NOON + timedelta(seconds=2))])
        case "otherwise":
            book.append([sample_entry(Action.GRANTED, at=NOON + DAY)])
        case _:
            book.append([sample_entry(Action.OBJECTED, at=NOON + DAY)])
    rows = book.head().count
    book.note_journal(NOON + DAY)
    assert book.head().count == rows
    assert [state.empty for state in book.store.journals()] == [True]
    assert (journal.mark() or Mark(0, book.head())).through == journal.numbered[-1].number
    assert list(book.open_journals(NOON + DAY)) == []
    assert book.forget_what_backups_have(MONTH, NOON + 40 * DAY) == len(journal.written)
    book.leave_journal()
    assert list(book.store.journals()) == []


def test_a_mark_that_cannot_be_set_only_costs_reading(book: Ledger, journal: MemoryJournal) -> None:
    """On a full disk the ledger is brought up to date all the same, and at the next look again."""
    journal.append([recorded(sample_entry(Action.WITHDRAWN), bytes(16))])
    journal.full = True
    assert [book.bring_up_to_date(), book.keep_in_step()] == [1, 0]
    assert journal.mark() is None


def test_no_mark_is_set_before_the_ledger_has_it(journal: MemoryJournal) -> None:
    """A ledger that goes down in the middle has not judged what follows: the next look begins anew."""

    class Down(MemoryStore):
        turns = 1

        def writing(self) -> Any:
            self.turns -= 1
            if self.turns < 0:
                raise StoreDown("down")
            return super().writing()

    subjects = [sample_subject(str(number)) for number in range(BATCH + 1)]
    journal.append([recorded(sample_entry(Action.WITHDRAWN, subject=one), bytes(16)) for one in subjects])
    store = Down()
    book = sample_ledger(store, journal=journal)
    with pytest.raises(StoreDown):
        book.bring_up_to_date()
    assert (book.head().count, journal.mark()) == (BATCH, None)
    store.turns = 2
    assert book.bring_up_to_date() == 1


def test_what_every_backup_has_is_forgotten(book: Ledger, journal: MemoryJournal) -> None:
    """A record stays for as long as a backup lives and a day, and for as long as the ledger has not judged it."""
    book.kinds = (JournalKind("erasure", list),)
    withdraw(book, 1)
    journal.append([JournalRecord("erasure", {})])
    book.bring_up_to_date()
    journal.append([recorded(sample_entry(Action.WITHDRAWN), bytes(16))])
    assert book.forget_what_backups_have(MONTH, NOON + 32 * DAY) == 0
    assert book.forget_what_backups_have(MONTH, NOON + 36 * DAY) == 2
    assert [record.kind for record in journal.kept] == ["choice"]
    assert book.keep_in_step() == 1
    assert book.forget_what_backups_have(MONTH, NOON + 36 * DAY) == 1
    assert book.keep_in_step() == 0


@pytest.mark.parametrize("keep", ["1 month", "1 year", "30 days", "2 weeks"])
def test_no_record_is_forgotten_while_a_backup_without_it_may_live(keep: str) -> None:
    """Whatever the calendar: counted from any day of a year, a backup and one more day have passed."""
    term = Duration.parse(keep)
    for day in range(0, 366, 5):
        journal = MemoryJournal()
        book = sample_ledger(MemoryStore(), journal=journal)
        journal.now = NOON + day * DAY
        withdraw(book, 1)
        book.keep_in_step()
        assert book.forget_what_backups_have(term, term.after(journal.now) + DAY) == 0
        assert book.forget_what_backups_have(term, term.after(journal.now) + 9 * DAY) == 1


def test_without_a_journal_there_is_nothing_to_do() -> None:
    """No journal, no replay, nothing to forget."""
    book = sample_ledger(MemoryStore())
    assert book.bring_up_to_date() == book.keep_in_step() == book.forget_what_backups_have(MONTH, NOON) == 0


def test_other_kinds_are_replayed(book: Ledger, journal: MemoryJournal) -> None:
    """All of them at each start, whatever the mark says; later what came since. Choices are not passed to anybody."""
    seen: list[Bodies] = []
    book.kinds = (JournalKind("erasure", seen.append),)
    journal.append([JournalRecord("erasure", {"number": str(number)}) for number in range(BATCH + 1)])
    withdraw(book, 1)
    for _ in range(2):
        assert book.bring_up_to_date() == 0
        assert [len(bodies) for bodies in seen] == [BATCH, 1]
        assert seen[1] == [{"number": str(BATCH)}]
        seen.clear()
    journal.append([JournalRecord("erasure", {"number": "last"})])
    withdraw(book, 2)
    book.keep_in_step()
    book.keep_in_step()
    assert seen == [[{"number": "last"}]]


@pytest.mark.parametrize("replaced", ["after the rows", "after the mark"])
def test_a_ledger_replaced_during_a_look(book: Ledger, journal: MemoryJournal, replaced: str) -> None:
    """Where one connection has judged the old ledger and another one sees the restored one, no mark speaks for it."""
    withdraw(book, 0)
    restored = copied(book)
    withdraw(book, 1)
    if replaced == "after the mark":
        book.keep_in_step()
        restored = copied(sample_ledger(restored))
        withdraw(sample_ledger(restored, journal=journal), 2)
    marked = journal.mark()

    class Torn(MemoryStore):
        """Reads come from the old file until the first write, which goes to the new one."""

        def __init__(self) -> None:
            super().__init__()
            self.reader = book.store

        def writing(self) -> Any:
            self.reader = restored
            return restored.writing()

        def known(self, digests: Any) -> Any:
            return self.reader.known(digests)

        def rows_after(self, seq: int, limit: int = 1000) -> Any:
            return self.reader.rows_after(seq, limit)

    torn = sample_ledger(Torn(), "torn", journal)
    torn.keep_in_step()
    assert journal.mark() in {marked, Mark(len(journal.kept), restored.head().pin)}
    torn.keep_in_step()
    assert {row.entry.subject for row in restored.rows() if row.entry} >= {
        sample_subject("0"), sample_subject("1")
    }  # fmt: skip
    assert journal.mark() == Mark(len(journal.kept), restored.head().pin)


def test_a_record_that_cannot_be_replayed_holds_up_no_choice(book: Ledger, journal: MemoryJournal) -> None:
    """Every choice behind it gets into the ledger, the failure is told, and it is tried again until it is done."""
    down, seen = True, list[Bodies]()

    def replay(bodies: Bodies) -> None:
        if down:
            raise StoreDown("the store of subject keys did not answer")
        seen.append(bodies)

    book.kinds = (JournalKind("erasure", replay),)
    journal.append([JournalRecord("erasure", {})])
    records = [
        recorded(sample_entry(Action.WITHDRAWN, subject=sample_subject(str(number))), bytes(16))
        for number in range(BATCH + 1)
    ]
    journal.append(records)
    for step in (book.bring_up_to_date, book.keep_in_step):
        with pytest.raises(StoreDown, match="subject keys"):
            step()
        assert book.head().count == BATCH + 1
        assert journal.mark() == Mark(BATCH + 2, book.head())
    assert book.forget_what_backups_have(MONTH, NOON + 40 * DAY) == BATCH + 1
    down = False
    assert book.keep_in_step() == 0
    assert seen == [[{}]]
    assert book.forget_what_backups_have(MONTH, NOON + 40 * DAY) == 1


def test_records_of_an_unknown_kind_stay(book: Ledger, journal: MemoryJournal) -> None:
    """A release before the one that wrote them starts, follows and forgets nothing of them; the newer replays them."""
    withdrawn = [
        recorded(sample_entry(Action.WITHDRAWN, subject=sample_subject(n)), bytes(16)) for n in "012"
    ]
    journal.append([withdrawn[0], JournalRecord("parcel", {"n": "1"})])
    assert book.bring_up_to_date() == 1
    journal.append(withdrawn[1:])
    assert book.keep_in_step() == 2
    assert book.unknown_kinds() == ["parcel"]
    assert journal.mark() == Mark(4, book.head())
    journal.read = 0
    assert book.keep_in_step() == journal.read == 0
    assert book.forget_what_backups_have(MONTH, NOON + 400 * DAY) == 3
    seen = list[Bodies]()
    book.kinds = (JournalKind("parcel", seen.append),)
    assert book.keep_in_step() == 0
    assert book.unknown_kinds() == []
    assert seen == [[{"n": "1"}]]


@pytest.mark.parametrize(
    "change", [{"how": "by_fax"}, {"action": "paused"}, {"salt": "00"}, {"at": "yesterday"}]
)
def test_a_choice_that_cannot_be_read_is_named(
    book: Ledger, journal: MemoryJournal, change: dict[str, str]
) -> None:
    """By its number, with what an operator can do."""
    record = recorded(sample_entry(Action.WITHDRAWN), bytes(16))
    journal.append([JournalRecord(record.kind, {**record.body, **change})])
    for step in (book.bring_up_to_date, book.keep_in_step):
        with pytest.raises(JournalBroken, match=r"record 1: .*shopprivacy_journal_record"):
            step()


def test_a_failing_record_keeps_no_row_from_being_renewed(book: Ledger, journal: MemoryJournal) -> None:
    """Senders read about choices: the journal's row is renewed while a record of another kind cannot be replayed."""

    def replay(bodies: Bodies) -> None:
        raise StoreDown("the store of subject keys did not answer")

    book.kinds = (JournalKind("erasure", replay),)
    journal.append([JournalRecord("erasure", {})])
    with pytest.raises(StoreDown, match="subject keys"):
        book.note_journal(NOON)
    assert list(book.store.journals()) == [JournalState(journal.name(), NOON, empty=True)]


def test_rows_come_from_batches() -> None:
    """An iterator is read in parts: nothing is kept of those before."""
    from shopprivacy.ledger.replay import in_batches

    journal = MemoryJournal()
    journal.append([JournalRecord("k", {})] * (2 * BATCH + 1))
    batches: Iterator[int] = map(len, in_batches(journal.records()))
    assert list(batches) == [BATCH, BATCH, 1]
