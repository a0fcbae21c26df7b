"""The process's own journal: nobody waits twice for one that hangs, and senders know whether it is empty.

Whoever appends does not wait for a journal that has just let somebody wait in vain (`shopprivacy.privacy.circuit`): the
ledger is held meanwhile, or has itself been waited for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime

from shopprivacy.errors import JournalDown, PrivacyError, StoreDown
from shopprivacy.ledger.journal import Journal, JournalRecord, Mark, NumberedRecord
from shopprivacy.ledger.journal_state import STALE, open_journals
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.privacy.circuit import Circuit
from shopprivacy.storage.patience import patience

log = logging.getLogger("shopprivacy.ledger")


class GuardedJournal:
    """A `Journal` for which whoever appends waits ``bound`` seconds at most, and not at all just after a vain wait."""

    def __init__(self, journal: Journal, bound: float) -> None:
        self._journal = journal
        self._circuit = Circuit(bound, what="the journal")

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Write the records."""
        try:
            with self._circuit.attempt():
                try:
                    self._journal.append(records)
                except JournalDown as down:
                    raise StoreDown(str(down)) from None  # the very thing that this circuit is about
        except StoreDown as down:
            raise JournalDown(str(down)) from None

    def name(self) -> str:
        """Its own."""
        return self._journal.name()

    def records(self, after: int = 0, kind: str | None = None) -> Iterator[NumberedRecord]:
        """The records."""
        return self._journal.records(after, kind)

    def kinds(self) -> Collection[str]:
        """The kinds of which there are records."""
        return self._journal.kinds()

    def mark(self) -> Mark | None:
        """Up to where ledger and journal are in step."""
        return self._journal.mark()

    def set_mark(self, mark: Mark) -> None:
        """Note up to where they are."""
        self._journal.set_mark(mark)

    def forget(self, numbers: Sequence[int]) -> None:
        """Take these records away."""
        self._journal.forget(numbers)

    def forget_before(self, at: datetime, kind: str, through: int) -> int:
        """Take away what is old."""
        return self._journal.forget_before(at, kind, through)

    def close(self) -> None:
        """Let go of files and connections."""
        self._journal.close()


class JournalKeeper:
    """Renews the row that senders read, says which journals did not come back, and leaves at a clean stop.

    ``behind`` says whether choices stand in the journal alone and somebody tries at every look to append them.
    """

    def __init__(self, ledger: Ledger, bound: float, behind: Callable[[], bool]) -> None:
        self._ledger = ledger
        self._bound = bound
        self._behind = behind
        self._missed: set[str] = set()
        self._unknown: set[str] = set()

    def look(self, now: datetime) -> None:
        """Keep ledger and journal in step, renew the journal's row, and look for the others. Raises StoreDown."""
        if self._behind():  # it has just been tried
            return
        self._ledger.note_journal(now)
        for kind in set(self._ledger.unknown_kinds()) - self._unknown:
            self._unknown.add(kind)
            log.warning(
                'the journal holds records of the kind "%s", which this release does not know: they stay in it, and '
                "the newer release that wrote them does again what they say",
                kind,
            )
        states = self._ledger.store.journals()
        missing = {state.name for state in open_journals(states, now) if now - state.at > 2 * STALE}
        for name in missing - self._missed:
            log.error(
                "the journal %s has not been seen for a minute: marketing mail waits for it, because it may hold a "
                "withdrawal. Start its process again, or give it up: shopprivacy journal retire %s",
                name,
                name,
            )
        self._missed = missing

    def leave(self) -> None:
        """At a clean stop: nobody needs to wait for this process's journal, where the ledger has all that it holds."""
        try:
            with patience(self._bound):
                self._ledger.leave_journal()
        except PrivacyError as error:
            log.warning("the journal's row stays in the ledger's database until the next start: %s", error)
