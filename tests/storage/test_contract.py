"""Every store passes the one contract suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shopprivacy.consent.store import LedgerStore
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.ledger_contract import LedgerStoreContract
from shopprivacy.testing.shared_ledger_contract import SharedLedgerStoreContract


class TestMemory(LedgerStoreContract):
    """In memory."""

    @pytest.fixture
    def store(self) -> LedgerStore:
        """An empty store."""
        return MemoryStore()


class TestSql(SharedLedgerStoreContract):
    """In SQLite, PostgreSQL and MariaDB."""

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
