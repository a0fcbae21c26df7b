"""``shopprivacy subjects``: backup, restore, repair."""

from __future__ import annotations

import secrets
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from click.testing import CliRunner, Result

from shopprivacy.cli.places import OpenedStore
from shopprivacy.cli.program import main
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.sealing import Erased
from shopprivacy.sealing.service import Sealing
from shopprivacy.sealing.store import SubjectKeyNote
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.sql import SqlStore
from shopprivacy.storage.subject_keys import SubjectKeyFile
from shopprivacy.testing.samples import sample_keyset
from tests.sealing.shop import AN, BO, NAME, Keys

SIGNED_UP = datetime.now(UTC) - timedelta(days=1)


class Shop:
    """A shop in a folder, whose places the environment names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = folder / "keys.json"
        self.subject_keys = folder / "subject-keys.sqlite3"
        self.url = f"sqlite:///{folder / 'shop.sqlite3'}"
        self.journal = folder / "journal.sqlite3"
        LocalKeyFile(self.keys).create(sample_keyset())
        self.store = SqlStore(self.url)
        with closing(sqlite3.connect(folder / "shop.sqlite3")) as connection, connection:
            connection.execute('CREATE TABLE "order" (id INTEGER PRIMARY KEY, name BLOB)')

    def sealing(self) -> Sealing:
        """Another start of the shop."""
        note, journal = self.store.store_for(SubjectKeyNote), JournalFile(self.journal)
        sealing = Sealing(
            sample_keyset(), "NL", SubjectKeyFile(self.subject_keys), note, journal,
            random=secrets.token_bytes, now=lambda: SIGNED_UP, seconds=monotonic,
        )  # fmt: skip
        for kind in sealing.journal_kinds:
            kind.replay([kept.record.body for kept in journal.records(kind=kind.name)])
        journal.close()
        return sealing

    def write(self, name: bytes) -> None:
        """A row of the shop's own."""
        with closing(sqlite3.connect(self.folder / "shop.sqlite3")) as connection, connection:
            connection.execute('INSERT INTO "order" (name) VALUES (?)', (name,))

    def run(self, *arguments: str, env: dict[str, str] | None = None, obj: object = None) -> Result:
        """Call ``shopprivacy subjects``."""
        places = {
            "SHOPPRIVACY_KEYS": str(self.keys),
            "SHOPPRIVACY_STORE": self.url,
            "SHOPPRIVACY_JOURNAL": str(self.journal),
        }
        return CliRunner().invoke(main, ["subjects", *arguments], env={**places, **(env or {})}, obj=obj)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop without a customer."""
    shop = Shop(tmp_path)
    yield shop
    shop.store.close()


def seal(sealing: Sealing, subject: object = AN, field: str = NAME) -> bytes:
    """What a column holds."""
    sealed = sealing.seal("Anna", field, subject=subject)  # type: ignore[arg-type]
    assert sealed is not None
    return sealed


def test_the_drill(shop: Shop) -> None:
    """D41: backup, an erasure, the store lost, restore: who was erased stays erased, and everybody else is readable."""
    sealing, backup = shop.sealing(), shop.folder / "backup.jsonl"
    mine, theirs = seal(sealing), seal(sealing, BO)
    told = shop.run("backup", str(backup))
    assert (told.exit_code, told.output) == (0, f"2 keys in {backup}\n")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    sealing.erase_keys(*AN)
    shop.subject_keys.unlink()
    restored = shop.run("restore", str(backup))
    assert (restored.exit_code, restored.output.partition(" ")[0]) == (0, "2")
    assert SubjectKeyFile(shop.subject_keys).find([mine[1:17]])[0].wrapped is None
    started = shop.sealing()
    assert started.open(mine, NAME, subject=AN) is Erased
    assert started.open(theirs, NAME, subject=BO) == "Anna"


def test_without_its_journal_nothing_is_restored(shop: Shop) -> None:
    """It would bring erased customers back: the call is refused, and says what to name."""
    seal(shop.sealing())
    backup = shop.folder / "backup.jsonl"
    shop.run("backup", str(backup))
    shop.subject_keys.unlink()
    for file in [*shop.folder.glob("journal*")]:
        file.unlink()
    refused = shop.run("restore", str(backup))
    assert refused.exit_code == 2
    assert "SHOPPRIVACY_JOURNAL" in refused.output
    assert not shop.subject_keys.exists()


def test_a_shop_without_a_journal_restores(shop: Shop) -> None:
    """Who says so has nothing to name."""
    stored = seal(shop.sealing())
    backup = shop.folder / "backup.jsonl"
    shop.run("backup", str(backup))
    shop.subject_keys.unlink()
    assert shop.run("restore", str(backup), "--journal", "none").exit_code == 0
    assert shop.sealing().open(stored, NAME, subject=AN) == "Anna"


def test_nothing_is_restored_without_the_data(shop: Shop) -> None:
    """Where the ledger's store is not there the call is refused before a key comes back."""
    seal(shop.sealing())
    backup = shop.folder / "backup.jsonl"
    shop.run("backup", str(backup))
    shop.subject_keys.unlink()
    JournalFile(shop.journal).append([])
    refused = shop.run("restore", str(backup), "--store", f"sqlite:///{shop.folder}/forgotten.sqlite3")
    assert refused.exit_code == 2
    assert not shop.subject_keys.exists()


