"""Every store of subject keys passes the one contract suite; and what is the file's alone."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests import forked
from tests.sealing.shop import told_by

from shopprivacy.errors import KeyUnavailable, StoreDown
from shopprivacy.sealing.service import Sealing
from shopprivacy.sealing.store import SubjectKeyNote, SubjectKeyStore
from shopprivacy.storage.forks import forks
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.sql import SqlStore
from shopprivacy.storage.sql.subject_keys import SqlSubjectKeys
from shopprivacy.storage.subject_key_places import beside_keyset, open_subject_keys, stands_beside
from shopprivacy.storage.subject_keys import KEYS, SubjectKeyFile
from shopprivacy.testing.samples import NOON, sample_keyset, sample_random
from shopprivacy.testing.subject_key_contract import (
    STATE,
    SubjectKeyNoteContract,
    SubjectKeyStoreContract,
    sample_key,
)


class TestMemory(SubjectKeyStoreContract):
    """In memory."""

    @pytest.fixture
    def store(self) -> SubjectKeyStore:
        """An empty store."""
        return MemoryStore().store_for(SubjectKeyStore)


class TestFile(SubjectKeyStoreContract):
    """In a file of its own."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> SubjectKeyFile:
        """An empty store."""
        return SubjectKeyFile(tmp_path / "subject-keys.sqlite3")

    def test_it_is_made_with_the_first_key(self, store: SubjectKeyFile) -> None:
        """Asking makes no file; beginning makes one that only its owner may use."""
        store.state()
        assert not store.path.exists()
        store.begin(STATE)
        assert stat.S_IMODE(store.path.stat().st_mode) == 0o600

    def test_no_copy_of_an_erased_key_stays(self, store: SubjectKeyFile) -> None:
        """Erased or dropped, a key stands in no file of the store any more."""
        store.begin(STATE)
        rows = [sample_key(number, "" if number % 2 else None) for number in range(1, 60)]
        store.add(rows)
        store.erase([row.handle for row in rows if row.owner], NOON, "02" * 16)
        store.drop([row.handle for row in rows])
        files = [path.read_bytes() for path in store.path.parent.iterdir()]
        assert len(files) == 1
        assert [row for row in rows if (row.wrapped or b"").hex().encode() in files[0]] == []
        with closing(sqlite3.connect(store.path)) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)

    def test_a_store_that_is_gone_is_not_made_anew(self, store: SubjectKeyFile) -> None:
        """Where the file has vanished, adding a key is StoreDown: an empty store would hide that all keys are lost."""
        store.begin(STATE)
        store.path.unlink()
        with pytest.raises(StoreDown, match=r"did not answer: the file \S+subject-keys\.sqlite3: "):
            store.add([sample_key()])
        assert not store.path.exists()

    def test_what_is_no_store(self, store: SubjectKeyFile) -> None:
        """A file that is no database, and a folder that cannot be written, are StoreDown."""
        store.path.write_bytes(b"nothing of the kind" * 100)
        with pytest.raises(StoreDown):
            store.state()
        with pytest.raises(StoreDown, match="the file cannot be opened"):
            SubjectKeyFile(store.path.parent / "none" / "x.sqlite3").begin(STATE)

    def test_a_folder_that_may_not_be_entered(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is StoreDown, as a store is of which nobody can say whether it is there; none is made."""

        def denied(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        closed = SubjectKeyFile(tmp_path / "closed" / "keys.sqlite3")
        assert closed.state() is None
        too_long = SubjectKeyFile(tmp_path / ("x" * 300))
        with pytest.raises(StoreDown, match="did not answer"):
            too_long.state()
        monkeypatch.setattr(Path, "stat", denied)
        with pytest.raises(StoreDown, match=r"keys\.sqlite3: it may be read only"):
            closed.state()

    def test_a_binding_that_fails(self, store: SubjectKeyFile) -> None:
        """No frame of ours holds the wrapped key, which the statement had among its values."""
        clocks: Any = {"random": sample_random(), "now": lambda: NOON, "seconds": lambda: 0.0}
        note = MemoryStore().store_for(SubjectKeyNote)
        sealing = Sealing(sample_keyset(), "NL", store, note, None, **clocks)
        new = sealing.new_subject("customer")
        sealing.seal("Anna", "customer.name", subject=new)
        with closing(sqlite3.connect(store.path)) as connection:
            connection.execute(
                f"CREATE TRIGGER no BEFORE UPDATE ON {KEYS} BEGIN SELECT raise(abort, ''); END"
            )
        with pytest.raises(KeyUnavailable) as raised:
            new.bind(7)
        assert not re.search("[0-9a-f]{100}", told_by(raised.value))

    def test_a_held_lock_is_not_waited_for(
        self, store: SubjectKeyFile, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While another process writes and does not end, the wait has a bound."""
        monkeypatch.setattr("shopprivacy.storage.subject_keys.PATIENCE", 0.05)
        store.begin(STATE)
        with closing(sqlite3.connect(store.path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreDown):
                store.add([sample_key()])


FORKED = """
import os, sys, threading
from shopprivacy.storage.subject_keys import SubjectKeyFile
from shopprivacy.testing.subject_key_contract import STATE, sample_key
store = SubjectKeyFile(sys.argv[1])
store.begin(STATE)
inside, forking = threading.Event(), threading.Event()
def hold():
    with store._writing() as cursor:
        cursor.execute("UPDATE shopprivacy_subject_keys SET id = id")
        inside.set()
        forking.wait(20)
        for _ in range(1000):  # it goes on for a while
            cursor.execute("UPDATE shopprivacy_subject_keys SET id = id")
thread = threading.Thread(target=hold)
thread.start()
inside.wait(20)
os.register_at_fork(before=forking.set)  # before what the store waits with
if (child := os.fork()) == 0:
    thread.join(20)
    store.add([sample_key(1)])
    os._exit(len(list(store.rows())))
thread.join(20)
store.add([sample_key(2)])
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) in (1, 2), len(list(store.rows())))
"""


def test_a_fork_while_another_thread_writes(tmp_path: Path) -> None:
    """The file is not locked for the child for ever: it writes and reads as its parent does."""
    assert forked.run(["-c", FORKED, str(tmp_path / "keys.sqlite3")], cwd=tmp_path).stdout == "True 2\n"


def test_a_fork_within_a_transaction(tmp_path: Path) -> None:
    """A thread does not wait for itself."""
    store = SubjectKeyFile(tmp_path / "keys.sqlite3")
    store.begin(STATE)
    with store._reading():
        forks.before()
        forks.in_child()
        forks.before()
        forks.in_parent()
    assert not forks._under_way


class TestSql(SubjectKeyStoreContract):
    """In SQLite, PostgreSQL and MariaDB, by SQLAlchemy."""

    @pytest.fixture
    def store(self, url: str) -> Iterator[SqlSubjectKeys]:
        """An empty store."""
        store = SqlSubjectKeys.at(url)
        yield store
        store.close()

    @pytest.mark.services
    def test_passwords_are_not_shown(self) -> None:
        """The repr has the place and not the password."""
        shown = repr(SqlSubjectKeys.at("postgresql+psycopg://shop:canary@127.0.0.1:1/keys"))
        assert "127.0.0.1" in shown
        assert "canary" not in shown


class TestMemoryNote(SubjectKeyNoteContract):
    """Beside the data in memory."""

    @pytest.fixture
    def note(self) -> SubjectKeyNote:
        """An empty one."""
        return MemoryStore().store_for(SubjectKeyNote)


class TestSqlNote(SubjectKeyNoteContract):
    """Beside the data in SQLite, PostgreSQL and MariaDB, by SQLAlchemy."""

    @pytest.fixture
    def note(self, url: str) -> Iterator[SubjectKeyNote]:
        """An empty one."""
        opened = SqlStore(url)
        yield opened.store_for(SubjectKeyNote)
        opened.close()


@pytest.mark.parametrize("place", ["keys.sqlite3", Path("keys.sqlite3"), "sqlite:///keys.sqlite3"])
def test_files(place: str | os.PathLike[str]) -> None:
    """A path and an SQLite URL are the file's store, whose journal keeps no copies."""
    assert repr(open_subject_keys(place)) == "SubjectKeyFile('keys.sqlite3')"


def test_urls_and_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other URLs are SQLAlchemy's; a store is itself."""
    store = MemoryStore().store_for(SubjectKeyStore)
    url = "postgresql+psycopg://127.0.0.1:1/keys"
    monkeypatch.setattr(SqlSubjectKeys, "at", lambda given: store if given == url else None)
    assert open_subject_keys(url) is store
    assert open_subject_keys(store) is store


@pytest.mark.parametrize(
    ("place", "data", "beside"),
    [
        ("/srv/shop/keys.sqlite3", "sqlite:////srv/shop/shop.sqlite3", True),
        (Path("keys.sqlite3"), "sqlite:///shop.sqlite3?timeout=1", True),
        ("/srv/keys/keys.sqlite3", "sqlite:////srv/shop/shop.sqlite3", False),
        ("postgresql+psycopg://keys:a@db/shop", "postgresql://shop:b@db/shop", True),
        ("postgresql+psycopg://keys:a@db/keys", "postgresql://shop:b@db/shop", False),
        ("keys.sqlite3", "postgresql://shop:b@db/shop", False),
    ],
)
def test_beside_the_data(place: str | os.PathLike[str], data: str, beside: bool) -> None:
    """One folder, or one database of a server, however it is signed in to, is one place; all else are two."""
    assert stands_beside(place, data) is beside


@pytest.mark.parametrize(
    ("keyset", "keys"),
    [
        ("shop-keys.json", "shop-subject-keys.sqlite3"),
        ("keys.json", "subject-keys.sqlite3"),
        ("a.b.json", "a.b-subject-keys.sqlite3"),
    ],
)
def test_beside_the_keyset(keyset: str, keys: str) -> None:
    """Unless a place is named, the keys of persons lie beside the keyset."""
    assert beside_keyset(Path("/etc") / keyset) == Path("/etc") / keys
