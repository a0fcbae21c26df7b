"""The keys of persons in SQL, whoever holds the connection: SQLite's own module, SQLAlchemy or Django.

A few statements that every database reads alike, so there is one store and not one for each. The tables
are made when the first key is.

A store stands in a place of its own: a backup of the data must not hold the keys too.
"""
# ruff: noqa: S608  # what is put into statements are this module's own names

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Final, Protocol

from shopprivacy.errors import StoreDown
from shopprivacy.sealing.store import BATCH, StoreState, SubjectKeyRow
from shopprivacy.sealing.wrap import read_moment, written
from shopprivacy.storage.own_file import OwnFile
from shopprivacy.storage.patience import patience, seconds_of_patience

KEYS: Final = "shopprivacy_subject_key"
STATE: Final = "shopprivacy_subject_keys"
PATIENCE: Final = 1.5
"""Seconds that anybody waits for this store."""
_COLUMNS: Final = "handle, owner, key_group, context, root, wrapped, created, erased_at"
_ATTEMPTS: Final = 3


class Begin(Protocol):
    """Begins a transaction, which is committed when the context ends well; the context gives a driver's cursor."""

    def __call__(self, *, writing: bool) -> AbstractContextManager[Any]:
        """Begin one. Whatever the database says meanwhile becomes StoreDown."""
        ...


def tables(*, mariadb: bool) -> tuple[str, ...]:
    """Return the statements that make the tables where they are not there.

    Last the one that is looked for: MariaDB commits each by itself, and who ends in between leaves a part of them.
    """
    ascii_text = " CHARACTER SET ascii COLLATE ascii_bin" if mariadb else ""
    engine = " ENGINE=InnoDB" if mariadb else ""

    def text(length: int) -> str:
        return f"VARCHAR({length}){ascii_text}"

    state = f"id INTEGER NOT NULL PRIMARY KEY, store {text(32)} NOT NULL, revision {text(32)} NOT NULL"
    keys = (
        f"handle {text(32)} NOT NULL PRIMARY KEY, owner {text(61)} NOT NULL, key_group {text(20)} NOT NULL, "
        f"context {text(20)} NOT NULL, root {text(8)} NOT NULL, wrapped {text(120)}, created {text(27)} NOT NULL, "
        f"erased_at {text(27)}"
    )
    return (
        f"CREATE TABLE IF NOT EXISTS {KEYS} ({keys}){engine}",
        f"CREATE INDEX IF NOT EXISTS {KEYS}_owner ON {KEYS} (owner, created)",
        f"CREATE TABLE IF NOT EXISTS {STATE} ({state}){engine}",
    )


