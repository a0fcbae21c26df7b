"""An SQLite file of its own for secrets that end: what is taken out of it stands in no file any more.

With a rollback journal and not in WAL mode: in a write-ahead log copies of what was deleted would stay until it is
emptied, and it cannot be while somebody reads. The rollback journal goes with each transaction. What is deleted is
overwritten (``secure_delete``), and what is acknowledged survives a power cut (``synchronous = EXTRA``, which in this
mode adds the directory to FULL).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from shopprivacy.storage.forks import forks
from shopprivacy.storage.outage import in_file, store_down
from shopprivacy.storage.patience import seconds_of_patience
from shopprivacy.storage.sqlite import SECURE_DELETE

_SQLITE: Final = "sqlite:///"


def file_at(place: str) -> str | None:
    """Return the path of the file that a place names, as itself or as SQLite's URL; None: another database's URL."""
    if place.startswith(_SQLITE):
        return place.removeprefix(_SQLITE).partition("?")[0]
    return None if "://" in place else place


class OwnFile:
    """A file, which is for its owner alone. ``patience``: seconds that anybody waits for a turn, at most."""

    def __init__(self, path: str | os.PathLike[str], patience: float) -> None:
        self.path = Path(path)
        self._patience = patience

    def make(self) -> None:
        """Make the file, unless there is one. Raises StoreDown."""
        try:
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            pass
        except OSError as error:
            raise store_down(error, in_file(self.path)) from None

    def identity(self) -> tuple[int, int] | None:
        """Tell this file from one that has taken its place; None: there is none. Raises StoreDown."""
        try:
            there = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:  # a folder that may not be entered is no empty store
            raise store_down(error, in_file(self.path)) from None
        return there.st_dev, there.st_ino

    @contextmanager
    def transaction(self, *, writing: bool) -> Iterator[sqlite3.Cursor]:
        """A connection for one transaction: it is asked for seldom, and none is inherited by a fork."""
        try:
            # Never made on the way: a store that is gone must not be taken for an empty one.
            uri = f"{self.path.absolute().as_uri()}?mode=rw"
            seconds = seconds_of_patience() or self._patience
            with (
                forks,
                closing(sqlite3.connect(uri, uri=True, timeout=seconds, isolation_level=None)) as connection,
            ):
                if writing:
                    connection.execute(SECURE_DELETE)
                    connection.execute("PRAGMA synchronous = EXTRA")
                    connection.execute("PRAGMA journal_mode = DELETE")
                cursor = connection.cursor()
                cursor.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
                yield cursor  # what is not committed is rolled back when it is closed
                cursor.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise store_down(error, in_file(self.path)) from None
