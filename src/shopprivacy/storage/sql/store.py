"""All that a shop keeps, in one SQL database: opened, with every domain's tables in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from shopprivacy.jobs import Job
from shopprivacy.sealing.discreet import discreet
from shopprivacy.storage.sql.engine import forget_what_was_deleted, open_engine
from shopprivacy.storage.sql.ledger import SqlLedger
from shopprivacy.storage.sql.schema import STORES
from shopprivacy.storage.sql.tables import install
from shopprivacy.storage.sqlite import log_job

Store = TypeVar("Store")


class SqlStore(SqlLedger):
    """A `LedgerStore` in the database that ``url`` names, and beside it what other domains keep.

    Makes the tables, or brings them up to date. Raises StoreDown when the database does not answer, ValueError when
    the URL is none, MissingExtra without its driver, SchemaMismatch when the tables are newer than the library, or
    made by Django's migrations.
    """

    @discreet  # there is a password in the URL
    def __init__(self, url: str) -> None:
        super().__init__(open_engine(url, install))

    def store_for(self, protocol: type[Store]) -> Store:
        """Return what keeps to ``protocol`` in this database. Raises PrivacyError where nothing does."""
        return STORES.open(protocol, self._engine)

    @property
    def jobs(self) -> Sequence[Job]:
        """On SQLite, to empty the write-ahead log."""
        if self._engine.dialect.name != "sqlite":
            return ()
        return (log_job(lambda: forget_what_was_deleted(self._engine)),)

    def close(self) -> None:
        """Close the connections. The store can be used again and then opens new ones."""
        self._engine.dispose()
