"""The models of a shop whose columns are sealed, for the commands that look after them.

An adapter says of the `Sealing` that it gives to a shop's models which models those are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol
from weakref import WeakKeyDictionary

from shopprivacy.lint.sealed_columns import Columns
from shopprivacy.sealing.service import Sealing
from shopprivacy.sealing.tables import SealedTable


class SealedModels(Protocol):
    """Models, as their mapper knows them. Two are equal where they are of the same tables."""

    def columns(self) -> Columns:
        """What the tables have."""
        ...

    def tables(self, data: str) -> Iterable[SealedTable]:
        """The sealed columns, in the database of this URL, which is let go when all were asked for.

        Raises ValueError for a URL that is none or whose driver is not installed, and PrivacyError where the database
        does not answer or does not have the tables.
        """
        ...


_known: Final[WeakKeyDictionary[Sealing, list[SealedModels]]] = WeakKeyDictionary()


def know_models(sealing: Sealing, models: SealedModels) -> None:
    """Say that these models are sealed by it."""
    known = _known.setdefault(sealing, [])
    if models not in known:
        known.append(models)


def models_of(sealing: Sealing) -> Sequence[SealedModels]:
    """Return the models that are sealed by it, in the order in which they were given it."""
    return tuple(_known.get(sealing, ()))
