"""A SQLAlchemy engine as the stores need it: durable, exclusive when writing, safe to fork, silent about values."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from math import ceil
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any, Final, TypeVar, cast

from shopprivacy.errors import MissingExtra, StoreDown
from shopprivacy.storage import bounded_psycopg, bounded_pymysql
from shopprivacy.storage.forks import forks
from shopprivacy.storage.outage import Cause, store_down
from shopprivacy.storage.patience import START_SECONDS, at_most, seconds_of_patience
from shopprivacy.storage.sql.place import check_waits, is_file, place_of, without_account
from shopprivacy.storage.sqlite import SECURE_DELETE, empty_log

try:
    from sqlalchemy import Connection, Dialect, Engine, Table, create_engine, event
    from sqlalchemy.dialects import mysql, postgresql, sqlite
    from sqlalchemy.engine import URL, make_url
    from sqlalchemy.engine.interfaces import DBAPICursor
    from sqlalchemy.exc import (
        ArgumentError,
        DisconnectionError,
        NoSuchModuleError,
        SQLAlchemyError,
    )
    from sqlalchemy.exc import TimeoutError as PoolTimeout
    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool
    from sqlalchemy.sql import ColumnElement
except ModuleNotFoundError:
    raise MissingExtra("sqlalchemy") from None

Made = TypeVar("Made")

BUSY_SECONDS: Final = 20.0
"""How long a writer waits for its turn on SQLite."""
_INSTALL_ATTEMPTS: Final = 20
CONNECT_SECONDS: Final = 2
"""How long it may take to connect to a server; ``?connect_timeout=`` in the URL says otherwise."""
POOL_SECONDS: Final = 1.0
"""How long a thread waits for one of the pool's connections."""
_PATIENCE: Final = "shopprivacy_patience"
_FILE: Final = "shopprivacy_file"
_UNKNOWN: Final = -1.0
_asked: Final[ContextVar[float]] = ContextVar("shopprivacy_asked", default=float("inf"))
"""When the store was asked for what it does now."""
_EXTRAS: Final = {"psycopg": "postgres", "pymysql": "mariadb"}
_USUAL: Final = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
"""The databases that the ledger knows, each with the driver that an extra brings."""
_LOOKS: Final = (
    "the store's URL must look like sqlite:///shop.sqlite3, postgresql+psycopg://… or mysql+pymysql://…"
)

_NO_PORT: Final = (
    "the port in the URL of the database is no number; in a password, "
    '"@" is written "%40", ":" is written "%3A" and "/" is written "%2F"'
)


def open_engine(url: str, install: Callable[[Connection], None]) -> Engine:
    """An engine for this database, in which ``install`` has made the tables.

    Raises what `make_engine` and ``install`` raise, and StoreDown when the database does not answer.
    """
    engine = make_engine(url)
    for attempt in range(1, _INSTALL_ATTEMPTS + 1):
        try:
            with at_most(START_SECONDS), transaction(engine, writing=True) as connection:
                install(connection)
        except StoreDown:
            # Several workers start at once: one makes the tables, the others trip over them and look again.
            if attempt == _INSTALL_ATTEMPTS or not _reachable(engine):
                engine.dispose()
                raise
            time.sleep(0.05)
        except BaseException:
            # SchemaMismatch among others: nobody gets this engine, so nobody could close it.
            engine.dispose()
            raise
        else:
            break
    return engine


def make_engine(url: str) -> Engine:
    """An engine for this database; it has not asked the database anything yet.

    Raises MissingExtra when the database's driver is not installed, ValueError when the URL is none or names what the
    library does not know.
    """
    parsed, database = _known(url)
    dialect: Any = parsed.get_dialect()
    # None comes back to the pool but with its transaction ended; to roll back once more would ask MariaDB for nothing.
    options: dict[str, Any] = {
        "hide_parameters": True,
        "pool_reset_on_return": None,
    }
    if dialect.get_pool_class(parsed) is QueuePool:  # in others nobody waits for a connection
        options["pool_timeout"] = POOL_SECONDS
    if database == "sqlite":
        options["connect_args"] = {"timeout": BUSY_SECONDS}
        _keep_from_others(parsed.database)
    else:
        check_waits(parsed)
        options["pool_pre_ping"] = True
        if "connect_timeout" not in parsed.query:
            options["connect_args"] = {"connect_timeout": CONNECT_SECONDS}
    try:
        engine = create_engine(parsed, **options)
    except ModuleNotFoundError as error:
        if error.name in _EXTRAS:
            raise MissingExtra(_EXTRAS[error.name]) from None
        raise ValueError(
            f"{parsed.drivername}:// needs {error.name}, which is not installed; "
            f"the driver that this library is tested with is {_USUAL[database]}://…"
        ) from None
    engine.url = without_account(parsed)  # an engine shows it, in every frame of a traceback with locals
    _survive_forks(engine, is_file=database == "sqlite" and is_file(parsed.database))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connected)
        if is_file(parsed.database):
            _follow_file(engine, Path(parsed.database).absolute())
    else:
        event.listen(engine, "do_connect", _connect)
    return engine


