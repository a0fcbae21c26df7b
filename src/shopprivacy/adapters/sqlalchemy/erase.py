"""Erasing the keys of an owner, and what would still answer whether somebody was a customer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from shopprivacy.adapters.sqlalchemy.rows import Rows, sealed_mappers
from shopprivacy.adapters.sqlalchemy.waiting import beside_loop
from shopprivacy.errors import SealRefused
from shopprivacy.sealing.model import Identifier


def erase_keys(
    session: Session, base: type[Any], kind: str, identifier: Identifier, group: str | None = None
) -> int:
    """Destroy the keys of an owner, as ``privacy.sealing.erase_keys`` does, and empty the indexes of what they sealed.

    The keys are gone when this returns; the indexes when the session commits. In a coroutine:
    ``await session.run_sync(erase_keys, Base, "customer", 7)``. Returns how many keys there were.
    Raises as ``Sealing.erase_keys`` does.
    """
    found = [*sealed_mappers(base.metadata)]
    sealing = next((field.column.sealing() for _, rows in found for field in rows.fields), None)
    if sealing is None:
        raise SealRefused(f"{base.__name__} has no models with sealed columns")
    count = beside_loop(lambda: sealing.erase_keys(kind, identifier, group))
    for mapper, rows in found:
        table: Any = mapper.local_table
        indexes: list[str] = [
            mapper.columns[index].name
            for field in rows.fields
            if field.is_personal and group in (None, field.column.group) and field.table_column.table is table
            for index, _ in field.indexes
        ]
        for condition in _owned(mapper, rows, kind, identifier) if indexes else ():
            session.execute(update(table).where(*condition).values(**dict.fromkeys(indexes)))
    return count


def _owned(mapper: Any, rows: Rows, kind: str, identifier: Identifier) -> Iterator[list[ColumnElement[bool]]]:
    """Rows of an owner; where a model names several, the first that is not NULL counts."""
    before: list[ColumnElement[bool]] = []
    for owner in rows.owners:
        column = next(one for one in mapper.attrs[owner.attribute].columns if one.table is mapper.local_table)
        if owner.kind == kind:
            yield [column == identifier, *before]
        before.append(column.is_(None))
