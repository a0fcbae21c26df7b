"""Keeping a ledger in step with its journal, in batches: neither is ever read whole into memory.

Whoever records a choice holds the ledger, writes to the journal, and commits. So under the ledger's lock nothing is on
its way, and a record that the ledger lacks there was written while the ledger did not answer, its commit failed, or the
ledger is an older one that was restored. Once every record up to a number was looked at, the mark says so, with a row
of the ledger whose hash fixes all rows before it: a ledger without that row is another one, and all is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby, islice, takewhile
from typing import TYPE_CHECKING, Final

from shopprivacy.errors import JournalDown
from shopprivacy.ledger.append import Appender
from shopprivacy.ledger.entry import Entry
from shopprivacy.ledger.journal import (
    BATCH,
    CHOICE,
    Bodies,
    Journal,
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
    """A ledger's store and its journal, to be kept in step. ``appender`` begins a turn at the end of the chain."""

    def __init__(
        self,
        store: LedgerStore,
        journal: Journal,
        kinds: Iterable[JournalKind],
        appender: Callable[[LedgerWriter, Iterable[Entry]], Appender],
    ) -> None:
        self._store = store
        self._journal = journal
        self._replays: Mapping[str, Callable[[Bodies], object]] = {kind.name: kind.replay for kind in kinds}
        self._appender = appender

    def begin(self) -> int:
        """Replay all records of other kinds, and the choices that the ledger has not judged; gives the rows added.

        What the other kinds are about is kept elsewhere and may have been restored by itself: no mark speaks for it.
        """
        added = self.go_on()  # the choices first: they need nobody else
        for kind in sorted(self._replays):
            self._replay_others(self._journal.records(kind=kind))
        return added

    def go_on(self) -> int:
        """Replay what was written since; all of it where the ledger is another one. Gives the rows added.

        A record of another kind that cannot be replayed is told when all choices are in the ledger. No mark passes over
        it, nor over one of an unknown kind, which a newer release has written and will replay.
        """
        added, failure = self._go_on()
        if failure is not None:
            raise failure
        return added

    def catch_up(self) -> None:
        """Replay what was written since. What keeps a record of another kind from being replayed is told elsewhere."""
        self._go_on()

    def unknown_kinds(self) -> list[str]:
        """The kinds of which the journal holds records, and which nothing here replays."""
        return sorted(kind for kind in self._journal.kinds() if not self._is_known(kind))

    def forget(self, keep: Duration, now: datetime) -> int:
        """Take out of the journal what is older than any backup, which lives for ``keep``; gives how many records.

        Each stays a day longer than that, and as long as the ledger has not judged it.
        """
        return self._journal.forget_before(now - (keep.after(now) - now) - SPARE - _CALENDAR)

    def forget_pruned(self) -> None:
        """Take out of the journal the choices whose rows the ledger has pruned."""
        for batch in in_batches(self._journal.records(kind=CHOICE)):
            wanted = choices(batch)
            kept = self._store.known(tuple(wanted))
            pruned = {digest for digest, has_content in kept.items() if not has_content}
            if pruned:
                self._journal.forget([one.number for one in batch if not pruned.isdisjoint(choices([one]))])

    def note(self, now: datetime) -> None:
        """Replay what was written since, and renew the journal's row in the ledger's database.

        One that another process renewed just now is left as it is.
        """
        _, failure = self._go_on()
        name = self._journal.name()
        if not self._is_noted(name, now) or self.is_behind():
            with self._store.writing() as writer:
                writer.note_journal(JournalState(name, now, empty=not self._lacks(writer)))
        if failure is not None:  # the row is about choices
            raise failure

    def leave(self) -> None:
        """Replay what was written since, and take the journal's row away where the ledger has every choice in it."""
        self.go_on()
        name = self._journal.name()
        with self._store.writing() as writer:
            if not self._lacks(writer):
                writer.retire_journal(name)

    def is_behind(self) -> bool:
        """Whether the journal holds a choice that the ledger lacks."""
        return self._lacks(self._store)

    def _go_on(self) -> tuple[int, Exception | None]:
        """Do what `go_on` does; gives the rows added, and what kept a record of another kind from being replayed."""
        mark = self._standing_mark()
        last = after = mark.through if mark else 0
        added, failure, passed = 0, None, True
        for batch in in_batches(self._journal.records(after)):
            added += self._replay_choices(batch)
            if failure is None:
                try:
                    self._replay_others(batch)
                except Exception as error:
                    failure = error
            passed = passed and failure is None and all(self._is_known(one.record.kind) for one in batch)
            if passed:
                last = batch[-1].number
        if last > after or mark is None:
            self._move_mark(mark, last)
        return added, failure

    def _is_known(self, kind: str) -> bool:
        return kind == CHOICE or kind in self._replays

    def _is_noted(self, name: str, now: datetime) -> bool:
        return any(
            state.name == name and state.empty and timedelta() <= now - state.at < RENEWED
            for state in self._store.journals()
        )

    def _lacks(self, where: LedgerStore | LedgerWriter) -> bool:
        """Whether there is a choice that the ledger lacks; with a writer, nothing is on its way meanwhile."""
        mark = self._standing_mark()
        records = self._journal.records(mark.through if mark else 0)
        return any(_lacking(choices(batch), where) for batch in in_batches(records))

    def _standing_mark(self) -> Mark | None:
        """The mark, if it was set for this ledger."""
        mark = self._journal.mark()
        return mark if mark is not None and self._has(mark) else None

    def _move_mark(self, mark: Mark | None, through: int) -> None:
        """Set the mark, with what one transaction has seen whole.

        While a ledger's file is replaced, one connection may see the old ledger and another one the new.
        """
        records = self._journal.records(mark.through if mark else 0)
        judged = takewhile(lambda one: one.number <= through, records)
        with self._store.writing() as writer:
            if any(_lacking(choices(batch), writer) for batch in in_batches(judged)):
                return
            pin = writer.head().pin
        if mark is None or self._has(mark):
            with suppress(JournalDown):  # a full disk: the mark only saves reading
                self._journal.set_mark(Mark(through, pin))

    def _has(self, mark: Mark) -> bool:
        """Whether the ledger begins with the rows that the mark was set for."""
        if mark.pin.count == 0:
            return True
        return [(row.seq, row.hash) for row in self._store.rows_after(mark.pin.count - 1, 1)] == [
            (mark.pin.count, mark.pin.hash)
        ]

    def _replay_choices(self, batch: Sequence[NumberedRecord]) -> int:
        wanted = choices(batch)
        if not _lacking(wanted, self._store):
            return 0
        with self._store.writing() as writer:
            lacking = [wanted[digest] for digest in _lacking(wanted, writer)]
            appender = self._appender(writer, (kept.entry for kept in lacking))
            appender.replay(lacking)
            appender.write()
        return len(appender.rows)

    def _replay_others(self, records: Iterable[NumberedRecord]) -> None:
        """Do again what records of other known kinds say."""
        for kind, same in groupby((kept.record for kept in records), lambda record: record.kind):
            replay = self._replays.get(kind)
            while replay is not None and (bodies := [record.body for record in islice(same, BATCH)]):
                replay(bodies)


def in_batches(records: Iterator[NumberedRecord]) -> Iterator[list[NumberedRecord]]:
    """The records, at most `BATCH` at a time."""
    while batch := list(islice(records, BATCH)):
        yield batch


def _lacking(wanted: Iterable[bytes], where: LedgerStore | LedgerWriter) -> list[bytes]:
    digests = tuple(wanted)
    known = where.known(digests)
    return [digest for digest in digests if digest not in known]
