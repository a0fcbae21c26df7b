"""The ledger as a whole: what is recorded, the journal beside it, and restoring an older backup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from shopprivacy.crypto import Ring
from shopprivacy.decision import Action, Record, SubjectState
from shopprivacy.errors import LedgerBroken, StoreDown
from shopprivacy.ledger.chain import Head
from shopprivacy.ledger.checkpoint import Checkpoint
from shopprivacy.ledger.entry import Damaged, Pruning, Row
from shopprivacy.ledger.journal import CHOICE, JournalKind, JournalRecord, choice, recorded
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.ledger.pruning import PruningRules
from shopprivacy.policy import Duration
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.memory.ledger import MemoryWriter
from shopprivacy.testing.samples import (
    NOON,
    sample_entry,
    sample_keyset,
    sample_ledger,
    sample_random,
    sample_subject,
)
from tests.ledger.memory_journal import MemoryJournal

AN = sample_subject("an")
HOUR = timedelta(hours=1)
SEVEN = PruningRules(Duration.parse("7 years"))


class Failing(MemoryStore):
    """A store whose commits fail while ``down``."""

    down = False

    @contextmanager
    def writing(self) -> Iterator[MemoryWriter]:
        """Have the ledger, but do not commit."""
        with super().writing() as writer:
            yield writer
            if self.down:
                raise StoreDown("down")


def ledger(store: MemoryStore | None = None, journal: MemoryJournal | None = None, seed: str = "x") -> Ledger:
    """A ledger over the store."""
    return sample_ledger(store or MemoryStore(), seed, journal)


def copied(book: Ledger) -> MemoryStore:
    """A backup of the ledger as it is now."""
    backup = MemoryStore()
    with backup.writing() as writer:
        for row in book.store.rows():
            writer.add([row], Head(0, b"", b""))
        writer.current = book.store.head()
    return backup


def test_only_the_head_to_pin() -> None:
    """head() is what verify() takes as a pin."""
    book = ledger()
    book.append([sample_entry()])
    assert book.head().count == 1
    assert book.verify([book.head()]).faults == ()


def test_what_was_cut_off_shows_by_what_was_kept_elsewhere() -> None:
    """An older copy of the ledger is whole in itself; a pin, or a checkpoint in its store, tells what it lacks."""
    book = ledger()
    book.append([sample_entry()])
    older = ledger(copied(book))
    book.append([sample_entry(Action.WITHDRAWN)])
    assert older.verify().faults == ()
    assert [fault.first for fault in older.verify([book.head()]).faults] == [2]
    older.store.add_checkpoint(book.checkpoint(NOON))
    assert [fault.first for fault in older.verify().faults] == [2]


def test_rows_as_the_decision_takes_them() -> None:
    """Records carry time, purpose, action, meaning, ground and their place in the ledger."""
    book = ledger()
    override = sample_entry(Action.OVERRIDDEN, ground="legal_claims", at=NOON + HOUR)
    book.append([sample_entry(), override])
    assert book.records_of(sample_subject()) == (
        Record(NOON, "newsletter", Action.GRANTED, "ab" * 32, None, 1),
        Record(NOON + HOUR, "newsletter", Action.OVERRIDDEN, "ab" * 32, "legal_claims", 2),
    )


def test_looking_up_by_purpose_and_by_data() -> None:
    """A subject's choices can be asked for by purpose and by data category (S03)."""
    book = ledger()
    mail = sample_entry(data=("contact", "identity"))
    page = sample_entry(purpose="personalisation", data=("visit",))
    book.append([mail, page])
    assert book.entries_of(sample_subject(), purpose="newsletter") == (mail,)
    assert book.entries_of(sample_subject(), data="visit") == (page,)
    assert book.entries_of(sample_subject(), purpose="newsletter", data="visit") == ()


def test_a_damaged_row_gives_no_answer() -> None:
    """Where a subject's row cannot be read, asking about that subject is an error that names the row."""

    class Edited(MemoryStore):
        def rows_of(self, subject: str) -> Sequence[Row]:
            """One row of them is not as it was written."""
            return [row._replace(content=Damaged("at: must be a time")) for row in super().rows_of(subject)]

    book = ledger(Edited())
    book.append([sample_entry()])
    with pytest.raises(LedgerBroken, match="row 1: at: must be a time"):
        book.was_allowed(sample_subject(), "newsletter", NOON)


