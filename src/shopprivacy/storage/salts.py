"""The salts of visitors of the day: in an SQLite file of their own, or in a table of PostgreSQL's that no log has.

No other place: what MariaDB deletes stays in its binary and undo logs, and what the shop's own SQLite database deletes
in its write-ahead log while somebody reads.
"""
# ruff: noqa: S608  # what is put into statements is this module's own name

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from datetime import date
from typing import Any, Final

from shopprivacy.crypto import Secret
from shopprivacy.errors import StoreDown
from shopprivacy.storage.own_file import OwnFile
from shopprivacy.storage.patience import at_most
from shopprivacy.storage.subject_keys import Begin

TABLE: Final = "shopprivacy_visitor_salt"
PATIENCE: Final = 1.5
"""Seconds that anybody waits for a store of salts."""
_ATTEMPTS: Final = 3
_COLUMNS: Final = "day VARCHAR(10) NOT NULL PRIMARY KEY, salt VARCHAR(64) NOT NULL"


class SaltFile:
    """A `SaltStore` in an SQLite file, for one machine; made with the first salt, for its owner alone."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file = OwnFile(path, PATIENCE)
        self.path = self._file.path

    def __repr__(self) -> str:
        return f"SaltFile({str(self.path)!r})"

    def keep(self, day: date, salt: Secret) -> Secret:
        """Keep a day's salt, unless it has one."""
        self._file.make()
        with at_most(PATIENCE), self._file.transaction(writing=True) as cursor:
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} ({_COLUMNS})")
            insert = f"INSERT OR IGNORE INTO {TABLE} VALUES (?, ?)"
            cursor.execute(insert, (day.isoformat(), salt.reveal().hex()))
            cursor.execute(f"SELECT salt FROM {TABLE} WHERE day = ?", (day.isoformat(),))
            return Secret(bytes.fromhex(cursor.fetchone()[0]))

    def end_all_but(self, days: Collection[date]) -> None:
        """Overwrite the salts of other days."""
        if self._file.identity() is None:
            return
        with at_most(PATIENCE), self._file.transaction(writing=True) as cursor:
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} ({_COLUMNS})")
            others = f"DELETE FROM {TABLE} WHERE day NOT IN ({', '.join('?' for _ in days)})"
            cursor.execute(others, [day.isoformat() for day in days])


class PostgresSalts:
    """A `SaltStore` in PostgreSQL, whoever holds the connection: SQLAlchemy or Django.

    The table is UNLOGGED: no write-ahead log, archive of one or replica has its rows, and a crash empties it. A DELETE
    would leave a dead row in its file until a VACUUM that hardly comes to so small a table: what lasts is written anew
    into a new file instead (TRUNCATE), and the old one is removed at the commit.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def keep(self, day: date, salt: Secret) -> Secret:
        """Keep a day's salt, unless it has one."""
        for _ in range(_ATTEMPTS - 1):
            with suppress(StoreDown):  # of several who make the table at once, one is first
                return self._keep(day, salt)
        return self._keep(day, salt)

    def end_all_but(self, days: Collection[date]) -> None:
        """Let the table have a new file, without the salts of other days."""
        lasting = {day.isoformat() for day in days}
        with at_most(PATIENCE), self._begin(writing=True) as cursor:
            if not _has_table(cursor):
                return
            cursor.execute(f"SELECT day FROM {TABLE}")
            if lasting.issuperset(row[0] for row in cursor.fetchall()):
                return
            cursor.execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
            cursor.execute(f"SELECT day, salt FROM {TABLE}")
            kept = [(day, Secret(bytes.fromhex(salt))) for day, salt in cursor.fetchall() if day in lasting]
            cursor.execute(f"TRUNCATE TABLE {TABLE}")
            for day, salt in kept:
                _insert(cursor, day, salt)

    def _keep(self, day: date, salt: Secret) -> Secret:
        with at_most(PATIENCE), self._begin(writing=True) as cursor:
            if not _has_table(cursor):  # whoever may not make tables may use one that is there
                cursor.execute(f"CREATE UNLOGGED TABLE IF NOT EXISTS {TABLE} ({_COLUMNS})")
            _insert(cursor, day.isoformat(), salt)
            cursor.execute(f"SELECT salt FROM {TABLE} WHERE day = %s", (day.isoformat(),))
            return Secret(bytes.fromhex(cursor.fetchone()[0]))


def _has_table(cursor: Any) -> bool:  # noqa: ANN401  # a driver's
    cursor.execute("SELECT to_regclass(%s)", (TABLE,))
    return cursor.fetchone()[0] is not None


def _insert(cursor: Any, day: str, salt: Secret) -> None:  # noqa: ANN401  # a driver's
    statement = f"INSERT INTO {TABLE} VALUES (%s, %s) ON CONFLICT (day) DO NOTHING"
    cursor.execute(statement, (day, salt.reveal().hex()))
