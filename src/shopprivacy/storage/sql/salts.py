"""The salts of visitors of the day, in PostgreSQL by SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Engine

from shopprivacy.analytics.store import SaltStore
from shopprivacy.errors import PrivacyError
from shopprivacy.storage.salts import PostgresSalts
from shopprivacy.storage.sql.engine import begun, make_engine
from shopprivacy.storage.sql.schema import STORES


class SqlSalts(PostgresSalts):
    """A `SaltStore` in the PostgreSQL database of this engine; its table is made with the first salt.

    Raises PrivacyError for another database: what is deleted there cannot be shown to be gone.
    """

    def __init__(self, engine: Engine) -> None:
        if engine.dialect.name != "postgresql":
            raise PrivacyError(
                f"salts of visitors cannot be stored in {engine.dialect.name}: use a separate file, or PostgreSQL"
            )
        self._engine = engine
        super().__init__(partial(_cursor, engine))

    @classmethod
    def at(cls, url: str) -> SqlSalts:
        """Open the store that a URL names; nothing is asked of the database yet. Raises as ``make_engine`` does."""
        return cls(make_engine(url))

    def __repr__(self) -> str:
        return f"SqlSalts({self._engine.url.render_as_string()!r})"  # without its password

    def close(self) -> None:
        """Close the connections. The store can be used again and then opens new ones."""
        self._engine.dispose()


@contextmanager
def _cursor(engine: Engine, *, writing: bool) -> Iterator[Any]:
    with begun(engine, lambda _engine, _connection, cursor: cursor, writing=writing) as cursor:
        yield cursor


STORES.register(SaltStore, SqlSalts)
