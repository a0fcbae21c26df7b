"""A shop's configuration from files and the environment."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shopprivacy import KeysetError, Privacy
from shopprivacy.crypto import Keyset
from shopprivacy.errors import PolicyError
from shopprivacy.key_providers.local import LocalKeyFile
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
    with pytest.raises(KeysetError, match="SHOPPRIVACY_KEYS"):
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
