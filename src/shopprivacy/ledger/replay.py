"""Keeping a ledger in step with its journal, in batches: neither is ever read whole into memory.

Whoever records a choice holds the ledger, writes to the journal, and commits. So under the ledger's lock nothing is on
its way, and a record that the ledger lacks there was written while the ledger did not answer, its commit failed, or the
ledger is an older one that was restored. Once the ledger has judged every choice up to a number, the mark says so, with
a row of the ledger whose hash fixes all rows before it: a ledger without that row is another one, and judges all again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final

from shopprivacy.errors import JournalDown
from shopprivacy.ledger.append import Appender
from shopprivacy.ledger.entry import Entry
from shopprivacy.ledger.journal import (
    BATCH,
    CHOICE,
    Bodies,
    Journal,
    JournalEntry,
    JournalKind,
    Mark,
    NumberedRecord,
    choices,
)
from shopprivacy.ledger.journal_state import JournalState
from shopprivacy.ledger.store import LedgerStore, LedgerWriter

if TYPE_CHECKING:
    from shopprivacy.policy import Duration

SPARE: Final = timedelta(days=1)
"""How much longer than any backup lives a record is kept."""
RENEWED: Final = timedelta(seconds=4)
"""For how long a journal's row is not renewed by another process."""
_CALENDAR: Final = timedelta(days=3)
"""By how much a month may be longer than the one to come."""


