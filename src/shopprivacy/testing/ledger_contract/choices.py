"""What a store does with choices: each is a row, read back exactly, and none is lost or taken for another."""
# ruff: noqa: S101  a contract suite is made of assertions

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from shopprivacy.crypto import Use
from shopprivacy.decision import Action
from shopprivacy.ledger.chain import Head, link
from shopprivacy.ledger.entry import SALT_BYTES, Entry, Row
from shopprivacy.ledger.store import About, LedgerStore, LedgerWriter
from shopprivacy.ledger.validity import LastChoice
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.ledger_contract.shop import AN, BO, ledger, toggled
from shopprivacy.testing.samples import (
    NOON,
    sample_entry,
    sample_keyset,
    sample_subject,
)

LATER: Final = NOON + timedelta(hours=1)


class ChoicesContract:
    """What a store does with choices: each is a row, read back exactly, and none is lost or taken for another."""

    def test_a_new_store_is_empty(self, store: LedgerStore) -> None:
        """It has no rows, its head is the genesis, and that verifies."""
        assert list(store.rows()) == []
        assert ledger(store).head().count == 0
        ledger(store).verify().require()

    def test_every_choice_is_a_row(self, store: LedgerStore) -> None:
        """Three choices are three rows, in order, none overwritten, and read back exactly (S03)."""
        added = ledger(store).append(toggled())
        assert [row.seq for row in added] == [1, 2, 3]
        assert tuple(store.rows()) == added
        assert ledger(store).entries_of(AN) == tuple(toggled())
        assert store.head().count == 3
        assert store.head().hash == added[-1].hash
        ledger(store).verify().require()

    def test_every_field_is_kept(self, store: LedgerStore) -> None:
        """Optional fields, microseconds and the longest values come back as they went in."""
        long = sample_entry(
            purpose="p" * 64,
            version="9" * 64,
            at=datetime(2026, 2, 28, 23, 59, 59, 999999, UTC),
            consent_id="ef" * 32,
            data=tuple(f"{'c' * 60}_{n}" for n in range(20)),
        )
        bare = sample_entry(Action.RESTRICTED, purpose=None, meaning=None, text_hash=None, at=long.at)
        override = sample_entry(Action.OVERRIDDEN, ground="g" * 64, at=long.at)
        ledger(store).append([long, bare, override])
        assert [row.entry for row in store.rows()] == [long, bare, override]

    def test_names_differ_by_case(self, store: LedgerStore) -> None:
        """Look-ups are exact: a subject whose pseudonym only starts alike is another one."""
        ledger(store).append(toggled(AN))
        assert store.rows_of(AN.upper()) == []
        assert store.rows_of(AN[:-1]) == []

    def test_a_repeat_adds_no_row(self, store: LedgerStore) -> None:
        """Saying the same again, in one call or in two, leaves the ledger as it is."""
        book = ledger(store)
        assert len(book.append([*toggled(AN, 1), *toggled(AN, 1)])) == 1
        assert book.append(toggled(AN, 1)) == ()
        assert store.head().count == 1

    def test_everything_withdrawn_is_no_repeat_of_one_thing(self, store: LedgerStore) -> None:
        """A withdrawal of all purposes is seen by the next choice about one purpose, and the other way round."""
        book = ledger(store)
        everything = sample_entry(Action.WITHDRAWN, subject=AN, purpose=None, meaning=None)
        again = sample_entry(Action.GRANTED, subject=AN, at=NOON + timedelta(hours=1))
        later = replace(everything, at=again.at)
        assert len(book.append([*toggled(AN, 1), everything, again, later])) == 4
        assert book.append([later]) == ()

    def test_another_meaning_is_no_repeat(self, store: LedgerStore) -> None:
        """A grant of the same purpose in another meaning is a choice of its own (A18)."""
        book = ledger(store)
        book.append([sample_entry()])
        assert len(book.append([sample_entry(meaning="00" * 32)])) == 1

    def test_nothing_is_written_when_the_writer_fails(self, store: LedgerStore) -> None:
        """An exception inside writing() takes back rows and head."""
        ledger(store).append(toggled(AN, 1))
        before = store.head()

        def failing() -> None:
            with store.writing() as writer:
                writer.add(*_next_rows(writer, toggled(BO)))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            failing()
        assert store.head() == before
        assert [row.seq for row in store.rows()] == [1]

    def test_nothing_is_written_of_choices_that_cannot_all_be_had(self, store: LedgerStore) -> None:
        """Choices that come from somewhere are recorded when all have come, and wait for nobody meanwhile."""

        def failing() -> Iterator[Entry]:
            yield from toggled(BO)
            ledger(store, "another").append(toggled(AN, 1))
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            ledger(store).append(failing())
        assert [row.entry for row in store.rows()] == toggled(AN, 1)

    def test_rows_are_added_together(self, store: LedgerStore) -> None:
        """More rows than any batch, added at once, are all there with the head, and the writer sees its own."""
        with store.writing() as writer:
            rows, head = _next_rows(writer, toggled(AN, 1203))
            writer.add(rows, head)
            assert writer.head() == head
            assert [*map(_said, writer.last([(AN, "newsletter")]))] == [_said(rows[-1].entry)]
            [row], last = _next_rows(writer, toggled(BO, 1))
            writer.add([row], last)
        assert list(store.rows()) == [*rows, row]
        assert store.head() == last
        ledger(store).verify().require()

    def test_the_last_choices_of_many(self, store: LedgerStore) -> None:
        """However many are asked for at once, each is given in order; a choice about everything is one about each."""
        subjects = [sample_subject(str(number)) for number in range(107)]
        purposes = ("newsletter", "promotions", None)
        about: list[About] = [(subject, purpose) for subject in subjects for purpose in purposes]
        expected: dict[About, Entry | None] = dict.fromkeys(about)
        entries: list[Entry] = []
        for number, subject in enumerate(subjects[:-1]):
            said = toggled(subject, 1 + number % 3)
            if number % 4 == 0:
                said.append(sample_entry(Action.RESTRICTED, subject=subject, purpose=None, at=LATER))
            if number % 5 == 0:
                said.append(sample_entry(subject=subject, purpose="promotions", at=LATER))
            entries += said
            for entry in said:
                for purpose in purposes if entry.purpose is None else (entry.purpose, None):
                    expected[subject, purpose] = entry
        ledger(store).append(entries)
        for wanted in (about, about[::-1], about[:1], about[:1] * 60, []):
            with store.writing() as writer:
                assert [*map(_said, writer.last(wanted))] == [_said(expected[one]) for one in wanted]

    def test_together_is_one_by_one(self, store: LedgerStore) -> None:
        """Choices appended at once give the rows, hashes and all, that they give one by one."""
        everything = [
            sample_entry(action, subject=AN, purpose=None, meaning=None, text_hash=None)
            for action in (Action.WITHDRAWN, Action.RESTRICTED, Action.LIFTED)
        ]
        entries = [
            *toggled(AN),
            *toggled(BO),
            *everything,
            *toggled(AN, 2, "promotions"),
            *toggled(AN, 1),
            *everything,
        ]
        beside = ledger(MemoryStore())
        for entry in entries:
            beside.append([entry])
        added = ledger(store).append(entries)
        assert len(added) > len(entries), "what is said of everything lies behind, and is said once more"
        assert list(added) == list(store.rows()) == list(beside.store.rows())

    def test_threads_keep_one_chain(self, store: LedgerStore) -> None:
        """Threads that write at once lose nothing and keep one chain; each row they were given is there."""
        subjects = [sample_subject(str(number)) for number in range(8)]

        def write(subject: str) -> list[Row]:
            book = ledger(store, seed=subject)
            return [row for entry in toggled(subject, 5) for row in book.append([entry])]

        with ThreadPoolExecutor(4) as pool:
            written = [row for rows in pool.map(write, subjects) for row in rows]
        assert sorted(written, key=lambda row: row.seq) == list(store.rows())
        assert store.head().count == 40
        ledger(store).verify().require()


def _said(choice: Entry | LastChoice | None) -> LastChoice | None:
    return None if choice is None else LastChoice(choice.at, choice.purpose, choice.action, choice.meaning)


def _next_rows(writer: LedgerWriter, entries: Iterable[Entry]) -> tuple[list[Row], Head]:
    rows, head = [], writer.head()
    for number, entry in enumerate(entries):
        row, head = link(
            head, entry, bytes([number % 256]) * SALT_BYTES, sample_keyset().derive(Use.LEDGER_CHAIN)
        )
        rows.append(row)
    return rows, head