_FORKS_DO_NOT_MATTER: Final = nullcontext()


def transaction(engine: Engine, *, writing: bool = False) -> AbstractContextManager[Connection]:
    """One transaction: committed when the context ends well, rolled back otherwise.

    Whatever the database says meanwhile becomes StoreDown, without statements, values, user or password.
    """
    return begun(engine, lambda engine, connection, _: Connection(engine, connection), writing=writing)


@contextmanager
def begun(
    engine: Engine, make: Callable[[Engine, PoolProxiedConnection, DBAPICursor], Made], *, writing: bool
) -> Iterator[Made]:
    """The same, with what ``make`` makes of the driver's own connection: prepared statements need no other."""
    driver: Any = engine.dialect.loaded_dbapi
    with forks if engine.dialect.name == "sqlite" else _FORKS_DO_NOT_MATTER:
        try:
            asked = time.monotonic()
            _asked.set(asked)
            connection = engine.raw_connection()
            ended = False
            try:
                cursor = connection.cursor()
                seconds = seconds_of_patience()
                if seconds is not None and (waited := time.monotonic() - asked) > seconds / 4:
                    if waited > seconds / 2:
                        raise store_down(Cause.CROWDED, place_of(engine.url))
                    seconds /= (
                        2  # no more is left of the whole wait; few different values, so that few are set
                    )
                if connection.info.get(_PATIENCE) != seconds:
                    _be_patient(engine, cursor, seconds)
                    connection.info[_PATIENCE] = seconds
                if engine.dialect.name == "sqlite":
                    # IMMEDIATE takes the write lock now: a transaction that read first could no longer get it later.
                    cursor.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
                yield make(engine, connection, cursor)
                cursor.close()
                connection.commit()
                ended = True
            except BaseException:
                if connection.is_valid:  # SQLAlchemy has closed it where it saw it break
                    connection.info[_PATIENCE] = _UNKNOWN  # PostgreSQL takes a SET back
                    connection.rollback()
                    ended = True
                raise
            finally:
                if connection.is_valid and not ended:
                    connection.invalidate()
                connection.close()
        except (SQLAlchemyError, OSError, driver.Error) as error:
            raise _down(engine, error) from None


def forget_what_was_deleted(engine: Engine) -> None:
    """Let nothing that was deleted stay in SQLite's write-ahead log; other databases have none that is ours to empty.

    Raises StoreDown where others read from it for too long.
    """
    if engine.dialect.name == "sqlite":
        driver: Any = engine.dialect.loaded_dbapi
        try:
            with closing(engine.raw_connection()) as connection:
                empty_log(connection.cursor().execute)
        except (SQLAlchemyError, OSError, driver.Error) as error:
            raise _down(engine, error) from None


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, object]],
    **otherwise: ColumnElement[Any],
) -> None:
    """Insert each row; where its key stands there already, set these columns of that one instead.

    In one statement: on MariaDB an UPDATE that finds nothing locks the gap where the row would be, and two writers that
    both hold the gap cannot both insert (Deadlock found).
    """
    if not rows:
        return
    if connection.dialect.name in ("mysql", "mariadb"):
        connection.execute(mysql.insert(table).values(rows).on_duplicate_key_update(otherwise))
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    key = table.primary_key.columns
    upsert = dialect.insert(table).values(rows).on_conflict_do_update(index_elements=key, set_=otherwise)
    connection.execute(upsert)


