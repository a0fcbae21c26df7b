"""One of Django's databases as the stores use it: errors that say nothing, and no connection left open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, Error, connections

from shopprivacy.adapters.django.waits import bounded
from shopprivacy.errors import StoreDown
from shopprivacy.storage.registry import Registry
from shopprivacy.storage.sqlite import empty_log

STORES: Final[Registry[str]] = Registry("shopprivacy.adapters.django.stores")
"""Which class keeps what a domain asks for in the database with an alias."""


@contextmanager
def answered(using: str) -> Iterator[None]:
    """Turn whatever the database says into StoreDown, and leave no connection behind that nobody closes.

    Django closes connections around each of its requests; the thread that follows the ledger has none.
    """
    connection = connections[using]
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


def forget_what_was_deleted(using: str) -> None:
    """Let nothing that was deleted stay in SQLite's write-ahead log; other databases have none that is ours to empty.

    Raises StoreDown where others read from it for too long, and inside a transaction.
    """
    connection = connections[using]
    if connection.vendor == "sqlite":
        with answered(using), connection.cursor() as cursor:
            empty_log(cursor.execute)


def _tidy(connection: Any) -> None:  # noqa: ANN401  # Django's wrapper of a database's connections
    """Close a connection that broke, or that CONN_MAX_AGE does not let stay, as Django does around its requests."""
    if not connection.in_atomic_block:
        with suppress(Error):  # some drivers complain about closing what is closed
            connection.close_if_unusable_or_obsolete()