def test_a_backup_is_never_overwritten(shop: Shop) -> None:
    """Nor is half a one left where it fails."""
    backup = shop.folder / "backup.jsonl"
    nothing = shop.run("backup", str(backup))
    assert nothing.exit_code == 1
    assert not backup.exists()
    seal(shop.sealing())
    backup.write_text("there")
    assert shop.run("backup", str(backup)).exit_code == 1
    assert backup.read_text() == "there"


def test_a_backup_of_another_store(shop: Shop) -> None:
    """Where the data was sealed with another one it is refused before anything is made: the right one still fits."""
    seal(shop.sealing())
    backup, other = shop.folder / "backup.jsonl", shop.folder / "other.jsonl"
    shop.run("backup", str(backup))
    shop.subject_keys.unlink()
    lines = backup.read_text().splitlines(keepends=True)
    other.write_text("".join([lines[0].replace('"store": "', '"store": "00'), *lines[1:]]))
    refused = shop.run("restore", str(other))
    assert (refused.exit_code, "the data was sealed with" in refused.output) == (1, True)
    assert not shop.subject_keys.exists()
    assert shop.run("restore", str(backup)).exit_code == 0


@pytest.mark.parametrize("content", [b"canary\n", b"canary\xff\n", b"SQLite format 3\0\xd0", b"[" * 100_000])
def test_what_is_no_backup(shop: Shop, content: bytes) -> None:
    """It is refused in one message, be it text or another file, and nothing is made."""
    JournalFile(shop.journal).append([])
    (shop.folder / "backup.jsonl").write_bytes(content)
    refused = shop.run("restore", str(shop.folder / "backup.jsonl"))
    assert (refused.exit_code, "canary" in refused.output) == (1, False)
    assert refused.output.startswith("Error: ")
    assert not shop.subject_keys.exists()


@pytest.mark.parametrize("data", [(), ("--data",)])
def test_repair(shop: Shop, data: tuple[str, ...]) -> None:
    """What a killed sign-up left is bound to its row; a key without a row stays until it is dropped."""
    sealing = shop.sealing()
    stored = seal(sealing, sealing.new_subject("order"), "order.name")
    seal(sealing, sealing.new_subject("order"))
    shop.write(stored)
    shop.write(b"clear")
    where = (*data, *([shop.url] if data else []))
    found = shop.run("repair", "--column", "order.name=order:id", *where)
    assert found.exit_code == 1
    assert "1 key bound" in found.output
    assert shop.sealing().open(stored, "order.name", subject=("order", 1)) == "Anna"
    dropped = shop.run("repair", "--column", "order.name=order:id", "--drop", *where)
    assert (dropped.exit_code, dropped.output) == (0, "0 keys bound, 1 taken away\n")
    assert not SubjectKeyFile(shop.subject_keys).unbound()


def test_a_column_that_cannot_be_read(shop: Shop) -> None:
    """It is named, and what names the shop's database; a file that is not there is not made."""
    shop.sealing()
    refused = shop.run("repair", "--column", "order.nmae=order:id")
    assert refused.exit_code == 1
    assert "nmae and id of the table order cannot be read" in refused.output
    assert "--data" in refused.output
    missing = shop.folder / "shpo.sqlite3"
    refused = shop.run("repair", "--column", "order.name=order:id", "--data", f"sqlite:///{missing}")
    assert (refused.exit_code, f"no database {missing}" in refused.output.replace("\n", "")) == (2, True)
    assert not missing.exists()


def test_a_column_that_is_none(shop: Shop) -> None:
    """A wrong call says what one looks like."""
    refused = shop.run("repair", "--column", "name")
    assert refused.exit_code == 2
    assert "table.column=kind:owner_column" in refused.output


def test_a_url_with_a_password_that_breaks_it(shop: Shop) -> None:
    """The option or variable is named, not a part of the password, and there is no traceback."""
    url = "postgresql+psycopg://shop:p@ss:geheim@127.0.0.1/shop"
    for named, arguments in (
        ("SHOPPRIVACY_SUBJECT_KEYS: ", ("backup", str(shop.folder / "a"), "--subject-keys", url)),
        ("--data: ", ("repair", "--data", url)),
    ):
        refused = shop.run(*arguments)
        assert refused.exit_code == 2
        assert f"{named}the port in the URL of the database is no number" in refused.output
        assert "geheim" not in refused.output


def test_where_the_store_is(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the option says, else the program's own, else beside the keyset; a keyset in no file has nothing beside it."""
    seal(shop.sealing())
    other = Keys()
    given = OpenedStore(MemoryStore(), other)
    assert "no store of subject keys" in shop.run("backup", str(shop.folder / "a"), obj=given).output
    named = ("--subject-keys", str(shop.subject_keys))
    assert shop.run("backup", str(shop.folder / "b"), *named, obj=given).exit_code == 0
    assert shop.run("backup", str(shop.folder / "c"), obj=OpenedStore(MemoryStore())).exit_code == 0
    monkeypatch.setenv("KEYSET", sample_keyset().to_json().decode())
    refused = shop.run("backup", str(shop.folder / "d"), env={"SHOPPRIVACY_KEYS": "env:KEYSET"})
    assert refused.exit_code == 2
    assert "SHOPPRIVACY_SUBJECT_KEYS" in refused.output
