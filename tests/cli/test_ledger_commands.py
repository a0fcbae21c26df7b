"""``shopprivacy ledger``: verify, head, checkpoint, export, audit, prune."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shopprivacy.cli.ledger import ledger
from shopprivacy.crypto import Keyset, Use
from shopprivacy.decision import Action
from shopprivacy.errors import KeysetError
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.ledger.checkpoint import public_key
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.samples import (
    sample_entry,
    sample_keyset,
    sample_ledger,
    sample_subject,
)

OLD = datetime(2010, 1, 1, tzinfo=UTC)
POLICY = """
effective    = 2026-01-01
jurisdiction = "NL"
languages    = ["nl"]
controller   = { name = "Winkel", address = "Dorpsstraat 1", email = "privacy@shop.example" }

[data]
contact = ["Customer.email"]

[purposes.newsletter]
basis = "consent"
data  = ["contact"]
keep  = "2 years after last_contact"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    """A folder with keys, policy, journal and a ledger of three rows, two of which have outlived their term."""
    LocalKeyFile(tmp_path / "keys.json").create(sample_keyset())
    (tmp_path / "privacy.toml").write_text(POLICY, encoding="utf-8")
    store = SqlStore(f"sqlite:///{tmp_path / 'shop.sqlite3'}")
    book = sample_ledger(store, journal=JournalFile(tmp_path / "journal"))
    living = sample_entry(subject=sample_subject("living"))
    book.append([sample_entry(at=OLD), sample_entry(Action.WITHDRAWN, at=OLD), living])
    yield tmp_path
    store.close()


def run(shop: Path, command: str, *arguments: str, env: dict[str, str] | None = None) -> Result:
    """Call a command; keys, store and journal come from the environment."""
    places = {
        "SHOPPRIVACY_KEYS": str(shop / "keys.json"),
        "SHOPPRIVACY_STORE": f"sqlite:///{shop / 'shop.sqlite3'}",
        "SHOPPRIVACY_JOURNAL": str(shop / "journal"),
    }
    return CliRunner().invoke(ledger, [command, *arguments], env={**places, **(env or {})})


def tamper(shop: Path, statement: str) -> None:
    """Change the database with another program."""
    connection = sqlite3.connect(shop / "shop.sqlite3")
    with connection:
        connection.execute(statement)
    connection.close()


def test_what_is_untouched_verifies(shop: Path) -> None:
    """Exit status 0, the number of rows, and the head to keep."""
    head = run(shop, "head").output.strip()
    result = run(shop, "verify", "--head", head)
    assert result.exit_code == 0
    assert result.output == f"3 rows, 0 of them pruned: none was changed\nhead {head}\n"


def test_an_edited_row_is_named(shop: Path) -> None:
    """Exit status 1 and the row."""
    tamper(shop, "UPDATE shopprivacy_ledger SET purpose = 'promotions' WHERE seq = 2")
    result = run(shop, "verify")
    assert result.exit_code == 1
    assert "row 2: was edited" in result.output


def test_a_truncated_ledger_is_found_by_its_pin(shop: Path) -> None:
    """Rows cut off together with the head show against the head that was kept."""
    pin = run(shop, "head").output.strip()
    tamper(shop, "DELETE FROM shopprivacy_ledger")
    zero = "0" * 64
    tamper(shop, f"UPDATE shopprivacy_ledger_head SET counted = 0, hash = '{zero}', rolling = '{zero}'")
    assert run(shop, "verify").exit_code == 0
    result = run(shop, "verify", "--head", pin)
    assert result.exit_code == 1
    assert "rows 1 to 3: missing: the pinned head counts 3" in result.output


def test_a_broken_ledger_does_not_flood_the_terminal(shop: Path) -> None:
    """Beyond fifty faults the rest is a number."""
    store = SqlStore(f"sqlite:///{shop / 'shop.sqlite3'}")
    book = sample_ledger(store)
    book.append(sample_entry(subject=sample_subject(str(number))) for number in range(60))
    store.close()
    tamper(shop, "UPDATE shopprivacy_ledger SET purpose = 'x'")
    output = run(shop, "verify").output
    assert "and 13 more" in output
    assert output.count("\n") == 52
    tamper(shop, "UPDATE shopprivacy_ledger SET purpose = 'newsletter' WHERE seq > 50")
    assert "more" not in run(shop, "verify").output


