"""Opening what a URL or a path names. SQLAlchemy is imported here, and only when a database is asked for."""

from __future__ import annotations

import os
from pathlib import Path

from shopprivacy.consent.ledger import Journal, LedgerStore
from shopprivacy.errors import MissingExtra
from shopprivacy.storage.journal import Journal as JournalFile


def open_store(
    store: str | LedgerStore, journal: str | os.PathLike[str] | None
) -> tuple[LedgerStore, Journal | None]:
    """Return the ledger's store and its journal.

    Raises MissingExtra where SQLAlchemy or the database's driver is not installed, and StoreDown.
    """
    if isinstance(store, str):
        try:
            from shopprivacy.storage.sql import SqlStore
        except (
            ImportError
        ) as missing:  # pragma: no cover  # run without SQLAlchemy by the core session of nox
            raise MissingExtra("sqlalchemy") from missing
        store = SqlStore(store)
    return store, JournalFile(Path(journal)) if journal is not None else None
