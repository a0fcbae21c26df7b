"""The keys of persons in SQL, whoever holds the connection: SQLite's own module, SQLAlchemy or Django.

A few statements that every database reads alike, so there is one store and not one for each. The tables
are made when the first key is.

A store stands in a place of its own: a backup of the data must not hold the keys too.
"""
# ruff: noqa: S608  # what is put into statements are this module's own names

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from shopprivacy.errors import StoreDown
from shopprivacy.sealing.store import BATCH, StoreState, SubjectKeyRow
from shopprivacy.sealing.wrap import read_moment, written
from shopprivacy.storage.forks import forks
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
        insert = f"INSERT INTO {KEYS} ({_COLUMNS}) VALUES ({', '.join([self._mark] * 8)})"
        with self._writing() as cursor:
            for some in _batches(rows):
                there = {row[0] for row in self._where(cursor, "handle", [row.handle.hex() for row in some])}
                for row in some:
                    if row.handle.hex() not in there:
                        self._execute(cursor, insert, *_columns(row))

    def bind(self, row: SubjectKeyRow) -> bool:
        """Give an unbound key its owner."""
        with self._writing() as cursor:
            self._execute(
                cursor,
                f"UPDATE {KEYS} SET owner = ?, root = ?, wrapped = ? "
                "WHERE handle = ? AND owner = '' AND wrapped IS NOT NULL",
                *(row.owner, row.root.hex(), (row.wrapped or b"").hex(), row.handle.hex()),
            )
            return bool(cursor.rowcount == 1)

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

    def of_owner(self, owner: str) -> Sequence[SubjectKeyRow]:
        """The keys of an owner."""
        return self._ordered("owner = ?", owner)

    def unbound(self) -> Sequence[SubjectKeyRow]:
        """The keys that were never bound."""
        return self._ordered("owner = '' AND wrapped IS NOT NULL")

    def erase(self, handles: Collection[bytes], at: datetime, revision: str) -> int:
        """Empty these keys."""
        emptied = 0
        with self._writing() as cursor:
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
    """A `SubjectKeyStore` in an SQLite file of its own, for one machine; made with the first key, for its owner alone.

    With a rollback journal and not in WAL mode: in a write-ahead log copies of erased keys would stay. What is erased
    is overwritten (``secure_delete``), and what is acknowledged survives a power cut (``synchronous = EXTRA``, which in
    this mode adds the directory to FULL).
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        super().__init__(self._transaction, self._has_tables, mark="?")

    def __repr__(self) -> str:
        return f"SubjectKeyFile({str(self.path)!r})"

    def begin(self, state: StoreState) -> StoreState:
        """Make the file, unless there is one."""
        try:
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            pass
        except OSError as error:
            raise self._down(error.strerror or type(error).__name__) from None
        return super().begin(state)

    def _has_tables(self) -> bool:
        try:
            self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:  # a folder that may not be entered is no empty store
            raise self._down(error.strerror or type(error).__name__) from None
        with self._reading() as cursor:
            return bool(cursor.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (STATE,)).fetchone())

    @contextmanager
    def _transaction(self, *, writing: bool) -> Iterator[sqlite3.Cursor]:
        """A connection for one transaction: keys are asked for seldom, and none is inherited by a fork."""
        try:
            # Never made on the way: a store that is gone must not be taken for an empty one.
            uri = f"{self.path.absolute().as_uri()}?mode=rw"
            seconds = seconds_of_patience() or PATIENCE
            with (
                forks.kept_out(),
                closing(sqlite3.connect(uri, uri=True, timeout=seconds, isolation_level=None)) as connection,
            ):
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("PRAGMA synchronous = EXTRA")
                connection.execute("PRAGMA journal_mode = DELETE")
                cursor = connection.cursor()
                cursor.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
                yield cursor  # what is not committed is rolled back when it is closed
                cursor.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise self._down(type(error).__name__) from None

    def _down(self, cause: str) -> StoreDown:
        return StoreDown(f"{self.path} did not answer ({cause})")


def _batches(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))


def _columns(row: SubjectKeyRow) -> tuple[str | None, ...]:
    return (
        *(row.handle.hex(), row.owner, row.group, row.context, row.root.hex()),
        *(None if row.wrapped is None else row.wrapped.hex(), written(row.created)),
        None if row.erased_at is None else written(row.erased_at),
    )


def _row(columns: Sequence[Any]) -> SubjectKeyRow:
    handle, owner, group, context, root, wrapped, created, erased_at = columns
    return SubjectKeyRow(
        *(bytes.fromhex(handle), owner, group, context, bytes.fromhex(root)),
        None if wrapped is None else bytes.fromhex(wrapped),
        read_moment(created),
        None if erased_at is None else read_moment(erased_at),
    )