def test_an_export_can_be_audited_without_our_keys(shop: Path) -> None:
    """With the public key alone the export verifies; with an edit, another key or nonsense it does not."""
    made = json.loads(run(shop, "checkpoint").output)
    key = public_key(sample_keyset().derive(Use.CHECKPOINT)).hex()
    assert made["public_key"] == key
    export = shop / "export.jsonl"
    assert run(shop, "export", "--output", str(export)).exit_code == 0
    text = export.read_text(encoding="utf-8")
    assert len(text.splitlines()) == 4

    def audited(content: str, trusted: str = key) -> Result:
        export.write_text(content, encoding="utf-8")
        return run(shop, "audit", str(export), "--public-key", trusted, env={"SHOPPRIVACY_KEYS": ""})

    good = audited(text)
    assert good.exit_code == 0
    assert "3 rows, 0 of them pruned: none was changed" in good.output
    assert "signed up to row 3 by the checkpoint of " in good.output
    edited = audited(text.replace('"withdrawn"', '"refused"'))
    assert (edited.exit_code, "row 2: was edited" in edited.output) == (1, True)
    other = public_key(sample_keyset("other").derive(Use.CHECKPOINT)).hex()
    assert "no checkpoint in the export is signed by this key" in audited(text, other).output
    for nonsense in ("[]\n", "{}\n", '{"checkpoint": {}}\n', '{"checkpoint": 7}\n', "x\n"):
        assert "line 1 is neither a row nor a checkpoint" in audited(nonsense).output
    assert audited(text, "no key").exit_code == 2


def test_pruning(shop: Path) -> None:
    """--dry-run only tells; without it the rows go, once, and the ledger still verifies (S22)."""
    policy = ("--policy", str(shop / "privacy.toml"))
    assert run(shop, "prune", "--dry-run", *policy).output == "2 rows would be pruned after 7 years: 1 to 2\n"
    assert run(shop, "prune", *policy).output == "2 rows pruned after 7 years\n"
    assert run(shop, "prune", "--dry-run", *policy).output == "0 rows would be pruned after 7 years\n"
    assert "4 rows, 2 of them pruned" in run(shop, "verify").output
    assert list(JournalFile(shop / "journal").records()) == []
    assert run(shop, "prune", *policy, "--journal", str(shop / "nowhere")).exit_code == 0
    assert not (shop / "nowhere.sqlite3").exists()


def test_wrong_calls(shop: Path) -> None:
    """No such store, what is no URL, journal or head: status 2; an empty ledger is never made on the spot."""
    missing = f"sqlite:///{shop / 'missing.sqlite3'}"
    result = run(shop, "verify", "--store", missing)
    assert (result.exit_code, "there is no store at" in result.output) == (2, True)
    assert not (shop / "missing.sqlite3").exists()
    assert run(shop, "verify", "--store", "nonsense").exit_code == 2
    refused = run(shop, "prune", "--policy", str(shop / "privacy.toml"), "--journal", str(shop))
    assert refused.exit_code == 2
    assert f"SHOPPRIVACY_JOURNAL: {shop} is a folder" in " ".join(refused.output.split())
    assert run(shop, "verify", "--head", "7").exit_code == 2


@pytest.mark.parametrize("command", [["checkpoint"], ["prune", "--policy", "{policy}"]])
def test_another_keyset_writes_nothing(shop: Path, tmp_path: Path, command: list[str]) -> None:
    """What a shop refuses at its start, the command line refuses too: no row and no checkpoint under foreign keys."""
    foreign = tmp_path / "foreign.json"
    LocalKeyFile(foreign).create(Keyset.generate(os.urandom, datetime.now(UTC)))
    policy = Path(__file__).parents[2] / "examples" / "policies" / "demo.toml"
    filled = [word.format(policy=policy) for word in command]
    result = run(shop, *filled, env={"SHOPPRIVACY_KEYS": str(foreign)})
    assert isinstance(result.exception, KeysetError)
    assert "the ledger's last row was written with" in str(result.exception)
