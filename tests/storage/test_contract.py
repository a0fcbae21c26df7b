"""Every store passes the one contract suite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, inspect, make_url, text

from shopprivacy.consent.store import LedgerStore
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.sql import SqlStore
from shopprivacy.storage.tables import metadata
from shopprivacy.testing.ledger_contract import LedgerStoreContract


class TestMemory(LedgerStoreContract):
    """In memory."""

    @pytest.fixture
    def store(self) -> LedgerStore:
        """An empty store."""
        return MemoryStore()


class TestSqlite(LedgerStoreContract):
    """In a SQLite file."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[LedgerStore]:
        """An empty store."""
        store = SqlStore(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
        yield store
        store.close()


def fresh(server: str) -> Iterator[LedgerStore]:
    """An empty store in a database of its own on this server."""
    name = "shopprivacy_contract"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        if name not in inspect(connection).get_schema_names() and not _exists(connection, name):
            connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    url = make_url(server).set(database=name)
    engine = create_engine(url)
    metadata.drop_all(engine)
    engine.dispose()
    store = SqlStore(url.render_as_string(hide_password=False))
    yield store
    store.close()


def _exists(connection: Connection, name: str) -> bool:
    if connection.dialect.name != "postgresql":
        return False
    found = connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name})
    return found.first() is not None


@pytest.mark.services
class TestPostgresql(LedgerStoreContract):
    """In PostgreSQL."""

    @pytest.fixture
    def store(self) -> Iterator[LedgerStore]:
        """An empty store."""
        yield from fresh("postgresql+psycopg://postgres@127.0.0.1/test")


@pytest.mark.services
class TestMariadb(LedgerStoreContract):
    """In MariaDB."""

    @pytest.fixture
    def store(self) -> Iterator[LedgerStore]:
        """An empty store."""
        yield from fresh("mysql+pymysql://root@127.0.0.1/test")
