"""The sealed columns of SQLAlchemy's models, for ``shopprivacy sealed`` and ``shopprivacy check MODULE:ATTRIBUTE``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Engine,
    LargeBinary,
    MetaData,
    String,
    TableClause,
    cast,
    create_engine,
    inspect,
    make_url,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Mapper
from sqlalchemy.types import NullType

from shopprivacy.adapters.sqlalchemy.column_types import BlindIndex, Sealed
from shopprivacy.adapters.sqlalchemy.flush import seal_value
from shopprivacy.adapters.sqlalchemy.rows import Field, Rows, sealed_mappers
from shopprivacy.errors import PrivacyError, StoreDown
from shopprivacy.lint.sealed_columns import Columns
from shopprivacy.sealing.column import Sealed as SealedValue
from shopprivacy.sealing.column import loader
from shopprivacy.sealing.service import Subject
from shopprivacy.sealing.tables import BATCH, IndexTaken, StoredRow

_BOOLS: Final = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False}
_READ: Final[dict[type, Callable[[str], Any]]] = {
    str: str,
    int: int,
    Decimal: Decimal,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    bool: lambda text: _BOOLS[text.strip().lower()],
    float: float,
    dict: json.loads,
    list: json.loads,
}


class MetaDataModels:
    """The models of one `MetaData`: a `SealedModels`."""

    def __init__(self, metadata: MetaData) -> None:
        self._metadata = metadata

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MetaDataModels) and other._metadata is self._metadata

    def __hash__(self) -> int:
        return id(self._metadata)

    def columns(self) -> Columns:
        """What the tables have; what is only mapped is looked at, too."""
        sealed, clear, texts = set[str](), set[str](), set[str]()
        for table in self._metadata.tables.values():
            for column in table.columns:
                name, type_ = f"{table.name}.{column.name}", column.type
                if isinstance(type_, Sealed):
                    sealed.add(name)
                elif not isinstance(type_, BlindIndex):
                    clear.add(name)
                    if isinstance(type_, String | LargeBinary) and not column.foreign_keys:
                        texts.add(name)
        followed = {
            f"{column.table.name}.{column.name}": field.column.name
            for mapper, rows in sealed_mappers(self._metadata)
            for field in rows.fields
            if field.type.clear is not None
            for column in (mapper.columns[field.type.clear],)
        }
        return Columns(frozenset(sealed), frozenset(clear), frozenset(texts), followed)

    def tables(self, data: str) -> Iterator[SealedRows]:
        """The sealed columns, each once; each is done with when the next is asked for.

        Raises as `SealedModels.tables` does.
        """
        engine = _engine(data)
        try:
            yield from self._tables(engine)
        finally:
            engine.dispose()

    def _tables(self, engine: Engine) -> Iterator[SealedRows]:
        seen: set[int] = set()
        for mapper, rows in sorted(
            sealed_mappers(self._metadata), key=lambda one: len([*one[0].iterate_to_root()])
        ):
            for field in rows.fields:
                if id(field.table_column) not in seen:  # a class that inherits has the columns of its base
                    seen.add(id(field.table_column))
                    _refuse_missing(engine, field.table_column.table)
                    yield SealedRows(engine, mapper, rows, field)


class SealedRows:
    """The rows of one sealed column: a `SealedTable`."""

    def __init__(self, engine: Engine, mapper: Mapper[Any], rows: Rows, field: Field) -> None:
        self.column = field.column
        self.has_clear = field.type.clear is not None
        self._engine = engine
        self._field = field
        self._table: Any = field.table_column.table
        self._keys: tuple[Any, ...] = tuple(self._table.primary_key.columns)
        own = {one.key: mapper.columns[one.key] for one in mapper.column_attrs}
        self._owners = [(owner.kind, own[owner.attribute]) for owner in rows.owners if field.is_personal]
        self._indexes = [(by, name, own[name]) for name, by in field.indexes]
        self.is_unique = any(index.unique for *_, index in self._indexes)
        self._clear = own[field.type.clear] if field.type.clear is not None else None
        self._others = [
            one for one in self._table.columns
            if not isinstance(one.type, Sealed | BlindIndex) and not one.primary_key and not one.foreign_keys
            and one is not self._clear
        ]  # fmt: skip
        self._from = mapper.selectable

    def rows(self) -> Iterator[StoredRow]:
        """All rows, in batches: nothing is locked while one of them is looked at. Raises StoreDown."""
        column = self._field.table_column
        clear = [] if self._clear is None else [self._clear]
        wanted = [
            *self._keys, type_coerce(column, NullType()), *(owner for _, owner in self._owners),
            *(index for *_, index in self._indexes), *clear, *self._others,
        ]  # fmt: skip
        listed = select(*(one.label(f"c{at}") for at, one in enumerate(wanted))).select_from(self._from)
        listed, key, load = listed.order_by(*self._keys).limit(BATCH), None, loader(self.column)
        while True:
            try:
                with self._engine.connect() as connection:
                    found = connection.execute(
                        listed
                        if key is None
                        else listed.where(tuple_(*self._keys) > tuple_(*self._told(key)))
                    ).all()
            except SQLAlchemyError as error:  # what it says may quote values
                raise _down(error) from None
            yield from (self._stored(tuple(row), load) for row in found)
            if len(found) < BATCH:
                return
            key = tuple(found[-1])[: len(self._keys)]

    def _stored(self, row: tuple[Any, ...], load: Callable[[Any], Any]) -> StoredRow:
        given = iter(row)
        key = tuple(next(given) for _ in self._keys)
        sealed = load(next(given))
        owners = [(kind, next(given)) for kind, _ in self._owners]
        indexes = {by: next(given) for by, *_ in self._indexes}
        clear = None if self._clear is None else next(given)
        return StoredRow(
            key,
            sealed,
            next(((kind, one) for kind, one in owners if one is not None), None),
            indexes,
            clear,
            dict(zip((one.name for one in self._others), given, strict=True)),
        )

    def read_clear(self, stored: Any) -> object:
        """Return the value of clear text that stands in the column itself. Raises ValueError."""
        kind = self._field.type.kind
        if kind is bytes:
            return stored.encode() if isinstance(stored, str) else stored
        try:
            value = _READ[kind](stored if isinstance(stored, str) else bytes(stored).decode())
        except (ArithmeticError, LookupError, TypeError, ValueError):  # it quotes the text
            raise ValueError from None
        if not isinstance(value, kind):
            raise ValueError  # of no value of this field
        return value

    def seal(self, value: object, subject: Subject | None) -> tuple[SealedValue, Mapping[str, str | None]]:
        """Return a value as it is stored, with its indexes."""
        owner: Any = subject
        sealed, indexes = seal_value(self._field, value, owner)
        return sealed, {by: indexes[name] for by, name, _ in self._indexes}

    def value(self, opened: object) -> object:
        """Return what was sealed as the attribute gives it."""
        return opened

    def write(self, row: StoredRow, sealed: SealedValue | None, indexes: Mapping[str, str | None]) -> bool:
        """Store it where the row is as it was read. Raises IndexTaken and StoreDown."""
        before = None if row.sealed is None else row.sealed.envelope
        kept: Any = type_coerce(
            self._field.table_column, String() if isinstance(before, str) else LargeBinary()
        )
        keys: Any = row.key
        where = [key == one for key, one in zip(self._keys, keys, strict=True)]
        where.append(kept.is_(None) if before is None else kept == before)
        if self._clear is not None:
            where.append(self._is_still(self._clear, row.clear))
        values = {
            self._field.table_column.name: sealed,
            **{index.name: indexes[by] for by, _, index in self._indexes},
        }
        try:
            with self._engine.begin() as connection:
                done = connection.execute(update(self._table).where(*where).values(values))
                return done.rowcount == 1
        except IntegrityError:
            raise IndexTaken from None
        except SQLAlchemyError as error:
            raise _down(error) from None

    def _is_still(self, clear: Any, value: Any) -> Any:
        if value is None:
            return clear.is_(None)
        if isinstance(clear.type, JSON) and self._engine.dialect.name == "postgresql":  # where json has no =
            return cast(clear, JSONB) == cast(value, JSONB)
        return clear == value

    def _told(self, key: tuple[Any, ...]) -> Iterator[Any]:
        return (type_coerce(one, column.type) for one, column in zip(key, self._keys, strict=True))


def _engine(data: str) -> Engine:
    try:
        url = make_url(data)
        dialect = url.get_dialect()
    except (SQLAlchemyError, ValueError) as error:  # ValueError: a port, which may be a part of the password
        raise ValueError(f"this is not the URL of a database ({type(error).__name__})") from None
    file = Path(url.database or "")
    if dialect.name == "sqlite" and not file.is_file():  # connecting would make an empty one
        raise PrivacyError(f"there is no database {file}: name the shop's with --data")
    if dialect.is_async:
        raise ValueError(
            f"{url.drivername}: name the database by a driver that is not for event loops, with --data"
        )
    try:
        return create_engine(url, hide_parameters=True)
    except ModuleNotFoundError as missing:
        raise ValueError(f"{url.drivername}:// needs {missing.name}, which is not installed") from None


def _refuse_missing(engine: Engine, table: TableClause) -> None:
    shown = engine.url.render_as_string(hide_password=True)
    try:
        there = inspect(engine).has_table(table.name, schema=table.schema)
    except SQLAlchemyError as error:
        raise _down(error) from None
    if not there:
        raise PrivacyError(f"there is no table {table.name} in {shown}: name the shop's database with --data")


def _down(error: SQLAlchemyError) -> StoreDown:
    cause = getattr(error, "orig", None) or error
    return StoreDown(f"the shop's database reported an error ({type(cause).__name__})")