def test_a_clock_that_is_ahead_hides_no_withdrawal() -> None:
    """A withdrawal by a machine whose clock is a little behind counts as from the grant's own moment."""
    book = ledger()
    book.append([sample_entry(at=NOON + timedelta(seconds=30))])
    (row,) = book.append([sample_entry(Action.WITHDRAWN, at=NOON)])
    assert row.entry == sample_entry(Action.WITHDRAWN, at=NOON + timedelta(seconds=30))
    (late,) = book.append([sample_entry(Action.GRANTED, at=NOON - HOUR)])
    assert late.entry == sample_entry(at=NOON - HOUR)


def test_a_lapsed_choice_can_be_made_again() -> None:
    """The same grant after a browser's six months is a new choice, not a repeat."""
    subject = sample_subject("id", "browser")
    book = Ledger(
        MemoryStore(), sample_keyset(), sample_random(), lifetimes={"browser": Duration.parse("6 months")}
    )
    book.append([sample_entry(subject=subject)])
    assert book.append([sample_entry(subject=subject, at=NOON + timedelta(days=90))]) == ()
    assert len(book.append([sample_entry(subject=subject, at=NOON + timedelta(days=190))])) == 1
    assert not book.was_allowed(subject, "newsletter", NOON + timedelta(days=185))


def test_checkpoints_when_due() -> None:
    """The first call in a month makes one, signed; the next does not."""
    book = ledger()
    made = book.checkpoint_if_due(NOON)
    assert made is not None
    assert made.signed_by(made.public_key)
    assert book.checkpoint_if_due(NOON + HOUR) is None
    assert book.checkpoint_if_due(NOON + timedelta(days=31)) is not None


def test_a_checkpoint_of_another_process_counts() -> None:
    """Two processes find none this month; the second has to wait for its turn, and finds one then."""

    class Late(MemoryStore):
        def checkpoints(self) -> list[Checkpoint]:
            return []

    late = Ledger(Late(), sample_keyset(), sample_random("late"))
    assert late.checkpoint_if_due(NOON) is not None
    assert late.checkpoint_if_due(NOON) is None


def test_refusals_are_only_counted() -> None:
    """Anonymous refusals add no row (A03)."""
    book = ledger()
    book.count_refusals(NOON.date(), ["statistics"])
    assert book.head().count == 0
    assert book.store.refusals() == {(NOON.date(), "statistics"): 1}


def test_the_chain_key_rotates() -> None:
    """Rows name their key, so a ledger that was written under two keys verifies."""
    store = MemoryStore()
    ledger(store).append([sample_entry()])
    keyset = sample_keyset().new(Ring.SIGNING, sample_random("new"), NOON)
    keyset = keyset.rotate(keyset.keys(Ring.SIGNING)[1].id, NOON)
    rotated = Ledger(store, keyset, sample_random())
    rotated.append([sample_entry(Action.WITHDRAWN)])
    assert len({row.key_id for row in store.rows()}) == 2
    rotated.verify().require()


def test_withdrawals_go_to_the_journal() -> None:
    """What narrows is in the journal with its salt; grants and repeats are not."""
    journal = MemoryJournal()
    book = ledger(journal=journal)
    rows = book.append([sample_entry(), sample_entry(Action.WITHDRAWN), sample_entry(Action.WITHDRAWN)])
    assert [choice(record) for record in journal.kept] == [(rows[1].entry, rows[1].salt, True)]
    assert all(isinstance(value, str) for record in journal.kept for value in record.body.values())


