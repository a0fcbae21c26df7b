"""A domain's store moves into a back end with a file of its own, and is found there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from shopprivacy.errors import PrivacyError
from shopprivacy.ledger.store import LedgerStore
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.memory import stores as memory_stores
from shopprivacy.storage.registry import Registry, store_for
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.samples import sample_entry, sample_ledger


class PingStore(Protocol):
    """What a made-up domain needs."""

    def ping(self) -> str: ...


class Pings:
    """A store of it, which says where it was opened."""

    def __init__(self, place: object) -> None:
        self.place = place

    def ping(self) -> str:
        return f"pong from {self.place}"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a back end's package, with the file of one domain, which nothing imports."""
    folder = tmp_path / "made_up_backend"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "ping.py").write_text(
        "from made_up_backend.shared import STORES\n"
        f"from {__name__} import PingStore, Pings\n"
        "STORES.register(PingStore, Pings)\n"
    )
    (folder / "shared.py").write_text(
        "from shopprivacy.storage.registry import Registry\nSTORES = Registry('made_up_backend')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield folder.name
    for name in [name for name in sys.modules if name.partition(".")[0] == folder.name]:
        del sys.modules[name]


def test_a_file_is_found_because_it_is_there(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody names it: the first question for the domain imports it."""
    monkeypatch.setitem(sys.modules, __name__, sys.modules[PingStore.__module__])
    shared = __import__(f"{package}.shared", fromlist=["STORES"])
    assert f"{package}.ping" not in sys.modules
    found = shared.STORES.open(PingStore, "here")
    assert found.ping() == "pong from here"


def test_what_a_back_end_does_not_keep_is_an_error_by_name() -> None:
    """A domain without a file there."""
    with pytest.raises(PrivacyError, match=r"shopprivacy\.storage\.sql has no store for .*PingStore"):
        Registry[str]("shopprivacy.storage.sql").open(PingStore, "here")


def test_memory_gives_the_same_store_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one service writes the other reads; each MemoryStore has its own."""
    monkeypatch.setitem(memory_stores.STORES._stores, PingStore, Pings)
    store = MemoryStore()
    assert store_for(store, PingStore) is store_for(store, PingStore)
    assert store_for(store, PingStore) is not store_for(MemoryStore(), PingStore)
    assert store_for(store, LedgerStore) is store


def test_a_sql_store_keeps_all_domains_in_one_database(tmp_path: Path) -> None:
    """What is opened beside the ledger's store sees what that one has written."""
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    sample_ledger(store).append([sample_entry()])
    assert store_for(store, LedgerStore).head() == store.head()
    store.close()


def test_a_shops_own_store_says_what_it_lacks() -> None:
    """One that keeps the ledger alone is asked for the method by its name."""

    class Own:
        pass

    with pytest.raises(PrivacyError, match=r"Own keeps no .*PingStore: give it a method store_for"):
        store_for(Own(), PingStore)


def test_two_stores_for_one_protocol_are_an_error() -> None:
    """The second would take the first one's place in silence."""
    registry: Registry[str] = Registry("shopprivacy.storage.sql")
    registry.register(PingStore, Pings)
    with pytest.raises(ValueError, match="two stores"):
        registry.register(PingStore, Pings)
