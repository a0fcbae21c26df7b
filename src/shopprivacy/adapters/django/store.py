"""All that a shop keeps, in one of Django's databases."""

from __future__ import annotations

from typing import TypeVar

from shopprivacy.adapters.django.connections import survive_forks
from shopprivacy.adapters.django.database import STORES
from shopprivacy.adapters.django.stores.ledger import DjangoLedger

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