class SubjectKeyTables:
    """A `SubjectKeyStore` in the database that ``begin`` begins transactions in.

    ``mark`` stands for a value in its statements. ``is_there`` says whether it has the tables. ``emptied`` is called
    when keys were taken out, to let nothing of them stay.
    """

    def __init__(
        self,
        begin: Begin,
        is_there: Callable[[], bool],
        *,
        mark: str = "%s",
        mariadb: bool = False,
        emptied: Callable[[], object] = lambda: None,
    ) -> None:
        self._begin = begin
        self._is_there = is_there
        self._mark = mark
        self._mariadb = mariadb
        self._emptied = emptied
        self._insert = f"INSERT INTO {KEYS} ({_COLUMNS}) VALUES ({', '.join([mark] * 8)})"

    def state(self) -> StoreState | None:
        """Which store this is."""
        found = self._select(f"SELECT store, revision FROM {STATE} WHERE id = 1")
        return StoreState(*found[0]) if found else None

    def begin(self, state: StoreState) -> StoreState:
        """Make tables and state where they are not there. Of several who begin at once, one is first."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self._writing() as cursor:
                    for statement in tables(mariadb=self._mariadb):
                        cursor.execute(statement)
                    self._execute(cursor, f"SELECT store, revision FROM {STATE} WHERE id = 1")
                    if cursor.fetchone() is None:
                        values = ", ".join([self._mark] * 2)
                        self._execute(cursor, f"INSERT INTO {STATE} VALUES (1, {values})", *state)
                break
            except StoreDown:
                if attempt == _ATTEMPTS:
                    raise
        return self.state() or state

    def add(self, rows: Sequence[SubjectKeyRow]) -> None:
        """Keep new keys."""
        with self._writing() as cursor:
            for some in _batches(rows):
                there = {row[0] for row in self._where(cursor, "handle", [row.handle.hex() for row in some])}
                new = [_columns(row) for row in some if row.handle.hex() not in there]
                if new:
                    cursor.executemany(self._insert, new)

    def add_first(self, row: SubjectKeyRow, may: Callable[[Sequence[SubjectKeyRow]], bool]) -> bool:
        """Keep a new key of an owner, if it may have one."""
        with self._writing() as cursor:
            self._let_nobody_erase(cursor)
            there = f"SELECT {_COLUMNS} FROM {KEYS} WHERE owner = ? ORDER BY created, handle"
            self._execute(cursor, there, row.owner)
            if not may([_row(found) for found in cursor.fetchall()]):
                return False
            self._execute(cursor, self._insert, *_columns(row))
            return True

    def bind(self, rows: Sequence[SubjectKeyRow]) -> int:
        """Give unbound keys their owners."""
        statement = (
            f"UPDATE {KEYS} SET owner = ?, root = ?, wrapped = ? "
            "WHERE handle = ? AND owner = '' AND wrapped IS NOT NULL"
        )
        if not rows:
            return 0
        with self._writing() as cursor:
            cursor.executemany(
                statement.replace("?", self._mark),
                [(row.owner, row.root.hex(), (row.wrapped or b"").hex(), row.handle.hex()) for row in rows],
            )
            return int(cursor.rowcount)

    def find(self, handles: Collection[bytes]) -> Sequence[SubjectKeyRow]:
        """The keys with these handles."""
        if not self._is_there():
            return ()
        with self._reading() as cursor:
            return [
                _row(found)
                for some in _batches([handle.hex() for handle in handles])
                for found in self._where(cursor, "handle", some)
            ]

    def of_owner(self, *owners: str) -> Sequence[SubjectKeyRow]:
        """The keys of owners."""
        return [
            row
            for some in _batches(owners)
            for row in self._ordered(f"owner IN ({', '.join('?' for _ in some)})", *some)
        ]

    def unbound(self) -> Sequence[SubjectKeyRow]:
        """The keys that were never bound."""
        return self._ordered("owner = '' AND wrapped IS NOT NULL")

    def erase(self, handles: Collection[bytes], at: datetime, revision: str) -> int:
        """Empty these keys."""
        emptied = 0
        with self._writing() as cursor:
            self._let_nobody_erase(cursor)
            for some in _batches([handle.hex() for handle in handles]):
                marks = ", ".join("?" for _ in some)
                self._execute(
                    cursor,
                    f"UPDATE {KEYS} SET wrapped = NULL, erased_at = ? "
                    f"WHERE wrapped IS NOT NULL AND handle IN ({marks})",
                    *(written(at), *some),
                )
                emptied += cursor.rowcount
            if emptied:
                self._execute(cursor, f"UPDATE {STATE} SET revision = ?", revision)
        if emptied:
            self._emptied()
        return emptied

    def drop(self, handles: Collection[bytes]) -> None:
        """Take away unbound keys."""
        with self._writing() as cursor:
            for handle in handles:
                self._execute(cursor, f"DELETE FROM {KEYS} WHERE owner = '' AND handle = ?", handle.hex())
        self._emptied()

    def rows(self) -> Iterator[SubjectKeyRow]:
        """All keys, in batches, by their handles."""
        last = ""
        while found := self._select(
            f"SELECT {_COLUMNS} FROM {KEYS} WHERE handle > ? ORDER BY handle LIMIT {BATCH}", last
        ):
            yield from map(_row, found)
            last = found[-1][0]

    def newest(self) -> datetime | None:
        """When the newest key was made that has an owner."""
        found = self._select(f"SELECT MAX(created) FROM {KEYS} WHERE owner <> ''")
        return read_moment(found[0][0]) if found and found[0][0] else None

    def _let_nobody_erase(self, cursor: Any) -> None:  # noqa: ANN401  # a driver's
        """Until the transaction ends. A row's lock, which every database takes alike."""
        self._execute(cursor, f"UPDATE {STATE} SET revision = revision WHERE id = 1")

    def _ordered(self, condition: str, *values: object) -> Sequence[SubjectKeyRow]:
        query = f"SELECT {_COLUMNS} FROM {KEYS} WHERE {condition} ORDER BY created, handle"
        return [_row(found) for found in self._select(query, *values)]

    def _select(self, query: str, *values: object) -> list[Any]:
        if not self._is_there():
            return []
        with self._reading() as cursor:
            self._execute(cursor, query, *values)
            return list(cursor.fetchall())

    def _where(self, cursor: Any, column: str, values: Sequence[str]) -> list[Any]:  # noqa: ANN401  # a driver's
        marks = ", ".join("?" for _ in values)
        self._execute(cursor, f"SELECT {_COLUMNS} FROM {KEYS} WHERE {column} IN ({marks})", *values)
        return list(cursor.fetchall())

    def _execute(self, cursor: Any, statement: str, *values: object) -> None:  # noqa: ANN401  # a driver's
        cursor.execute(statement.replace("?", self._mark), values)

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        with patience(min(PATIENCE, seconds_of_patience() or PATIENCE)), self._begin(writing=False) as cursor:
            yield cursor

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        with patience(min(PATIENCE, seconds_of_patience() or PATIENCE)), self._begin(writing=True) as cursor:
            yield cursor


class SubjectKeyFile(SubjectKeyTables):
    """A `SubjectKeyStore` in an SQLite file of its own, for one machine; made with the first key for its owner."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file = OwnFile(path, PATIENCE)
        self.path = self._file.path
        self._seen: tuple[int, int] | None = None
        super().__init__(self._file.transaction, self._has_tables, mark="?")

    def __repr__(self) -> str:
        return f"SubjectKeyFile({str(self.path)!r})"

    def begin(self, state: StoreState) -> StoreState:
        """Make the file, unless there is one."""
        self._file.make()
        return super().begin(state)

    def _has_tables(self) -> bool:
        file = self._file.identity()
        if file is not None and file != self._seen:  # tables that a file has, it keeps
            with self._reading() as cursor:
                found = cursor.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (STATE,)).fetchone()
            self._seen = file if found else None
        return file is not None and self._seen is not None


def _batches(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))


def _columns(row: SubjectKeyRow) -> tuple[str | None, ...]:
    return (
        *(row.handle.hex(), row.owner, row.group, row.context, row.root.hex()),
        *(None if row.wrapped is None else row.wrapped.hex(), row.created, row.erased_at),
    )


def _row(columns: Sequence[Any]) -> SubjectKeyRow:
    handle, owner, group, context, root, wrapped, created, erased_at = columns
    box = None if wrapped is None else bytes.fromhex(wrapped)
    return SubjectKeyRow(
        bytes.fromhex(handle), owner, group, context, bytes.fromhex(root), box, created, erased_at
    )
