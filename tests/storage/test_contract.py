"""Every store passes the one contract suite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from shopprivacy.consent.store import LedgerStore
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.sql import SqlStore
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


def fresh(server: str, name: str) -> Iterator[LedgerStore]:
    """An empty store in a database of its own on this server."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    store = SqlStore(make_url(server).set(database=name).render_as_string(hide_password=False))
    yield store
    store.close()


@pytest.mark.services
class TestPostgresql(LedgerStoreContract):
    """In PostgreSQL."""

    @pytest.fixture
    def store(self) -> Iterator[LedgerStore]:
        """An empty store."""
        yield from fresh("postgresql+psycopg://postgres@127.0.0.1/test", "shopprivacy_contract")


@pytest.mark.services
class TestMariadb(LedgerStoreContract):
    """In MariaDB."""

    @pytest.fixture
    def store(self) -> Iterator[LedgerStore]:
        """An empty store."""
        yield from fresh("mysql+pymysql://root@127.0.0.1/test", "shopprivacy_contract")