def test_an_older_backup_is_brought_up_to_date() -> None:
    """After restoring a backup, who withdrew since has withdrawn again, once, at the original moment (D39)."""
    journal = MemoryJournal()
    book = ledger(journal=journal)
    book.append([sample_entry(), sample_entry(subject=AN)])
    backup = copied(book)
    book.append([sample_entry(Action.WITHDRAWN, at=NOON + HOUR)])
    restored = ledger(backup, journal, seed="restored")
    assert restored.was_allowed(sample_subject(), "newsletter", NOON + 2 * HOUR)
    assert restored.bring_up_to_date() == 1
    assert restored.bring_up_to_date() == 0
    assert not restored.was_allowed(sample_subject(), "newsletter", NOON + 2 * HOUR)
    assert restored.was_allowed(sample_subject(), "newsletter", NOON)
    assert restored.was_allowed(AN, "newsletter", NOON + 2 * HOUR)
    restored.verify().require()


def test_a_clock_that_had_been_far_ahead_undoes_no_withdrawal() -> None:
    """Ten minutes ahead at the grant, right again at the withdrawal: it holds from its moment on, for good."""
    book = ledger()
    before = sample_entry(at=NOON - HOUR)
    ahead = sample_entry(at=NOON + timedelta(minutes=10), meaning="00" * 32)
    rows = book.append([before, ahead, sample_entry(Action.WITHDRAWN, at=NOON)])
    assert [row.entry.at for row in rows if row.entry] == [before.at, ahead.at, NOON, ahead.at]
    for minutes in (0, 5, 10, 15):
        at = NOON + timedelta(minutes=minutes)
        assert not book.was_allowed(sample_subject(), "newsletter", at)
        latest = next(SubjectState(book.records_of(sample_subject())).choices("newsletter", at))
        assert latest.action is Action.WITHDRAWN


def test_a_backup_from_when_the_clock_was_ahead_undoes_no_withdrawal() -> None:
    """The grant that seems to come after the withdrawal was there before it: the withdrawal is replayed, once."""
    journal = MemoryJournal()
    book = ledger(journal=journal)
    book.append([sample_entry(at=NOON + timedelta(minutes=10))])
    backup = copied(book)
    book.append([sample_entry(Action.WITHDRAWN, at=NOON + timedelta(minutes=2))])
    restored = ledger(backup, journal, seed="restored")
    assert restored.bring_up_to_date() == 2
    assert restored.bring_up_to_date() == 0
    for minutes in (2, 10, 30):
        assert not restored.was_allowed(sample_subject(), "newsletter", NOON + timedelta(minutes=minutes))
    restored.append([sample_entry(at=NOON + HOUR)])
    assert restored.bring_up_to_date() == 0
    assert restored.was_allowed(sample_subject(), "newsletter", NOON + HOUR)
    restored.verify().require()


def test_a_withdrawal_that_only_the_journal_took_narrows_when_in_doubt() -> None:
    """Written while the ledger was down, it may have come before or after the last grant: it holds, told once."""
    journal = MemoryJournal()
    book = ledger(journal=journal)
    book.append([sample_entry(at=NOON + timedelta(minutes=10))])
    journal.append([recorded(sample_entry(Action.WITHDRAWN), bytes(16))])
    assert [book.bring_up_to_date(), book.bring_up_to_date()] == [2, 0]
    assert not book.was_allowed(sample_subject(), "newsletter", NOON + HOUR)
    book.append([sample_entry(at=NOON + HOUR)])
    assert book.bring_up_to_date() == 0
    assert book.was_allowed(sample_subject(), "newsletter", NOON + HOUR)


def test_suppressions_come_back_too() -> None:
    """Objections, restrictions and withdrawals of everything are journalled: a restored backup has them again."""
    journal = MemoryJournal()
    book = ledger(journal=journal)
    backup = copied(book)
    said = [
        sample_entry(Action.OBJECTED),
        sample_entry(Action.RESTRICTED, purpose=None, meaning=None, text_hash=None),
        sample_entry(Action.WITHDRAWN, purpose=None, meaning=None, subject=AN),
    ]
    book.append(said)
    restored = ledger(backup, journal, seed="restored")
    assert restored.bring_up_to_date() == 3
    assert [row.entry for row in restored.store.rows()] == said


def test_without_a_journal_there_is_nothing_to_replay() -> None:
    """No journal, no replay."""
    assert ledger().bring_up_to_date() == 0