class Replay:
    """A ledger's store and its journal, to be kept in step.

    ``appender`` begins a turn at the end of the chain. ``replayed`` holds for each other kind the number up to which
    this process has replayed its records.
    """

    def __init__(
        self,
        store: LedgerStore,
        journal: Journal,
        kinds: Iterable[JournalKind],
        appender: Callable[[LedgerWriter, Iterable[Entry]], Appender],
        replayed: dict[str, int],
    ) -> None:
        self._store = store
        self._journal = journal
        self._replays: Mapping[str, Callable[[Bodies], object]] = {kind.name: kind.replay for kind in kinds}
        self._appender = appender
        self._replayed = replayed

    def begin(self) -> int:
        """Replay the choices that the ledger has not judged, and all records of other kinds; gives the rows added.

        What the other kinds are about is kept elsewhere and may have been restored by itself: no mark speaks for it.
        """
        self._replayed.clear()
        return self.go_on()

    def go_on(self) -> int:
        """Replay what was written since; all choices where the ledger is another one. Gives the rows added.

        The choices come first: they need nobody else.
        """
        added = self.catch_up()
        self._replay_others()
        return added

    def catch_up(self) -> int:
        """Let the ledger judge the choices that were written since; gives the rows added.

        It takes those that it lacks and that still narrow something.
        """
        mark = self._standing_mark()
        last = after = mark.through if mark else 0
        added = 0
        for batch in in_batches(self._journal.records(after, CHOICE)):
            wanted = choices(batch)
            if _lacking(wanted, self._store):
                with self._store.writing() as writer:
                    added += self._judge(writer, wanted)
            last = batch[-1].number
        return added + (self._move_mark(mark, last) if last > after or mark is None else 0)

    def unknown_kinds(self) -> list[str]:
        """The kinds of which the journal holds records, and which nothing here replays."""
        return sorted(kind for kind in self._journal.kinds() if kind != CHOICE and kind not in self._replays)

    def forget(self, keep: Duration, now: datetime) -> int:
        """Take out of the journal what is older than any backup, which lives for ``keep``; gives how many records.

        Each stays a day longer than that, and as long as it has not been replayed here. Those of an unknown kind wait
        for the release that knows them.
        """
        before = now - (keep.after(now) - now) - SPARE - _CALENDAR
        mark = self._standing_mark()
        judged = {CHOICE: mark.through if mark else 0, **self._replayed}
        return sum(self._journal.forget_before(before, kind, through) for kind, through in judged.items())

    def forget_pruned(self) -> None:
        """Take out of the journal the choices whose rows the ledger has pruned."""
        for batch in in_batches(self._journal.records(kind=CHOICE)):
            wanted = choices(batch)
            kept = self._store.known(tuple(wanted))
            pruned = {digest for digest, has_content in kept.items() if not has_content}
            if pruned:
                self._journal.forget([one.number for one in batch if not pruned.isdisjoint(choices([one]))])

    def note(self, now: datetime) -> None:
        """Replay what was written since, and renew the journal's row in the ledger's database, which is about choices.

        One that another process renewed just now is left as it is.
        """
        self.catch_up()
        name = self._journal.name()
        if not self._is_noted(name, now) or self.is_behind():
            with self._store.writing() as writer:
                writer.note_journal(JournalState(name, now, empty=not self._lacks(writer)))
        self._replay_others()

    def leave(self) -> None:
        """Let the ledger judge what was written since, and take the journal's row away where nothing is left.

        Not while another process has the journal: choices may go to it alone, and senders would not know.
        """
        self.catch_up()
        name = self._journal.name()
        with self._store.writing() as writer:
            if not self._lacks(writer) and not self._journal.is_shared():
                writer.retire_journal(name)

    def is_behind(self) -> bool:
        """Whether the journal holds a choice that the ledger has not judged."""
        return self._lacks(self._store)

    def _is_noted(self, name: str, now: datetime) -> bool:
        return any(
            state.name == name and state.empty and timedelta() <= now - state.at < RENEWED
            for state in self._store.journals()
        )

    def _lacks(self, where: LedgerStore | LedgerWriter) -> bool:
        """Whether it lacks a choice that comes after the mark; with a writer, nothing is on its way meanwhile."""
        mark = self._standing_mark()
        records = self._journal.records(mark.through if mark else 0, CHOICE)
        return any(_lacking(choices(batch), where) for batch in in_batches(records))

    def _standing_mark(self) -> Mark | None:
        """The mark, if it was set for this ledger."""
        mark = self._journal.mark()
        return mark if mark is not None and self._has(mark) else None

    def _move_mark(self, mark: Mark | None, through: int) -> int:
        """Set the mark, with what one transaction has judged whole; gives the rows added.

        While a ledger's file is replaced, one connection may see the old ledger and another one the new.
        """
        records = self._journal.records(mark.through if mark else 0, CHOICE)
        added = 0
        with self._store.writing() as writer:
            for batch in in_batches(takewhile(lambda one: one.number <= through, records)):
                added += self._judge(writer, choices(batch))
            pin = writer.head().pin
        if mark is None or self._has(mark):
            with suppress(JournalDown):  # a full disk: the mark only saves reading
                self._journal.set_mark(Mark(through, pin))
        return added

    def _judge(self, writer: LedgerWriter, wanted: Mapping[bytes, JournalEntry]) -> int:
        """Append those choices that the ledger lacks and that still narrow something; gives the rows added."""
        lacking = [wanted[digest] for digest in _lacking(wanted, writer)]
        if not lacking:
            return 0
        appender = self._appender(writer, (kept.entry for kept in lacking))
        appender.replay(lacking)
        appender.write()
        return len(appender.rows)

    def _has(self, mark: Mark) -> bool:
        """Whether the ledger begins with the rows that the mark was set for."""
        if mark.pin.count == 0:
            return True
        return [(row.seq, row.hash) for row in self._store.rows_after(mark.pin.count - 1, 1)] == [
            (mark.pin.count, mark.pin.hash)
        ]

    def _replay_others(self) -> None:
        """Do again what the records of other known kinds say that were written since."""
        for kind in sorted(self._replays):
            for batch in in_batches(self._journal.records(self._replayed.get(kind, 0), kind)):
                self._replays[kind]([one.record.body for one in batch])
                self._replayed[kind] = batch[-1].number


def in_batches(records: Iterator[NumberedRecord]) -> Iterator[list[NumberedRecord]]:
    """The records, at most `BATCH` at a time."""
    while batch := list(islice(records, BATCH)):
        yield batch


def _lacking(wanted: Iterable[bytes], where: LedgerStore | LedgerWriter) -> list[bytes]:
    digests = tuple(wanted)
    known = where.known(digests)
    return [digest for digest in digests if digest not in known]
