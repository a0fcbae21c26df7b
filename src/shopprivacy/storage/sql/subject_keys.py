"""The keys of persons in PostgreSQL, MariaDB or SQLite by SQLAlchemy, and the note of their store beside the data."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Column, Connection, Engine, Integer, delete, insert, inspect, select, text, update
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table

from shopprivacy.errors import StoreDown
from shopprivacy.sealing.discreet import discreet
from shopprivacy.sealing.store import BATCH, SubjectKeyNote, SubjectKeyStore
from shopprivacy.sealing.wrap import read_moment, written
from shopprivacy.storage.patience import at_most
from shopprivacy.storage.sql.engine import (
    begun,
    forget_what_was_deleted,
    make_engine,
    transaction,
    upsert,
)
from shopprivacy.storage.sql.place import place_of
from shopprivacy.storage.sql.schema import STORES, SchemaPart, ascii_text
from shopprivacy.storage.subject_keys import PATIENCE, STATE, SubjectKeyTables


def _add_newest(connection: Connection) -> None:
    there = {column["name"] for column in inspect(connection).get_columns(note.name)}
    if note.c.newest.name not in there:
        kind = note.c.newest.type.compile(connection.dialect)
        connection.execute(text(f"ALTER TABLE {note.name} ADD COLUMN {note.c.newest.name} {kind}"))


part: Final = SchemaPart("sealing", version=2, steps={1: _add_newest})

note: Final = part.table(
    "sealing",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("store", ascii_text(32), nullable=False),
    Column("newest", ascii_text(27)),
)
erased: Final = part.table(
    "sealing_erased",
    Column("handle", ascii_text(32), primary_key=True),
    Column("at", ascii_text(27), nullable=False),
)


class SqlSubjectKeys(SubjectKeyTables):
    """A `SubjectKeyStore` in the database of this engine; its tables are made with the first key."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen = False
        database = engine.dialect.name
        super().__init__(
            partial(_cursor, engine),
            self._has_tables,
            mark="?" if database == "sqlite" else "%s",
            mariadb=database in ("mysql", "mariadb"),
            emptied=partial(forget_what_was_deleted, engine),
        )

    @classmethod
    @discreet
    def at(cls, url: str) -> SqlSubjectKeys:
        """Open the store that a URL names; nothing is asked of the database yet. Raises as ``make_engine`` does."""
        return cls(make_engine(url))

    def __repr__(self) -> str:
        return f"SqlSubjectKeys({place_of(self._engine.url)!r})"  # without user and password

    def close(self) -> None:
        """Close the connections. The store can be used again and then opens new ones."""
        self._engine.dispose()

    def _has_tables(self) -> bool:
        if not self._seen:
            with transaction(self._engine) as connection:
                self._seen = inspect(connection).has_table(STATE)
        return self._seen


class SqlSubjectKeyNote:
    """A `SubjectKeyNote` in the data's database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self) -> str | None:
        """The id that is noted."""
        with transaction(self._engine) as connection:
            return connection.scalar(select(note.c.store))

    def write(self, store_id: str) -> str:
        """Note an id, unless one is."""
        try:
            with at_most(PATIENCE), transaction(self._engine, writing=True) as connection:
                noted = connection.scalar(select(note.c.store))
                if noted is None:
                    connection.execute(insert(note).values(id=1, store=store_id))
        except StoreDown:
            if self.read() is None:  # else another process was first
                raise
        return self.read() or store_id

    def newest(self) -> datetime | None:
        """When the newest key was made."""
        with transaction(self._engine) as connection:
            made = connection.scalar(select(note.c.newest))
        return None if made is None else read_moment(made)

    def note_newest(self, made: datetime) -> None:
        """Note a newer one."""
        with transaction(self._engine, writing=True) as connection:
            connection.execute(update(note).values(newest=written(made)))

    def erased(self) -> Iterator[bytes]:
        """The handles that are noted, each batch in a transaction of its own."""
        query = select(erased.c.handle).order_by(erased.c.handle).limit(BATCH)
        last = ""
        while True:
            with transaction(self._engine) as connection:
                found = connection.scalars(query.where(erased.c.handle > last)).all()
            if not found:
                return
            yield from map(bytes.fromhex, found)
            last = found[-1]

    def note_erased(self, handles: Collection[bytes], at: datetime) -> None:
        """Note these handles."""
        rows = [{"handle": handle.hex(), "at": written(at)} for handle in sorted(handles)]
        with at_most(PATIENCE), transaction(self._engine, writing=True) as connection:
            for start in range(0, len(rows), BATCH):
                upsert(connection, erased, rows[start : start + BATCH], at=erased.c.at)

    def forget_erased(self, before: datetime) -> int:
        """Forget what was noted before."""
        with at_most(PATIENCE), transaction(self._engine, writing=True) as connection:
            return connection.execute(delete(erased).where(erased.c.at < written(before))).rowcount

    def envelopes(self, table: str, column: str, owner: str) -> Iterator[tuple[object, bytes]]:
        """What a column of the shop's own holds, each with its row's owner."""
        shops = sql_table(table, sql_column(owner), sql_column(column))
        query = select(shops.c[owner], shops.c[column]).where(shops.c[column].is_not(None))
        with transaction(self._engine) as connection:
            for identifier, stored in connection.execute(query).yield_per(BATCH):
                yield identifier, _octets(stored)


def _octets(stored: object) -> bytes:
    """Whatever the column is of: one that was not sealed yet holds text."""
    return bytes(stored) if isinstance(stored, bytes | bytearray | memoryview) else b""


@contextmanager
def _cursor(engine: Engine, *, writing: bool) -> Iterator[Any]:
    with begun(engine, lambda _engine, _connection, cursor: cursor, writing=writing) as cursor:
        yield cursor


STORES.register(SubjectKeyStore, SqlSubjectKeys)
STORES.register(SubjectKeyNote, SqlSubjectKeyNote)
