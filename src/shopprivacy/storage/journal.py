"""The journal in a file of its own outside the database: a table of SQLite's, for what a restored backup must not undo.

SQLite brings what a file of lines would have to grow: locks on every system, recovery from a cut-off write, reading on
from a number, forgetting without writing everything anew. With ``synchronous = FULL`` a record is on the disk once it
is committed; a write-ahead log costs one synchronisation for each. What is appended to the file by accident is in no
page, and the next record overwrites it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any, Final

from shopprivacy.errors import JournalBroken, JournalDown, PrivacyError, StoreDown
from shopprivacy.ledger.journal import BATCH, JournalRecord, Mark, NumberedRecord
from shopprivacy.storage.forks import forks
from shopprivacy.storage.journal_lines import move_lines
from shopprivacy.storage.journal_rows import (
    OLDEST,
    VERSION,
    check_usable,
    journal_row,
    read_journal_row,
    read_mark,
)
from shopprivacy.storage.outage import told
from shopprivacy.storage.patience import seconds_of_patience
from shopprivacy.storage.sqlite import SECURE_DELETE, empty_log, use_log

SUFFIX: Final = ".sqlite3"
BUSY_SECONDS: Final = 20.0
"""How long whoever uses the file waits for others."""
VISITOR_SECONDS: Final = 1.0
"""The same where a visitor waits: nobody holds the file for longer than a batch takes."""
_AT_ONCE: Final = 5000
"""Numbers that are gone through in one transaction by whoever forgets."""
_DAMAGE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

# AUTOINCREMENT: the number of a record that was forgotten is not given again, the mark would speak for it.
_TABLES: Final = """
CREATE TABLE shopprivacy_journal (
    id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, oldest INTEGER NOT NULL, through INTEGER NOT NULL,
    pin TEXT
);
CREATE TABLE shopprivacy_journal_record (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
    checksum TEXT NOT NULL
);
CREATE INDEX shopprivacy_journal_record_kind ON shopprivacy_journal_record (kind, number)
"""
_ADD: Final = "INSERT INTO shopprivacy_journal_record (at, kind, body, checksum) VALUES (?, ?, ?, ?)"
_READ: Final = "SELECT number, kind, body, checksum FROM shopprivacy_journal_record WHERE number > ?"

_inherited: Final[list[sqlite3.Connection]] = []
"""Of a parent that forked past Python's back: closing them here would be closing them for the parent."""


