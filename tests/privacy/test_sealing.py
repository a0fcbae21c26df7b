"""``privacy.sealing`` in a shop put together from its files: starts, restored copies, forks."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shopprivacy import KeysetError, KeyUnavailable, Privacy
from shopprivacy.crypto import Keyset
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.sealing import Erased
from shopprivacy.storage.sql import SqlStore
from tests import forked

AN, BO = ("customer", 7), ("customer", 8)
NAME, ADDRESS = "customer.name", "invoice.address"
FILES = ("SHOPPRIVACY_KEYS", "SHOPPRIVACY_STORE", "SHOPPRIVACY_JOURNAL", "SHOPPRIVACY_SUBJECT_KEYS")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with policy and keyset, and nothing in the environment but the keyset's place."""
    for name in FILES:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "keys").mkdir()
    (tmp_path / "data").mkdir()
    policy = Path(__file__).parents[2] / "examples" / "policies" / "demo.toml"
    (tmp_path / "data" / "privacy.toml").write_bytes(policy.read_bytes())
    keys = tmp_path / "keys" / "shop-keys.json"
    LocalKeyFile(keys).create(Keyset.generate(os.urandom, datetime.now(UTC)))
    monkeypatch.setenv("SHOPPRIVACY_KEYS", str(keys))
    return tmp_path


@contextmanager
def started(folder: Path, **places: object) -> Iterator[Privacy]:
    """A start of the shop."""
    privacy = Privacy.from_file(folder / "data" / "privacy.toml", **places)  # type: ignore[arg-type]
    try:
        yield privacy
    finally:
        privacy.close()
        assert isinstance(privacy.ledger.store, SqlStore)
        privacy.ledger.store.close()


def seal(privacy: Privacy, field: str = NAME, subject: tuple[str, int] = AN, group: str = "profile") -> bytes:
    """A value of somebody's."""
    sealed = privacy.sealing.seal("Anna", field, subject=subject, group=group)
    assert sealed is not None
    return sealed


def test_the_drill(folder: Path) -> None:
    """D41: older keys with today's journal, and older data with today's keys, open nothing of who was erased."""
    keys, data = folder / "keys" / "shop-subject-keys.sqlite3", folder / "data" / "privacy.sqlite3"
    with started(folder) as shop:
        assert not keys.exists()
        mine, books, theirs = seal(shop), seal(shop, ADDRESS, group="books"), seal(shop, subject=BO)
    shutil.copy(keys, folder / "older-keys")
    shutil.copy(data, folder / "older-data")
    with started(folder) as shop:
        assert shop.sealing.erase_keys(*AN, "profile") == 1

    def opens_nothing_erased() -> None:
        with started(folder) as shop:
            sealing = shop.sealing
            assert sealing.open(mine, NAME, subject=AN) is Erased
            assert sealing.open(books, ADDRESS, subject=AN, group="books") == "Anna"
            assert sealing.open(theirs, NAME, subject=BO) == "Anna"

    opens_nothing_erased()
    shutil.copy(folder / "older-keys", keys)
    opens_nothing_erased()
    shutil.copy(folder / "older-data", data)
    opens_nothing_erased()


def test_a_store_that_is_gone_stops_the_start(folder: Path) -> None:
    """As in a container without a volume: by name, and nothing is made in its place."""
    keys = folder / "keys" / "shop-subject-keys.sqlite3"
    with started(folder) as shop:
        seal(shop)
    keys.rename(folder / "kept")
    with pytest.raises(KeysetError, match=r"SHOPPRIVACY_SUBJECT_KEYS"), started(folder):
        pass
    assert not keys.exists()
    with started(folder, subject_keys=folder / "kept") as shop:
        seal(shop)


def test_keys_in_no_file_have_no_keys_beside_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the keyset in a variable, the store of subject keys has to be named."""
    text = (folder / "keys" / "shop-keys.json").read_text()
    monkeypatch.setenv("KEYSET", text)
    with (
        started(folder, keys="env:KEYSET") as shop,
        pytest.raises(KeyUnavailable, match="SHOPPRIVACY_SUBJECT_KEYS"),
    ):
        seal(shop)
    monkeypatch.setenv("SHOPPRIVACY_SUBJECT_KEYS", str(folder / "elsewhere.sqlite3"))
    with started(folder, keys="env:KEYSET") as shop:
        assert shop.sealing.open(seal(shop), NAME, subject=AN) == "Anna"
    assert (folder / "elsewhere.sqlite3").exists()


FORKED = """
import os, sys
from pathlib import Path
from shopprivacy import Privacy
privacy = Privacy.from_file(sys.argv[1])
def head():
    return privacy.sealing.seal("x", "shop.note", key="field")[:49].hex()
before = head()
reading, writing = os.pipe()
if os.fork() == 0:
    os.write(writing, head().encode())
    os._exit(0)
os.wait()
print(head() == before, os.read(reading, 98).decode() == before)
"""


def test_a_forked_process_seals_with_a_key_of_its_own(folder: Path) -> None:
    """A server that forks its workers after loading the shop: each counts what it seals under its own key."""
    program = ["-c", FORKED, str(folder / "data" / "privacy.toml")]
    assert forked.run(program, cwd=folder).stdout == "True False\n"


def test_the_data_knows_its_store(folder: Path) -> None:
    """The data's database has the id of the store, and nothing else of it."""
    with started(folder) as shop:
        seal(shop)
    with closing(sqlite3.connect(folder / "data" / "privacy.sqlite3")) as data:
        noted = data.execute("SELECT store FROM shopprivacy_sealing").fetchall()
    with closing(sqlite3.connect(folder / "keys" / "shop-subject-keys.sqlite3")) as keys:
        assert noted == keys.execute("SELECT store FROM shopprivacy_subject_keys").fetchall()
