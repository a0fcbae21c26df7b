"""Every store passes the one contract suite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from tests.servers import new_database

from shopprivacy.consent.store import LedgerStore
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.sql import SqlStore
from shopprivacy.storage.tables import metadata
from shopprivacy.testing.ledger_contract import LedgerStoreContract
from shopprivacy.testing.shared_ledger_contract import SharedLedgerStoreContract


class TestMemory(LedgerStoreContract):
    """In memory."""

    @pytest.fixture
    def store(self) -> LedgerStore:
        """An empty store."""
        return MemoryStore()


class SqlContract(SharedLedgerStoreContract):
    """In the database at ``url``."""

    @pytest.fixture
    def store(self, url: str) -> Iterator[LedgerStore]:
        """An empty store."""
        store = SqlStore(url)
        yield store
        store.close()

    @pytest.fixture
    def opening(self, url: str) -> str:
        """How another process opens it."""
        return f"from shopprivacy.storage.sql import SqlStore; store = SqlStore({url!r})"


class TestSqlite(SqlContract):
    """In a SQLite file."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """A file that does not exist yet."""
        return f"sqlite:///{tmp_path / 'ledger.sqlite3'}"


@pytest.fixture(scope="module", params=["postgres", "mariadb"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database on a server that no other run has."""
    with new_database(request.param) as url:
        yield url


@pytest.mark.services
class TestServer(SqlContract):
    """In PostgreSQL and in MariaDB."""

    @pytest.fixture
    def url(self, database: str) -> str:
        """A database without tables."""
        engine = create_engine(database)
        metadata.drop_all(engine)
        engine.dispose()
        return database
