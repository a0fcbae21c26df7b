"""Whose the rows of a model are, and what of them is sealed.

The owner that a row was loaded with is what SQLAlchemy keeps as the committed value of its owner column: what the row
has sealed opens under that one, and is sealed anew for another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any, Final, NamedTuple
from weakref import WeakSet

from sqlalchemy import Column as TableColumn
from sqlalchemy import MetaData
from sqlalchemy.orm import InstanceState, LoaderCallableStatus, Mapper

from shopprivacy.adapters.sqlalchemy.column_types import Sealed
from shopprivacy.adapters.sqlalchemy.waiting import can_wait
from shopprivacy.errors import KeyUnavailable, SealRefused
from shopprivacy.sealing.bounded_map import BoundedMap
from shopprivacy.sealing.column import Column
from shopprivacy.sealing.known_keys import MOST_KEYS, Trust
from shopprivacy.sealing.model import Identifier
from shopprivacy.sealing.owners import ATTRIBUTE, OwnerColumn, read_owners

_ROWS: Final = "_privacy_rows"
SEALED: Final[WeakSet[Mapper[Any]]] = WeakSet()
"""The mappers that have sealed columns."""

Owner = tuple[str, Identifier]


class Field(NamedTuple):
    """A sealed attribute of a model."""

    attribute: str
    type: Sealed
    column: Column
    indexes: tuple[tuple[str, str], ...]
    """The attributes of its indexes, each with its normaliser."""
    table_column: TableColumn[Any]

    @property
    def is_personal(self) -> bool:
        """Whether it is sealed for the row's owner."""
        return self.column.key != "field"

    @property
    def is_mutable(self) -> bool:
        """Whether a value may be changed in place."""
        return self.type.kind in (dict, list)


class Rows:
    """How the rows of one model are sealed. Raises SealRefused where nobody could say whose they are."""

    def __init__(self, mapper: Mapper[Any]) -> None:
        self.fields = tuple(_fields(mapper))
        self.is_personal = any(field.is_personal for field in self.fields)
        self.owners: tuple[OwnerColumn, ...] = (
            read_owners(getattr(mapper.class_, ATTRIBUTE, ()), mapper.class_.__name__)
            if self.is_personal
            else ()
        )
        own = mapper.primary_key[0] if len(mapper.primary_key) == 1 else None
        self.own = None if own is None or own.foreign_keys else mapper.get_property_by_column(own).key
        """The attribute with the row's own number."""
        names = [owner.attribute for owner in self.owners]
        self.whose: Callable[[dict[str, Any]], object] = itemgetter(*names) if names else lambda _: None
        """Gives what is loaded of the owner's columns. Raises KeyError where that is not all."""
        self.keys: dict[str, BoundedMap[bytes, tuple[object, Trust, Callable[..., bytes]]]] = {
            field.column.group: BoundedMap(MOST_KEYS) for field in self.fields
        }
        """Keys that were checked for the owners of rows, which `whose` gives, until when they are trusted, and what
        decrypts with them: by group and by how envelopes under them begin."""

    def forget_keys(self) -> None:
        """Know no key that was checked."""
        for known in self.keys.values():
            known.clear()

    def owner(self, state: InstanceState[Any]) -> Owner | None:
        """Return whose the row is now; None: it has no number yet."""
        values = state.dict
        for kind, name in self.owners:
            identifier = values[name] if name in values else _value(state, name)
            if identifier is not None:
                return kind, identifier
        return None

    def loaded_owner(self, state: InstanceState[Any]) -> Owner | None:
        """Return whose the stored row is."""
        committed = state.committed_state
        if not committed:
            return self.owner(state)

        def loaded(name: str) -> Any:
            before = committed.get(name, LoaderCallableStatus.NO_VALUE)
            return _value(state, name) if before is LoaderCallableStatus.NO_VALUE else before

        return next(((kind, one) for kind, name in self.owners if (one := loaded(name)) is not None), None)

    def new_kind(self, values: dict[str, Any], state: InstanceState[Any] | None = None) -> str | None:
        """Return the kind of a new row that is its own owner: it always gets keys of its own; None: another row is."""
        for owner in self.owners:
            name = owner.attribute
            if name == self.own:
                return owner.kind
            value = values.get(name) if name in values or state is None else _value(state, name)
            if value is not None:
                break
        return None


def rows_of(mapper: Mapper[Any]) -> Rows | None:
    """Return how the rows of a mapper are sealed, or None where nothing of them is."""
    found: Rows | None = mapper.class_.__dict__.get(_ROWS)
    return found


def keep_rows(mapper: Mapper[Any]) -> Rows:
    """Look at a mapper once. Raises SealRefused as `Rows` does."""
    rows = Rows(mapper)
    setattr(mapper.class_, _ROWS, rows)
    return rows


def sealed_mappers(metadata: MetaData | None = None) -> Iterator[tuple[Mapper[Any], Rows]]:
    """Return the mappers that have sealed columns, of one shop or of all."""
    for mapper in sorted(SEALED, key=lambda one: one.class_.__qualname__):
        rows = rows_of(mapper)
        table: Any = mapper.local_table
        if rows is not None and metadata in (None, table.metadata):
            yield mapper, rows


def _value(state: InstanceState[Any], name: str) -> Any:
    """What an owner's column has; it is fetched where it was not loaded. Raises KeyUnavailable where it cannot be."""
    if name in state.dict:
        return state.dict[name]
    session = state.session
    if session is not None and session.get_bind(state.mapper).dialect.is_async and not can_wait():
        raise KeyUnavailable(
            f"{state.mapper.class_.__name__}.{name}, which says who owns the row, was not loaded, and an event loop "
            "must not wait for it: `await session.refresh(row)` or load it with the row"
        )
    return getattr(state.obj(), name)


def _fields(mapper: Mapper[Any]) -> Iterator[Field]:
    for attribute, column in mapper.columns.items():
        if not isinstance(column.type, Sealed):
            continue
        place = column.type.place
        if place is None:
            raise SealRefused(f"{mapper.class_.__name__}.{attribute}: a sealed column has to be in a table")
        described = place.map(mapper.class_, attribute)
        indexes = tuple((mapper.get_property_by_column(index).key, by) for by, index in place.indexes.items())
        yield Field(attribute, column.type, described, indexes, column)