class JournalFile:
    """A `Journal` at ``path``, whose name ends in ``.sqlite3`` (added where it does not); only its owner may read it.

    ``now`` says when a record is written. Put it on another disk than the database, and not into the database's
    backups. Safe for threads, processes and forks. A journal of lines, as releases before this one wrote it under the
    same name without ``.sqlite3``, is moved over when the journal is first used.

    Every method raises JournalDown when the file cannot be used; reading raises JournalBroken where it is damaged.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        given = Path(path)
        self._lines = given.with_suffix("") if given.suffix == SUFFIX else given
        self._path = self._lines.with_name(self._lines.name + SUFFIX)
        self._now = now
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, os.stat_result] | None = None
        forks.register(self, hold=JournalFile.hold, release=JournalFile.release, in_child=JournalFile.forked)

    def __repr__(self) -> str:
        return f"JournalFile({str(self._path)!r})"

    def __del__(self) -> None:
        self.close()

    def name(self) -> str:
        """What it drew when it was made."""
        name: str = self._all("SELECT name FROM shopprivacy_journal")[0][0]
        return name

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Write the records; they are on the disk when this returns."""
        at = self._now()
        rows = [journal_row(record, at) for record in records]
        try:
            with self._used() as connection, _transaction(connection):
                connection.executemany(_ADD, rows)
        except JournalBroken as damage:  # whoever has something to keep goes elsewhere
            raise JournalDown(f"the journal cannot be used: {damage.faults[0]}") from None

    def records(self, after: int = 0, kind: str | None = None) -> Iterator[NumberedRecord]:
        """The records with a number above ``after``, oldest first."""
        query, of_kind = (_READ, ()) if kind is None else (f"{_READ} AND kind = ?", (kind,))
        while rows := self._all(f"{query} ORDER BY number LIMIT {BATCH}", after, *of_kind):
            for row in rows:
                yield read_journal_row(self._path.name, *row)
            after = rows[-1][0]

    def kinds(self) -> Collection[str]:
        """The kinds of which there are records; each is looked up in the index, however many records it has."""
        found: list[str] = []
        query = "SELECT MIN(kind) FROM shopprivacy_journal_record WHERE kind > ?"
        while (following := self._all(query, found[-1] if found else "")[0][0]) not in (None, *found):
            found.append(following)
        return found

    def mark(self) -> Mark | None:
        """Up to where ledger and journal are in step."""
        [(through, pin)] = self._all("SELECT through, pin FROM shopprivacy_journal")
        return read_mark(through, pin)

    def set_mark(self, mark: Mark) -> None:
        """Note up to where they are."""
        with self._used() as connection:
            connection.execute(
                "UPDATE shopprivacy_journal SET through = ?, pin = ?", (mark.through, str(mark.pin))
            )

    def forget(self, numbers: Sequence[int]) -> None:
        """Take these records away; then nothing of them is left in the file or its write-ahead log."""
        with self._used() as connection:
            with _transaction(connection):
                delete = "DELETE FROM shopprivacy_journal_record WHERE number = ?"
                connection.executemany(delete, ((number,) for number in numbers))
            _empty_log(connection)

    def forget_before(self, at: datetime, kind: str, through: int) -> int:
        """Take away what is old, in parts that let others append."""
        first = self._all("SELECT MIN(number) FROM shopprivacy_journal_record WHERE kind = ?", kind)[0][0]
        delete = "DELETE FROM shopprivacy_journal_record WHERE kind = ? AND number BETWEEN ? AND ? AND at < ?"
        forgotten = 0
        for start in range(first or 1, through + 1, _AT_ONCE):
            last = min(start + _AT_ONCE - 1, through)
            with self._used() as connection:
                forgotten += connection.execute(delete, (kind, start, last, int(at.timestamp()))).rowcount
        with self._used() as connection:  # also what a pruning left there, because somebody was reading
            _empty_log(connection)
        return forgotten

    def exists(self) -> bool:
        """Whether the file is there already, or one of lines that would be moved over. Does not make it."""
        return self._path.exists() or self._lines.is_file()

    def is_shared(self) -> bool:
        """Whether another process has the file open: who closes it last takes its write-ahead log away (SQLite)."""
        with self._used():
            self.close()
            return self._path.with_name(f"{self._path.name}-wal").exists()

    def close(self) -> None:
        """Close the file. It is opened again when it is next used."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def hold(self) -> None:
        """Before a fork: let nobody use the file meanwhile, and close it."""
        self._lock.acquire()
        self.close()

    def release(self) -> None:
        """After a fork, in the parent: go on."""
        self._lock.release()

    def forked(self) -> None:
        """After a fork, in the child: the parent's lock is not ours to give back."""
        self._lock = RLock()

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._used() as connection:
            return connection.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _used(self) -> Iterator[sqlite3.Connection]:
        """The file, open, for one thread of this process at a time."""
        if not self._lock.acquire(timeout=_wait()):
            raise self._down("others have been waiting for it")
        try:
            yield self._open()
        except (sqlite3.Error, OSError) as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
                self.close()
                raise self._damaged(error) from None
            raise self._down(told(error)) from None
        finally:
            self._lock.release()

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            if self._is_where_it_was():
                self._connection.execute(f"PRAGMA busy_timeout = {round(_wait() * 1000)}")
                return self._connection
            self.close()
        _make_file(self._path)
        connection = sqlite3.connect(
            self._path, timeout=_wait(), isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._opened = connection, (os.getpid(), self._path.stat())
        return connection

    def _is_where_it_was(self) -> bool:
        """Whether this process opened the file, and nobody has moved it away since: else what is written is nowhere."""
        assert self._connection is not None  # noqa: S101
        assert self._opened is not None  # noqa: S101
        process, then = self._opened
        if process != os.getpid():
            _inherited.append(self._connection)
            self._connection = None
            return False
        try:
            return os.path.samestat(then, self._path.stat())
        except OSError:
            return False

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the tables where there are none, and move a journal of lines over."""
        connection.text_factory = _text
        self._check_is_journal(connection)
        use_log(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # macOS: fsync alone leaves it in the disk's cache
        connection.execute(SECURE_DELETE)
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            with _transaction(connection):
                self._install(connection)
        [(version,)] = connection.execute("PRAGMA user_version").fetchall()
        own = connection.execute("SELECT oldest FROM shopprivacy_journal").fetchone()
        if own is None:
            raise self._damaged("the row of shopprivacy_journal is missing")
        check_usable(self._path.name, version, *own)

        def write(records: Sequence[JournalRecord]) -> None:
            with _transaction(connection):
                connection.executemany(_ADD, (journal_row(record, self._now()) for record in records))

        move_lines(self._lines, write)

    def _check_is_journal(self, connection: sqlite3.Connection) -> None:
        """Raise PrivacyError for a database of somebody else's, which nobody has changed by then."""
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        if tables and "shopprivacy_journal" not in tables:
            raise PrivacyError(
                f"{self._path} is another SQLite database, and no journal: SHOPPRIVACY_JOURNAL needs a file of its own"
            )

    def _install(self, connection: sqlite3.Connection) -> None:
        if connection.execute("PRAGMA user_version").fetchone()[0]:  # another process was first
            return
        self._check_is_journal(connection)
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        first = (secrets.token_hex(16), OLDEST)
        connection.execute("INSERT INTO shopprivacy_journal VALUES (1, ?, ?, 0, NULL)", first)
        connection.execute(f"PRAGMA user_version = {VERSION}")

    def _down(self, why: str) -> JournalDown:
        return JournalDown(f"the journal cannot be used ({self._path}: {why})")

    def _damaged(self, why: object) -> JournalBroken:
        fault = (
            f"{self._path}: is damaged ({why}). Stop the shop, keep a copy of the file and of its -wal, and put what "
            "`sqlite3 FILE .recover | sqlite3 NEW` saves of it in its place; or, if the database is not an older "
            "one that was restored, move the file away: the ledger has what it could record"
        )
        return JournalBroken([fault])


def _wait() -> float:
    """How many seconds to wait for others here."""
    seconds = seconds_of_patience()
    return BUSY_SECONDS if seconds is None else min(seconds, VISITOR_SECONDS)


def _text(content: bytes) -> str:
    """What a column holds; damage that is no UTF-8 comes through, too, and then no checksum holds."""
    return content.decode(errors="replace")


def _make_file(path: Path) -> None:
    """Make a file that only its owner may use: SQLite gives the same mode to its -wal and -shm."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        if hasattr(os, "O_DIRECTORY"):
            # Only with its directory on the disk, too, does a new file survive a power cut (fsync(2)).
            folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _empty_log(connection: sqlite3.Connection) -> None:
    with contextlib.suppress(
        StoreDown
    ):  # others read it: it is emptied the next time, or when the last one closes it
        empty_log(connection.execute)
