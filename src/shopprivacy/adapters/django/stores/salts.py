"""The salts of visitors of the day, in one of Django's databases: PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

from shopprivacy.adapters.django.database import STORES, durable
from shopprivacy.analytics.store import SaltStore
from shopprivacy.errors import PrivacyError
from shopprivacy.storage.salts import PostgresSalts


class DjangoSalts(PostgresSalts):
    """A `SaltStore` in the PostgreSQL database with the alias ``using``; its table is made with the first salt.

    Not by a migration: a table that is UNLOGGED, or is emptied by TRUNCATE, is none of Django's models. What it has is
    never in a transaction of the shop's. Raises PrivacyError for another database.
    """

    def __init__(self, using: str) -> None:
        vendor = connections[using].vendor
        if vendor != "postgresql":
            raise PrivacyError(
                f'salts of visitors cannot be stored in "{using}" ({vendor}): use a separate file, or PostgreSQL'
            )
        self.using = using
        super().__init__(self._cursor)

    def __repr__(self) -> str:
        return f"DjangoSalts({self.using!r})"

    @contextmanager
    def _cursor(self, *, writing: bool) -> Iterator[Any]:  # noqa: ARG002  # PostgreSQL needs no telling
        with (
            durable(self.using) as connection,
            connection.cursor() as cursor,
            connection.wrap_database_errors,
        ):
            yield cursor.cursor  # Django's own would keep salts in connection.queries


STORES.register(SaltStore, DjangoSalts)
