"""Looking up the keys of rows before they are read, where nothing may wait: in an event loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.db import models

from shopprivacy.adapters.django.root import get_privacy
from shopprivacy.adapters.django.sealed.rows import rows_of, sealed_fields
from shopprivacy.sealing.column import Sealed
from shopprivacy.sealing.tables import BATCH

Row = TypeVar("Row", bound=models.Model)


def load(rows: Iterable[models.Model]) -> None:
    """Look up the keys of these rows, so that reading them asks nothing more.

    Columns that were not loaded are fetched. Raises KeyUnavailable where the store of subject keys does not answer.
    """
    held = [_held(row, field.attname) for row in rows for field in sealed_fields(type(row))]
    sealed = [one for one in held if isinstance(one, Sealed)]
    get_privacy().sealing.load([one.envelope for one in sealed])


def loaded(rows: Iterable[Row], size: int = BATCH) -> Iterator[Row]:
    """Yield rows that come one by one, ``size`` of them looked up at a time: ``loaded(customers.iterator())``.

    Django gives no moment at which the rows of an iterator's chunk are there together: read as they come, each would be
    looked up by itself. Raises as `load` does.
    """
    left = iter(rows)
    while some := [*islice(left, size)]:
        load(some)
        yield from some


async def aload(rows: Iterable[models.Model]) -> None:
    """As `load`, from a coroutine: ``await aload([customer])``."""
    await sync_to_async(load)([*rows])


def _held(row: models.Model, name: str) -> Any:
    if name not in row.__dict__:
        row.refresh_from_db(fields=[name])
    for owner in rows_of(type(row)).owners:
        getattr(row, owner.attribute)
    return row.__dict__[name]
