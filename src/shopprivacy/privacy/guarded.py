"""What visitors wait for beside the ledger: nobody waits twice for what hangs (`shopprivacy.privacy.circuit`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime

from shopprivacy.errors import JournalDown, StoreDown
from shopprivacy.ledger.journal import Journal, JournalRecord, Mark, NumberedRecord
from shopprivacy.mail.store import MailStore
from shopprivacy.privacy.circuit import Circuit


class GuardedJournal:
    """A `Journal` for which whoever appends waits ``bound`` seconds at most, and not at all just after a vain wait.

    The ledger is held meanwhile, or has itself been waited for.
    """

    def __init__(self, journal: Journal, bound: float) -> None:
        self._journal = journal
        self._circuit = Circuit(bound, what="the journal", others=1)  # there is no better place to go to

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

    def is_shared(self) -> bool:
        """Whether another process has it open."""
        return self._journal.is_shared()

    def close(self) -> None:
        """Let go of files and connections."""
        self._journal.close()


class GuardedMailStore:
    """A `MailStore` in the ledger's database: whoever asks for a mail waits as for the ledger, and can ask again."""

    def __init__(self, store: MailStore, circuit: Circuit) -> None:
        self._store = store
        self._circuit = circuit

    def ring(self, fingerprint: str) -> str:
        """Keep the fingerprint if none is kept yet: a start waits longer."""
        return self._store.ring(fingerprint)

    def take_day(self, subject: str, day: date) -> bool:
        """Note that a subject was mailed a link on a day."""
        with self._circuit.attempt(hurry=True):
            return self._store.take_day(subject, day)

    def give_back(self, subject: str, day: date) -> None:
        """Forget that."""
        with self._circuit.attempt(hurry=True):
            self._store.give_back(subject, day)
