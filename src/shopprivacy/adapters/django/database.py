"""One of Django's databases as the stores use it: errors that say nothing, and no connection left open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, Error, connections, transaction

from shopprivacy.adapters.django.waits import bounded
from shopprivacy.errors import StoreDown
from shopprivacy.storage.registry import Registry
from shopprivacy.storage.sqlite import empty_log

STORES: Final[Registry[str]] = Registry("shopprivacy.adapters.django.stores")
"""Which class keeps what a domain asks for in the database with an alias."""


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
        with bounded(connection):
            yield
    except (Error, OSError) as error:
        # Drivers quote rows in their messages: only the kind of error goes on.
        where = "" if using == DEFAULT_DB_ALIAS else f" --database {using}"
        raise StoreDown(
            f"the store did not answer ({type(error).__name__}); "
            f"have its migrations been run? python manage.py migrate shopprivacy{where}"
        ) from None
    finally:
        if ours:
            _tidy(connection)


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


def _tidy(connection: Any) -> None:  # noqa: ANN401  # Django's wrapper of a database's connections
    """Close a connection that broke, or that CONN_MAX_AGE does not let stay, as Django does around its requests."""
    if not connection.in_atomic_block:
        with suppress(Error):  # some drivers complain about closing what is closed
            connection.close_if_unusable_or_obsolete()