def _known(url: str) -> tuple[URL, str]:
    """Return the URL and its database. Raises ValueError for what the ledger does not know."""
    try:
        parsed = make_url(url)
        dialect = parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError):
        raise ValueError(_LOOKS) from None
    except ValueError:  # its message shows the port, which is a part of the password where that has an "@"
        raise ValueError(_NO_PORT) from None
    database = parsed.get_backend_name()
    if database not in _USUAL:
        raise ValueError(f"{_LOOKS}, and not {parsed.drivername}://")
    if dialect.is_async:
        raise ValueError(
            f"the store is not asynchronous: {_USUAL[database]}://…, and not {parsed.drivername}://"
        )
    return parsed, database


def _keep_from_others(file: str | None) -> None:
    """Make the file of a new SQLite database one that only its owner may use, as the journal and the keyset are.

    SQLite would make it readable for all; to its -wal and -shm it gives the same mode. What is there keeps its own.
    """
    if is_file(file):
        with suppress(OSError):  # it is there, or cannot be made: then SQLite says so
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _follow_file(engine: Engine, path: Path) -> None:
    """Connect anew where the file was replaced, as a restore does: who still has the old one would write to nothing."""

    def connected(_connection: SqliteConnection, entry: ConnectionPoolEntry) -> None:
        entry.info[_FILE] = _identity(path)

    def checked_out(
        _connection: SqliteConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        if _identity(path) != entry.info[_FILE]:  # where there is none, SQLite must not make an empty one
            raise DisconnectionError

    event.listen(engine, "connect", connected)
    event.listen(engine, "checkout", checked_out)


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _be_patient(engine: Engine, cursor: DBAPICursor, seconds: float | None) -> None:
    """Let this connection wait so long for a lock, and a statement take no longer; None: as long as is usual."""
    match engine.dialect.name:
        case "sqlite":
            cursor.execute(f"PRAGMA busy_timeout = {_milliseconds(seconds or BUSY_SECONDS)}")
        case "postgresql":
            bound = "DEFAULT" if seconds is None else _milliseconds(seconds)
            cursor.execute(f"SET lock_timeout = {bound}; SET statement_timeout = {bound}")
        case _:
            bound = "DEFAULT" if seconds is None else ceil(seconds)
            only_mariadb = (
                f", max_statement_time = {seconds or bound}" if cast("Any", engine.dialect).is_mariadb else ""
            )
            cursor.execute(f"SET SESSION innodb_lock_wait_timeout = {bound}{only_mariadb}")


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _down(engine: Engine, error: Exception) -> StoreDown:
    is_crowded = isinstance(error, PoolTimeout)  # SQLAlchemy's own, which wraps nothing
    return store_down(Cause.CROWDED if is_crowded else error, place_of(engine.url))


def _reachable(engine: Engine) -> bool:
    try:
        with engine.connect():
            return True
    except (SQLAlchemyError, OSError):
        return False


def _sqlite_connected(connection: SqliteConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    connection.execute("PRAGMA synchronous = FULL")  # what is acknowledged survives a power cut
    connection.execute(SECURE_DELETE)  # what is pruned leaves no trace in free pages
    connection.execute("PRAGMA journal_mode = WAL")  # readers do not wait for the writer


def _connect(dialect: Dialect, _entry: ConnectionPoolEntry, arguments: Any, options: Any) -> Any:  # noqa: ANN401
    """Connect, unless the patience is at its end: the pool does that, too, where a connection turned out to be dead."""
    driver: Any = dialect.loaded_dbapi
    seconds = seconds_of_patience()
    if seconds is not None and time.monotonic() - _asked.get() >= seconds:
        raise driver.OperationalError("no time is left to connect again")
    match dialect.driver:
        case "psycopg":
            return bounded_psycopg.bounded_connection(driver).connect(*arguments, **options)
        case "pymysql":
            return bounded_pymysql.bounded_connection(driver)(*arguments, **options)
        case _:
            return None  # as SQLAlchemy does


def _survive_forks(engine: Engine, *, is_file: bool) -> None:
    """A server that forks after loading the shop must not share its parent's connections, which the parent still uses.

    Those to a file of SQLite's are closed before: in WAL mode each of them leaves a note of its lock in the child.
    """

    def forked(inherited: Engine) -> None:
        inherited.dispose(close=False)

    if is_file:
        forks.register(engine, hold=Engine.dispose, in_child=forked)
    else:
        forks.register(engine, in_child=forked)
