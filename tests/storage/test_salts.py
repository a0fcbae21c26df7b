"""Every store of salts passes the one contract suite; and how salts end in a file and in PostgreSQL."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.servers import new_database

from shopprivacy.analytics.store import SaltStore
from shopprivacy.errors import PrivacyError, StoreDown
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.salt_places import open_salts
from shopprivacy.storage.salts import TABLE, SaltFile
from shopprivacy.storage.sql import SqlStore
from shopprivacy.storage.sql.salts import SqlSalts
from shopprivacy.testing.salt_contract import MONDAY, SATURDAY, SUNDAY, SaltStoreContract, sample_salt


class TestMemory(SaltStoreContract):
    """In memory."""

    @pytest.fixture
    def store(self) -> SaltStore:
        """An empty store."""
        return MemoryStore().store_for(SaltStore)


class TestFile(SaltStoreContract):
    """In a file of its own."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> SaltFile:
        """An empty store."""
        return SaltFile(tmp_path / "salts.sqlite3")

    def test_it_is_made_with_the_first_salt(self, store: SaltFile) -> None:
        """Where no salt was ever kept, none ends and no file is made; then one that only its owner may use."""
        store.end_all_but([])
        assert not store.path.exists()
        store.keep(SUNDAY, sample_salt())
        assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
        assert repr(store) == f"SaltFile({str(store.path)!r})"

    @pytest.mark.parametrize("mode", ["DELETE", "WAL"])
    def test_no_file_holds_a_salt_that_has_ended(self, store: SaltFile, mode: str) -> None:
        """Neither the database nor what SQLite writes beside it, whatever a backup or a curious hand has made of it."""
        old = sample_salt(0xABCDEF01 << 200).reveal().hex().encode()
        store.keep(SATURDAY, sample_salt(0xABCDEF01 << 200))
        with closing(sqlite3.connect(store.path)) as connection:
            connection.execute(f"PRAGMA journal_mode = {mode}")
        store.keep(SUNDAY, sample_salt(2))
        assert any(old in file.read_bytes() for file in store.path.parent.iterdir())
        store.end_all_but([SUNDAY])
        files = [*store.path.parent.iterdir()]
        assert [file.name for file in files] == [store.path.name]
        assert not any(old in file.read_bytes() for file in files)

    def test_an_end_that_a_reader_holds_up_is_no_end(
        self, store: SaltFile, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While another process reads, it is StoreDown, so that it is tried again; the file is named, no salt is."""
        store.keep(SATURDAY, sample_salt(7 << 200))
        monkeypatch.setattr(store._file, "_patience", 0.01)
        monkeypatch.setattr("shopprivacy.storage.salts.PATIENCE", 0.01)
        with closing(sqlite3.connect(store.path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute(f"SELECT * FROM {TABLE}").fetchone()
            with pytest.raises(
                StoreDown, match=r"did not answer: .*salts\.sqlite3: another process has locked it"
            ):
                store.end_all_but([SUNDAY])
        store.end_all_but([SUNDAY])
        assert sample_salt(7 << 200).reveal().hex().encode() not in store.path.read_bytes()

    def test_what_is_no_store(self, store: SaltFile) -> None:
        """A file that is no database is StoreDown, and stays as it is."""
        store.path.write_bytes(b"nothing of the kind" * 100)
        for ask in (lambda: store.keep(SUNDAY, sample_salt()), lambda: store.end_all_but([])):
            with pytest.raises(StoreDown, match=r"did not answer: .*salts\.sqlite3"):
                ask()
        assert store.path.read_bytes() == b"nothing of the kind" * 100


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URL of a database that no other run has."""
    with new_database("postgres") as made:
        yield made


@pytest.mark.services
class TestPostgres(SaltStoreContract):
    """In PostgreSQL."""

    @pytest.fixture
    def store(self, postgres: str) -> Iterator[SqlSalts]:
        """An empty store."""
        engine = create_engine(postgres)
        with engine.begin() as connection:
            connection.execute(text(f"DROP TABLE IF EXISTS {TABLE}"))
        engine.dispose()
        made = open_salts(postgres)
        assert isinstance(made, SqlSalts)
        yield made
        made.close()

    def test_the_table_is_in_no_log_and_gets_a_new_file(self, store: SqlSalts, postgres: str) -> None:
        """It is UNLOGGED, and what ends leaves no dead row: the rows that last stand in a new file."""

        def seen() -> tuple[str, int]:
            query = (
                f"SELECT relpersistence, pg_relation_filenode(oid) FROM pg_class WHERE relname = '{TABLE}'"
            )
            engine = create_engine(postgres)
            with engine.connect() as connection:
                row = connection.execute(text(query)).one()
            engine.dispose()
            return str(row[0]), int(row[1])

        store.keep(SATURDAY, sample_salt(1))
        store.keep(SUNDAY, sample_salt(2))
        before = seen()
        store.end_all_but([SATURDAY, SUNDAY])
        assert seen() == before
        store.end_all_but([SUNDAY, MONDAY])
        after = seen()
        assert before[0] == after[0] == "u"
        assert before[1] != after[1]
        assert repr(store).startswith("SqlSalts('postgresql")

    def test_a_shop_on_postgres_keeps_them_there(self, postgres: str) -> None:
        """Beside the ledger, for all hosts."""
        ledger = SqlStore(postgres)
        assert isinstance(ledger.store_for(SaltStore), SqlSalts)
        ledger.close()


def test_places(tmp_path: Path) -> None:
    """A path and an SQLite URL are a file; another database, where no end can be shown, is refused by name."""
    for place in (tmp_path / "a.sqlite3", f"sqlite:///{tmp_path}/a.sqlite3?timeout=1"):
        opened = open_salts(place)
        assert isinstance(opened, SaltFile)
        assert opened.path == tmp_path / "a.sqlite3"
    with pytest.raises(
        ValueError, match="SHOPPRIVACY_SALTS: name a file for the salts of visitors, or postgresql"
    ):
        open_salts("mysql+pymysql://shop:geheim@db/shop")
    with pytest.raises(ValueError, match="SHOPPRIVACY_SALTS: the port in the URL"):
        open_salts("postgresql+psycopg://shop:p@ss:geheim@db/shop")
    store = SqlStore(f"sqlite:///{tmp_path / 'shop.sqlite3'}")
    with pytest.raises(PrivacyError, match="salts of visitors cannot be stored in sqlite"):
        store.store_for(SaltStore)
    store.close()
