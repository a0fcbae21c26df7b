"""All that a shop keeps, in one of Django's databases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pkgutil import iter_modules
from typing import Final, TypeVar

from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from shopprivacy.adapters.django import migrations
from shopprivacy.adapters.django.connections import survive_forks
from shopprivacy.adapters.django.database import STORES, answered, forget_what_was_deleted
from shopprivacy.adapters.django.stores.ledger import DjangoLedger
from shopprivacy.errors import PrivacyError
from shopprivacy.jobs import Job
from shopprivacy.storage.sqlite import log_job

Store = TypeVar("Store")

_APP: Final = "shopprivacy"
_MAJOR: Final = re.compile(r"[0-9]{4}_major_.*")


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

    def check_usable(self) -> None:
        """Raise PrivacyError where a newer major version of the library has changed the tables, and StoreDown.

        Migrations of newer minor versions only add to them. One that does more is called ``NNNN_major_…``.
        """
        connection = connections[self.using]
        with answered(self.using):
            applied = MigrationRecorder(connection).applied_migrations()
        known = {module.name for module in iter_modules(migrations.__path__)}
        newer = sorted(name for app, name in applied if app == _APP and name not in known)
        if major := [name for name in newer if _MAJOR.fullmatch(name)]:
            raise PrivacyError(
                f"the migration {major[-1]} of a newer major version of shopprivacy was applied to the database "
                f'"{self.using}", and this version cannot use its tables: run the shopprivacy that wrote them, or a '
                "newer one"
            )

    @property
    def jobs(self) -> Sequence[Job]:
        """On SQLite, to empty the write-ahead log."""
        if connections[self.using].vendor != "sqlite":
            return ()
        return (log_job(partial(forget_what_was_deleted, self.using)),)
