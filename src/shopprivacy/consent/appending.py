"""Putting choices at the end of the chain, so that what narrows holds whatever the clocks say.

A clock that had been ahead leaves a grant behind that looks younger than the withdrawal after it. What narrows is
therefore recorded at its own moment and, where the subject's last choice seems to lie ahead, once more at that one:
it holds from now on, and nothing that only seems to come later undoes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from shopprivacy.consent.chain import link
from shopprivacy.consent.entry import SALT_BYTES, Entry, Pruning, Row
from shopprivacy.consent.replay import JournalRecord, Kept, recorded
from shopprivacy.consent.standing import Lives, repeats
from shopprivacy.consent.store import LedgerWriter
from shopprivacy.crypto import Keyset, Use
from shopprivacy.decision.state import WIDENING

SKEW: Final = timedelta(minutes=1)
"""More than the clocks of a shop's machines differ by while all is well."""


@dataclass(slots=True)
class Appending:
    """One writer's turn at the end of the chain."""

    writer: LedgerWriter
    keyset: Keyset
    random: Callable[[int], bytes]
    lives: Lives
    rows: list[Row] = field(default_factory=list)
    """The rows added so far."""
    records: list[JournalRecord] = field(default_factory=list)
    """What of them belongs in the journal."""

    def add(self, content: Entry | Pruning, salt: bytes) -> None:
        """Append one row."""
        row, head = link(self.writer.head(), content, salt, self.keyset.derive(Use.LEDGER_CHAIN))
        self.writer.add(row, head)
        self.rows.append(row)

    def choose(self, entry: Entry) -> None:
        """Append a choice, unless it says again what the subject's last one for that purpose says."""
        last = self.writer.last(entry.subject, entry.purpose)
        if repeats(entry, last, self.lives):
            return
        if last is not None and timedelta() < last.at - entry.at < SKEW:
            # The other machine's clock is ahead of this one's. What was chosen later must not look earlier.
            entry = replace(entry, at=last.at)
        if entry.action in WIDENING:
            self.add(entry, self.random(SALT_BYTES))
        else:
            self._narrow(entry, self.random(SALT_BYTES), last)

    def replay(self, wanted: Mapping[bytes, Kept], lacking: Iterable[bytes]) -> None:
        """Append those choices of the journal, by digest, that the ledger lacks and that still narrow something."""
        for digest in lacking:
            entry, salt, ordered = wanted[digest]
            last = self.writer.last(entry.subject, entry.purpose)
            if not ordered:
                # Whether it came before or after the last one nobody can tell: it narrows.
                self._narrow(entry, salt, last)
            elif not _overtaken(entry, last) and not repeats(entry, last, self.lives):
                self.add(entry, salt)

    def _narrow(self, entry: Entry, salt: bytes, last: Entry | None) -> None:
        ahead = last is not None and last.at > entry.at
        self.add(entry, salt)
        self.records.append(recorded(entry, salt, ordered=not ahead))
        if last is not None and ahead:
            self._narrow(replace(entry, at=last.at), self.random(SALT_BYTES), last)


def _overtaken(entry: Entry, last: Entry | None) -> bool:
    """Whether the subject chose again well after this: then the entry is one whose commit had failed.

    Only for an entry whose moment is not before any that the ledger knew then, so that the moments compare although
    a clock was wrong.
    """
    return last is not None and last.at - entry.at > SKEW
