"""Looking up the keys of rows before they are read, where nothing may wait: in an event loop."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import inspect

from shopprivacy.adapters.sqlalchemy.loaded import is_sealed
from shopprivacy.adapters.sqlalchemy.rows import rows_of
from shopprivacy.sealing.service import Sealing


def load(rows: Iterable[Any]) -> None:
    """Look up the keys of these rows, so that reading them asks nothing more.

    ``rows`` are a model's, what a statement selected, or sealed values. Raises KeyUnavailable where the store of
    subject keys does not answer.
    """
    for sealing, envelopes in _by_shop(_held(rows)):
        sealing.load(envelopes)


async def aload(rows: Iterable[Any]) -> None:
    """As `load`, from a coroutine: ``await aload([customer])``."""
    for sealing, envelopes in _by_shop(_held(rows)):
        await to_thread(sealing.load, envelopes)


def _by_shop(held: Iterable[Any]) -> Iterator[tuple[Sealing, list[Any]]]:
    found: dict[int, tuple[Sealing, list[Any]]] = {}
    for one in held:
        sealing = one.column.sealing()
        found.setdefault(id(sealing), (sealing, []))[1].append(one.envelope)
    yield from found.values()


def _held(rows: Iterable[Any]) -> Iterator[Any]:
    for row in rows:
        if is_sealed(row):
            yield row
        elif isinstance(row, Sequence):
            yield from _held(one for one in row if is_sealed(one) or not isinstance(one, str | bytes))
        elif (state := inspect(row, raiseerr=False)) is not None and hasattr(state, "mapper"):
            known = rows_of(state.mapper)
            values = [] if known is None else [state.dict.get(field.attribute) for field in known.fields]
            yield from (one for one in values if is_sealed(one))