def test_a_withdrawal_that_failed_is_replayed() -> None:
    """A withdrawal whose commit failed is in the journal and comes at the next start; a grant is not."""
    journal = MemoryJournal()
    store = Failing()
    book = ledger(store, journal)
    book.append([sample_entry()])
    store.down = True
    with pytest.raises(StoreDown):
        book.append([sample_entry(Action.WITHDRAWN, at=NOON + HOUR)])
    store.down = False
    assert book.was_allowed(sample_subject(), "newsletter", NOON + HOUR)
    assert book.bring_up_to_date() == 1
    assert not book.was_allowed(sample_subject(), "newsletter", NOON + HOUR)


def test_a_withdrawal_that_was_tried_again_is_recorded_once() -> None:
    """When the second attempt succeeded, the first one in the journal adds nothing."""
    journal = MemoryJournal()
    store = Failing()
    book = ledger(store, journal)
    store.down = True
    with pytest.raises(StoreDown):
        book.append([sample_entry(Action.WITHDRAWN)])
    store.down = False
    book.append([sample_entry(Action.WITHDRAWN)])
    assert len(journal.kept) == 2
    assert book.bring_up_to_date() == 0
    assert book.head().count == 1


def test_a_later_choice_outlives_a_failed_one() -> None:
    """Who chose again well after a withdrawal that failed keeps that later choice."""
    journal = MemoryJournal()
    store = Failing()
    book = ledger(store, journal)
    store.down = True
    with pytest.raises(StoreDown):
        book.append([sample_entry(Action.WITHDRAWN)])
    store.down = False
    book.append([sample_entry(at=NOON + HOUR)])
    assert book.bring_up_to_date() == 0
    assert book.was_allowed(sample_subject(), "newsletter", NOON + HOUR)


def test_pruned_choices_leave_the_journal() -> None:
    """Pruning reaches the journal too, and a pruned withdrawal does not come back by replay (S22)."""
    journal = MemoryJournal()
    book = ledger(journal=journal)
    book.kinds = (JournalKind("erasure", list),)
    journal.append([JournalRecord("erasure", {"subject": AN})])
    book.append(
        [
            sample_entry(),
            sample_entry(Action.WITHDRAWN),
            sample_entry(Action.WITHDRAWN, subject=AN, at=NOON + HOUR),
        ]
    )
    before = list(journal.numbered)
    assert book.prune(SEVEN, datetime.fromisoformat("2033-01-01T12:00:00Z")) == 2
    assert journal.numbered == [before[0], before[2]]
    assert book.prune(SEVEN, datetime.fromisoformat("2033-01-01T12:00:00Z")) == 0
    journal.numbered = before
    journal.marked = None
    assert book.bring_up_to_date() == 0
    book.verify().require()


def test_a_pruning_leaves_other_choices_in_the_journal() -> None:
    """What was pruned is not in this journal, and what is in it was not pruned."""
    store, journal = MemoryStore(), MemoryJournal()
    other = Ledger(store, sample_keyset(), sample_random())
    other.append([sample_entry(), sample_entry(Action.WITHDRAWN)])
    book = Ledger(store, sample_keyset(), sample_random(), journal=journal)
    book.append([sample_entry(Action.WITHDRAWN, subject=AN, at=NOON + HOUR)])
    before = list(journal.numbered)
    assert book.prune(SEVEN, datetime.fromisoformat("2033-01-01T12:00:00Z")) == 2
    assert journal.numbered == before


def test_a_browsers_choice_goes_after_it_lapsed() -> None:
    """The term runs from the end of the cookie's life, which the ledger knows, and the note names the term."""
    subject = sample_subject("id", "browser")
    store = MemoryStore()
    book = Ledger(store, sample_keyset(), sample_random(), lifetimes={"browser": Duration.parse("6 months")})
    book.append([sample_entry(subject=subject), sample_entry()])
    end = datetime.fromisoformat("2033-07-01T12:00:00Z")
    assert book.prunable(SEVEN, end - timedelta(seconds=1)) == []
    assert book.prunable(SEVEN, end) == [1]
    assert book.prune(SEVEN, end) == 1
    assert list(store.rows())[-1].content == Pruning(end, "7 years", ((1, 1),))


