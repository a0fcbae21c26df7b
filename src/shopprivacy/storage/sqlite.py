"""Taking what was pruned or erased out of SQLite's files, whoever holds the connection: SQLAlchemy or Django.

With ``secure_delete`` SQLite overwrites what is deleted, and what it moves from one page to another. But in WAL mode
the pages of before stay in the write-ahead log (the file ``-wal``) until it is used anew from its start, or until the
last connection closes. A TRUNCATE checkpoint (sqlite.org/pragma.html#pragma_wal_checkpoint) copies the log into the
database and cuts it to nothing. It cannot while somebody reads what was there before: then it is tried again.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any, Final

from shopprivacy.errors import StoreDown
from shopprivacy.jobs import Job, hourly

SECURE_DELETE: Final = "PRAGMA secure_delete = ON"
"""For every connection that writes: what a page that was split leaves behind would outlive its row otherwise."""
_ATTEMPTS: Final = 5
_TRIES: Final = 40
_WAIT: Final = 200
"""Milliseconds that one attempt waits for those who read. Whoever wants to write waits meanwhile."""

Execute = Callable[[str], Any]
"""Runs a statement outside any transaction; gives the driver's cursor."""


def empty_log(execute: Execute) -> None:
    """Empty the write-ahead log; nothing happens where the database keeps none.

    Raises StoreDown after a second in which others kept on reading what was there before.
    """
    usual = execute("PRAGMA busy_timeout").fetchone()[0]
    execute(f"PRAGMA busy_timeout = {_WAIT}")
    try:
        for _ in range(_ATTEMPTS):
            busy = execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            if not busy:
                return
    finally:
        execute(f"PRAGMA busy_timeout = {usual}")
    raise StoreDown("what was pruned is still in SQLite's write-ahead log: another connection reads from it")


def log_job(empty: Callable[[], None]) -> Job:
    """Return the job that empties the log every hour, also after a pruning in a process that has ended since."""
    return Job("empty SQLite's write-ahead log", lambda _: empty(), hourly)


def use_log(connection: sqlite3.Connection) -> None:
    """Let readers not wait for the writer. The first to say so has the file alone: others look again."""
    for attempt in range(1, _TRIES + 1):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or attempt == _TRIES:
                raise
            time.sleep(0.05)
        else:
            return
