"""What an endpoint asks of the ledger."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from shopprivacy.http.effects import Effect, World
from shopprivacy.ledger.entry import Entry, Row


class LedgerWorld(World, Protocol):
    """What the edge lends to an effect that keeps a record."""

    def record(self, entries: Sequence[Entry], /) -> None:
        """Append choices to the ledger; whoever listens for changes of consent hears of them once the reply counts.

        Where the ledger does not answer, entries that only narrow are kept in the journal; a grant without a record
        would be no proof of anything, so with one StoreDown is raised.
        """
        ...

    def rows_of(self, subject: str, /) -> Sequence[Row]:
        """Return a subject's rows in order. Raises StoreDown, also where one of them cannot be read."""
        ...

    def count_refusals(self, purposes: Sequence[str], /) -> None:
        """Count anonymous refusals of these purposes for the day."""
        ...


@dataclass(frozen=True, slots=True)
class RecordChoices:
    """Append ``entries`` to the ledger, then tell who listens for changes of consent. Answered with None."""

    entries: Sequence[Entry]

    def perform(self, world: LedgerWorld, /) -> None:
        """Append them. Raises StoreDown where ``LedgerWorld.record`` says so."""
        world.record(self.entries)


@dataclass(frozen=True, slots=True)
class ReadRows:
    """Answered with a subject's rows in order."""

    subject: str

    def perform(self, world: LedgerWorld, /) -> Sequence[Row]:
        """Read them. Raises StoreDown, also where one of them cannot be read."""
        return world.rows_of(self.subject)


def read_rows(subject: str) -> Generator[Effect[LedgerWorld], object, Sequence[Row]]:
    """Ask for a subject's rows, with ``yield from``. Raises StoreDown."""
    rows = yield ReadRows(subject)
    if not isinstance(rows, Sequence):
        raise TypeError("ReadRows is answered with rows")
    return rows


@dataclass(frozen=True, slots=True)
class CountRefusals:
    """Count anonymous refusals of these purposes for the day. Answered with None."""

    purposes: Sequence[str]

    def perform(self, world: LedgerWorld, /) -> None:
        """Count them."""
        world.count_refusals(self.purposes)
