"""All that a shop keeps, in one of Django's databases."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from django.db import connections

from shopprivacy.adapters.django.connections import survive_forks
from shopprivacy.adapters.django.database import STORES, forget_what_was_deleted
from shopprivacy.adapters.django.stores.ledger import DjangoLedger
from shopprivacy.jobs import Job
from shopprivacy.storage.sqlite import log_job

Store = TypeVar("Store")


class DjangoStore(DjangoLedger):
    """A `LedgerStore` in the database with the alias ``using``, and beside it what other domains keep.

    The tables come with Django's migrations. Every method raises StoreDown when the database does not answer or the
    migrations have not been run.
    """

    def __init__(self, using: str = "default") -> None:
        super().__init__(using)
        survive_forks()

    def __repr__(self) -> str:
        return f"DjangoStore({self.using!r})"

    def store_for(self, protocol: type[Store]) -> Store:
        """Return what keeps to ``protocol`` in this database. Raises PrivacyError where nothing does."""
        return STORES.open(protocol, self.using)

    @property
    def jobs(self) -> Sequence[Job]:
        """On SQLite, to empty the write-ahead log."""
        if connections[self.using].vendor != "sqlite":
            return ()
        return (log_job(partial(forget_what_was_deleted, self.using)),)