def test_a_journal_record_has_its_salt() -> None:
    """A choice without its salt would come back under another digest."""
    record = recorded(sample_entry(Action.WITHDRAWN), bytes(16))
    assert choice(record) == (sample_entry(Action.WITHDRAWN), bytes(16), False)
    for body in ({**record.body, "salt": "00"}, {**record.body, "salt": ""}, {**record.body} | {"salt": "x"}):
        with pytest.raises(ValueError, match=r"^(salt: missing or too short$|non-hexadecimal)"):
            choice(JournalRecord(CHOICE, body))
    with pytest.raises(ValueError, match=r"^salt: missing or too short$"):
        choice(JournalRecord(CHOICE, {name: value for name, value in record.body.items() if name != "salt"}))


def test_many_prunings_are_noted_in_parts() -> None:
    """More rows than one note can name are pruned with several notes, and the chain verifies."""
    book = ledger()
    subjects = [sample_subject(str(number)) for number in range(3)]
    entries = [
        sample_entry((Action.GRANTED, Action.WITHDRAWN)[turn % 2], subject=subject)
        for subject in subjects
        for turn in range(1400)
    ]
    book.append(entries)
    assert book.prune(SEVEN, NOON + timedelta(days=9 * 365)) == 4200
    assert book.head().count == 4202
    book.verify().require()


def test_verifying_while_others_write() -> None:
    """Rows that come while it reads are no fault, nor is a pruning in the middle of the reading."""

    class Busy(MemoryStore):
        def rows(self) -> Iterator[Row]:
            """Read, while somebody appends and prunes."""
            found = list(super().rows())
            yield from found
            if len(found) < 6:
                writer = ledger(self, seed=str(len(found)))
                writer.append(
                    [
                        sample_entry(
                            (Action.GRANTED, Action.WITHDRAWN)[len(found) % 2], at=NOON + len(found) * HOUR
                        )
                    ]
                )
                if len(found) == 3:
                    writer.prune(SEVEN, NOON + timedelta(days=8 * 365))

    store = Busy()
    ledger(store).append([sample_entry(), sample_entry(Action.WITHDRAWN)])
    for _ in range(4):
        assert ledger(store).verify().faults == ()


def test_verifying_gives_up_after_some_attempts() -> None:
    """A fault that stays a fault is reported, although the ledger grows all the time."""

    class Forged(MemoryStore):
        def rows(self) -> Iterator[Row]:
            """The first row is never as it was written."""
            ledger(self, seed=str(self.head().count)).append(
                [sample_entry((Action.GRANTED, Action.WITHDRAWN)[self.head().count % 2])]
            )
            for row in super().rows():
                yield row._replace(digest=bytes(32)) if row.seq == 1 else row

    store = Forged()
    ledger(store).append([sample_entry()])
    assert {fault.first for fault in ledger(store).verify().faults} == {1}


def test_two_prunings_at_once_note_each_row_once() -> None:
    """Rows that another worker pruned in between are left to its note."""

    class Slow(MemoryStore):
        def rows(self) -> Iterator[Row]:
            """Read, and then another worker prunes."""
            yield from tuple(super().rows())
            if self.head().count == 2:
                with self.writing() as writer:
                    writer.blank([1, 2])
                ledger(self, seed="other").append([sample_entry(subject=AN)])

    store = Slow()
    ledger(store).append([sample_entry(), sample_entry(Action.WITHDRAWN)])
    assert ledger(store, MemoryJournal()).prune(SEVEN, NOON + timedelta(days=9 * 365)) == 0
    assert store.head().count == 3


def test_saying_of_everything_what_was_said_of_one_is_new() -> None:
    """Withdrawing everything after one purpose adds a row; withdrawing one after everything does not."""
    book = ledger()
    one = sample_entry(Action.WITHDRAWN, meaning=None)
    everything = sample_entry(Action.WITHDRAWN, meaning=None, purpose=None)
    assert len(book.append([one, everything, one])) == 2
