"""What an endpoint asks of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shopprivacy.http.effects import World
from shopprivacy.ledger.entry import Entry


class LedgerWorld(World, Protocol):
    """What the edge lends to an effect that keeps a record."""

    def record(self, entries: Sequence[Entry], /) -> None:
        """Append choices to the ledger; whoever listens for changes of consent hears of them once the reply counts.

        Where the ledger does not answer, entries that only narrow are kept in the journal; a grant without a record
        would be no proof of anything, so with one StoreDown is raised.
        """
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
class CountRefusals:
    """Count anonymous refusals of these purposes for the day. Answered with None."""

    purposes: Sequence[str]

    def perform(self, world: LedgerWorld, /) -> None:
        """Count them."""
        world.count_refusals(self.purposes)
