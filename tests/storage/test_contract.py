"""Every store passes the one contract suite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from shopprivacy.errors import StoreDown
from shopprivacy.ledger.store import LedgerStore
from shopprivacy.mail.store import MailStore
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.ledger_contract import LedgerStoreContract
from shopprivacy.testing.ledger_contract.shop import ledger
from shopprivacy.testing.mail_contract import MailStoreContract
from shopprivacy.testing.samples import sample_entry, sample_subject
from shopprivacy.testing.shared_ledger_contract import SharedLedgerStoreContract


class TestMemory(LedgerStoreContract, MailStoreContract):
    """In memory."""

    @pytest.fixture
    def store(self) -> LedgerStore:
        """An empty store."""
        return MemoryStore()

    @pytest.fixture
    def mail_store(self, store: MemoryStore) -> MailStore:
        """What mail keeps in it."""
        return store.store_for(MailStore)


class TestSql(SharedLedgerStoreContract, MailStoreContract):
    """In SQLite, PostgreSQL and MariaDB."""

    @pytest.fixture
    def store(self, url: str) -> Iterator[SqlStore]:
        """An empty store."""
        store = SqlStore(url)
        yield store
        store.close()

    @pytest.fixture
    def mail_store(self, store: SqlStore) -> MailStore:
        """What mail keeps in it."""
        return store.store_for(MailStore)

    @pytest.mark.parametrize("prepared", [True, False])
    def test_a_connection_that_breaks(self, store: SqlStore, prepared: bool) -> None:
        """In the middle of a transaction that is StoreDown, nothing was written, and another one takes its place."""

        def breaking() -> None:
            with store.writing() as writer:
                writer.add(ledger(MemoryStore()).append([sample_entry()]), writer.head())
                cast("Any", writer._cursor).connection.close()
                _ = writer.last([(sample_subject(), None)]) if prepared else writer.checkpoints()

        book = ledger(store)
        with pytest.raises(StoreDown, match="the store did not answer"):
            breaking()
        assert [row.seq for row in book.append([sample_entry()])] == [1]
        book.verify().require()

    def test_a_transaction_that_cannot_be_taken_back(self, store: SqlStore) -> None:
        """Interrupted while it rolls back, it leaves nothing behind for the next one to commit."""

        def interrupted() -> None:
            raise KeyboardInterrupt

        def failing() -> None:
            with store.writing() as writer:
                writer.add(ledger(MemoryStore()).append([sample_entry()]), writer.head())
                cast("Any", writer._drivers).rollback = interrupted
                raise ZeroDivisionError

        with pytest.raises(KeyboardInterrupt):
            failing()
        assert [row.seq for row in ledger(store).append([sample_entry()])] == [1]

    @pytest.fixture
    def opening(self, url: str) -> str:
        """How another process opens it."""
        return f"from shopprivacy.storage.sql import SqlStore; store = SqlStore({url!r})"
