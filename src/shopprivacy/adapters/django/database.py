"""One of Django's databases as the stores use it: errors that say nothing, and no connection left open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from typing import Any, Final, cast

from django.db import DEFAULT_DB_ALIAS, Error, connections, transaction

from shopprivacy.adapters.django.waits import bounded
from shopprivacy.errors import OpenTransaction, StoreDown
from shopprivacy.storage.outage import Cause, cause_of, in_file, on_server, store_down
from shopprivacy.storage.registry import Registry
from shopprivacy.storage.sqlite import empty_log

STORES: Final[Registry[str]] = Registry("shopprivacy.adapters.django.stores")
"""Which class keeps what a domain asks for in the database with an alias."""
_IN_FILES: Final = frozenset({"sqlite3", "spatialite"})
_BEGUN: Final = (1, 2, 3)
"""libpq: active, in a transaction, in one that failed."""
_IN_TRANSACTION: Final = 1
"""SERVER_STATUS_IN_TRANS, in what MariaDB answers each statement with."""


@contextmanager
def answered(using: str, connection: Any = None) -> Iterator[None]:  # noqa: ANN401  # Django's wrapper
    """Turn whatever the database says into StoreDown, and leave no connection behind that nobody closes.

    ``connection`` is the thread's own unless another one is given. Django closes connections around each of its
    requests; the thread that follows the ledger has none.
    """
    connection = connection or connections[using]
    ours = connection.connection is None
    if connection.errors_occurred:
        _tidy(connection)
    try:
        with bounded(connection), _kept(using, connection):
            yield
    except (Error, OSError) as error:
        raise database_down(error, using, connection.settings_dict) from None
    finally:
        if ours:
            _tidy(connection)


def _kept(using: str, connection: Any) -> AbstractContextManager[object]:  # noqa: ANN401  # as above
    """Let the shop's transaction live on where a statement of ours fails in it: PostgreSQL ends it otherwise."""
    is_shops = connection is connections[using] and connection.in_atomic_block
    if not is_shops or connection.vendor != "postgresql":
        return nullcontext()
    return cast("AbstractContextManager[object]", transaction.atomic(using))  # also a decorator


def database_down(error: Exception, using: str, chosen: Mapping[str, Any]) -> StoreDown:
    """Return StoreDown for what a database of Django's said; ``chosen`` are its settings. Raise it ``from None``."""
    engine, name = str(chosen["ENGINE"]).rpartition(".")[2], chosen["NAME"]
    is_file = engine in _IN_FILES
    place = in_file(name) if is_file else on_server(engine, chosen["HOST"], chosen["PORT"], name)
    where = f'DATABASES["{using}"], {place}'
    if cause_of(error) is not Cause.NO_TABLES:
        return store_down(error, where)
    database = "" if using == DEFAULT_DB_ALIAS else f" --database {using}"
    return StoreDown(f"{store_down(error, where)}: run python manage.py migrate shopprivacy{database}")


@contextmanager
def durable(using: str) -> Iterator[Any]:
    """A transaction that stays, whatever becomes of one of the shop's around it; gives its connection.

    Where the shop is in a transaction (``ATOMIC_REQUESTS``, ``atomic``, no autocommit) that is a connection of its own,
    closed afterwards. On SQLite it waits for the shop's transaction, and in vain: StoreDown says what to do.
    """
    shops = connections[using]
    if not _in_transaction(shops):
        with answered(using), transaction.atomic(using):
            yield shops
        return
    try:
        with closing(connections.create_connection(using)) as own, answered(using, own):
            own.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
            yield own
            own.commit()
    except StoreDown:
        if shops.vendor == "sqlite":
            raise StoreDown(
                f'the SQLite database "{using}" is held by a transaction of the shop: keep the keys of persons in a '
                "file, or behind an alias, of their own"
            ) from None
        raise


@contextmanager
def outside_transactions(using: str) -> Iterator[None]:
    """Let this thread read the database on a connection of its own, in autocommit, until the context ends.

    Raises OpenTransaction where the shop is in a transaction there, and StoreDown. Django's ``TestCase`` keeps all rows
    in a transaction that nobody else sees, and a database in memory has one connection: there the shop's own is used.
    """
    shops = connections[using]
    if _is_open(shops):
        raise OpenTransaction(
            f'marketing mail was asked for inside a transaction on the database "{using}" (transaction.atomic, '
            "ATOMIC_REQUESTS, or no autocommit): what it has read and written is not what others see, and who "
            "unsubscribes may have to wait for its end. Send each message outside: in a management command or a task "
            "without atomic(), or in a view with @transaction.non_atomic_requests"
        )
    if shops.in_atomic_block or (shops.vendor == "sqlite" and shops.is_in_memory_db()):
        yield
        return
    with closing(connections.create_connection(using)) as own, answered(using, own):
        own.set_autocommit(True)
        connections[using] = own
        try:
            yield
        finally:
            connections[using] = shops


def forget_what_was_deleted(using: str) -> None:
    """Let nothing that was deleted stay in SQLite's write-ahead log; other databases have none that is ours to empty.

    Raises StoreDown where others read from it for too long, and inside a transaction.
    """
    connection = connections[using]
    if connection.vendor == "sqlite":
        with answered(using), connection.cursor() as cursor:
            empty_log(cursor.execute)


def _in_transaction(connection: Any) -> bool:  # noqa: ANN401
    """Whether the shop may still roll back what is written; what Django's ``TestCase`` begins is not the shop's."""
    if connection.atomic_blocks:
        return not getattr(connection.atomic_blocks[-1], "_from_testcase", False)
    is_open = connection.connection is not None
    return not (connection.autocommit if is_open else connection.settings_dict["AUTOCOMMIT"])


def _is_open(connection: Any) -> bool:  # noqa: ANN401
    """Whether the shop has begun a transaction that has not ended; asks the driver, where that tells."""
    if connection.atomic_blocks:
        return _in_transaction(connection)
    driver = connection.connection
    if driver is None:
        return False
    match connection.vendor:
        case "sqlite":
            return bool(driver.in_transaction)
        case "postgresql":
            return driver.info.transaction_status in _BEGUN
        case _:
            # PyMySQL tells what BEGIN was answered with, not what a SELECT was; mysqlclient tells nothing.
            return not connection.autocommit or bool(getattr(driver, "server_status", 0) & _IN_TRANSACTION)


def _tidy(connection: Any) -> None:  # noqa: ANN401  # Django's wrapper of a database's connections
    """Close a connection that broke, or that CONN_MAX_AGE does not let stay, as Django does around its requests."""
    if not connection.in_atomic_block:
        with suppress(Error):  # some drivers complain about closing what is closed
            connection.close_if_unusable_or_obsolete()
