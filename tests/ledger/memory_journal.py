"""A journal in a list, whose writes and reads a test can count."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from shopprivacy.errors import JournalDown
from shopprivacy.ledger.journal import JournalRecord, Mark, NumberedRecord
from shopprivacy.testing.samples import NOON


class MemoryJournal:
    """A `Journal`. ``kept`` are its records; ``now`` is when the next ones are written."""

    def __init__(self) -> None:
        self.numbered: list[NumberedRecord] = []
        self.written: dict[int, datetime] = {}
        self.now = NOON
        self.marked: Mark | None = None
        self.read = 0
        self.full = self.shared = False
        self.drawn = "0a" * 16

    @property
    def kept(self) -> list[JournalRecord]:
        """The records without their numbers."""
        return [one.record for one in self.numbered]

    def name(self) -> str:
        """Its own."""
        return self.drawn

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Write."""
        for record in records:
            number = max(self.written, default=0) + 1
            self.numbered.append(NumberedRecord(number, record))
            self.written[number] = self.now

    def records(self, after: int = 0, kind: str | None = None) -> Iterator[NumberedRecord]:
        """Read."""
        for one in tuple(self.numbered):
            if one.number > after and kind in (None, one.record.kind):
                self.read += 1
                yield one

    def kinds(self) -> Collection[str]:
        """Which there are."""
        return {record.kind for record in self.kept}

    def mark(self) -> Mark | None:
        """Up to where it is in step."""
        return self.marked

    def set_mark(self, mark: Mark) -> None:
        """Note that."""
        if self.full:
            raise JournalDown("full")
        self.marked = mark

    def forget(self, numbers: Sequence[int]) -> None:
        """Take away."""
        self.numbered = [one for one in self.numbered if one.number not in numbers]

    def forget_before(self, at: datetime, kind: str, through: int) -> int:
        """Take away what is old."""
        old = [
            number
            for number, record in self.numbered
            if record.kind == kind and number <= through and self.written[number] < at
        ]
        self.forget(old)
        return len(old)

    def is_shared(self) -> bool:
        """Whether another process has it."""
        return self.shared

    def close(self) -> None:
        """Let go of nothing."""
