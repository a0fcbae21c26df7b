"""A shop's configuration from files and the environment."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shopprivacy import KeysetError, Privacy, StoreDown
from shopprivacy.analytics.store import SaltStore
from shopprivacy.crypto import Keyset
from shopprivacy.errors import PolicyError
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.privacy.configuration import configure, open_journal
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.sql import SqlStore


def _withdraw(policy: Path) -> None:
    """Open the shop's privacy from its files, withdraw something and close it."""
    privacy = Privacy.from_file(policy)
    privacy.withdraw(7, "newsletter")
    privacy.close()
    assert isinstance(privacy.ledger.store, SqlStore)
    privacy.ledger.store.close()


def test_from_file_takes_keys_and_store_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The policy from its file, the rest from SHOPPRIVACY_*; what is left out stands beside the policy."""
    shop = tmp_path / "shop"
    shop.mkdir()
    policy = Path(__file__).parents[2] / "examples" / "policies" / "demo.toml"
    (shop / "privacy.toml").write_bytes(policy.read_bytes())
    monkeypatch.delenv("SHOPPRIVACY_KEYS", raising=False)
    with pytest.raises(KeysetError, match="no keyset: set SHOPPRIVACY_KEYS"):
        Privacy.from_file(shop / "privacy.toml")
    monkeypatch.setenv("SHOPPRIVACY_KEYS", "")
    with pytest.raises(KeysetError, match="no keyset: set SHOPPRIVACY_KEYS"):
        Privacy.from_file(shop / "privacy.toml")
    LocalKeyFile(tmp_path / "keys.json").create(Keyset.generate(os.urandom, datetime.now(UTC)))
    monkeypatch.setenv("SHOPPRIVACY_KEYS", str(tmp_path / "keys.json"))
    _withdraw(shop / "privacy.toml")
    assert {path.name for path in shop.iterdir()} >= {"privacy.sqlite3", "privacy-journal.sqlite3"}
    monkeypatch.setenv("SHOPPRIVACY_STORE", f"sqlite:///{tmp_path / 'other.sqlite3'}")
    monkeypatch.setenv("SHOPPRIVACY_JOURNAL", str(tmp_path / "other-journal.sqlite3"))
    _withdraw(shop / "privacy.toml")
    assert (tmp_path / "other.sqlite3").exists()
    assert (tmp_path / "other-journal.sqlite3").exists()
    with pytest.raises(PolicyError, match="nowhere"):
        Privacy.from_file(tmp_path / "nowhere.toml", store=MemoryStore())


def test_where_salts_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they are named, else in a store that can end them, else in a file beside the policy; ``none``: nowhere."""
    policy = Path(__file__).parents[2] / "examples" / "policies" / "demo.toml"
    LocalKeyFile(tmp_path / "keys.json").create(Keyset.generate(os.urandom, datetime.now(UTC)))

    def found(store: str | MemoryStore, salts: str | None = None) -> object:
        configured = configure(policy, str(tmp_path / "keys.json"), store, "none", salts=salts)
        configured.close()
        return configured.salts

    memory, sqlite = MemoryStore(), f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    assert found(memory) is memory.store_for(SaltStore)
    assert repr(found(sqlite)) == f"SaltFile('{policy.parent / 'privacy-salts.sqlite3'}')"
    monkeypatch.setenv("SHOPPRIVACY_SALTS", "None")
    assert found(sqlite) is None
    assert repr(found(sqlite, str(tmp_path / "salts"))) == f"SaltFile('{tmp_path / 'salts'}')"
    own = memory.store_for(SaltStore)
    assert configure(policy, str(tmp_path / "keys.json"), memory, "none", salts=own).salts is own
    assert not (policy.parent / "privacy-salts.sqlite3").exists()


def test_the_journal_is_a_file_a_database_or_none(tmp_path: Path) -> None:
    """A URL is a second database's, but SQLite's is a file; ``none`` is no journal, and never a file of that name."""
    for place in (
        tmp_path / "one",
        str(tmp_path / "two.sqlite3"),
        f"sqlite:///{tmp_path}/three.sqlite3",
        f"sqlite+pysqlite:///{tmp_path}/four",
    ):
        opened = open_journal(place)
        assert isinstance(opened, JournalFile)
        opened.append([])
        opened.close()
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{name}.sqlite3" for name in ("one", "two", "three", "four")
    }
    assert open_journal("none") is open_journal("NONE") is open_journal(" none ") is None
    with pytest.raises(ValueError, match=r"SHOPPRIVACY_JOURNAL: .*: give sqlite:///x\.sqlite3$"):
        open_journal("sqlite:///x.sqlite3?mode=ro")
    with pytest.raises(ValueError, match="SHOPPRIVACY_JOURNAL: "):
        open_journal("nonsense://")


@pytest.mark.parametrize(
    "place", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite+pysqlite://", "sqlite://host/file"]
)
def test_a_journal_in_memory_is_refused(place: str) -> None:
    """What it would keep ends with the process, and would be acknowledged all the same."""
    with pytest.raises(ValueError, match=r"SHOPPRIVACY_JOURNAL: names no file: .*give a path"):
        open_journal(place)


def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    """The file beside it, of the same name, may be on a disk that goes with its container."""
    for place in (tmp_path, f"{tmp_path}/", f"sqlite:///{tmp_path}", "/"):
        with pytest.raises(ValueError, match=r"SHOPPRIVACY_JOURNAL: .* is a folder: name a file in it"):
            open_journal(place)


@pytest.mark.services
def test_a_journal_that_does_not_answer_is_named() -> None:
    """A shop must not start without the journal that it names."""
    with pytest.raises(StoreDown, match="SHOPPRIVACY_JOURNAL: the store did not answer"):
        open_journal("postgresql://127.0.0.1:1/none")


def test_without_a_journal_none_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SHOPPRIVACY_JOURNAL=none: the shop starts, and writes no such file."""
    policy = Path(__file__).parents[2] / "examples" / "policies" / "demo.toml"
    (tmp_path / "privacy.toml").write_bytes(policy.read_bytes())
    LocalKeyFile(tmp_path / "keys.json").create(Keyset.generate(os.urandom, datetime.now(UTC)))
    monkeypatch.setenv("SHOPPRIVACY_JOURNAL", "none")
    monkeypatch.chdir(tmp_path)
    privacy = Privacy.from_file("privacy.toml", keys="keys.json", store=MemoryStore())
    privacy.withdraw(7, "newsletter")
    privacy.close()
    assert {path.name for path in tmp_path.iterdir()} == {"privacy.toml", "keys.json"}
