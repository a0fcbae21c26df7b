"""``shopprivacy suppress``, ``consent import`` and ``mail check``."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from shopprivacy import Privacy
from shopprivacy.cli import main
from shopprivacy.errors import StoreDown
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.mail.lists import write_batches
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.samples import sample_keyset
from tests.mail.desk import AN
from tests.mail.test_wire import RIGHT

POLICY = """
effective    = 2026-01-01
jurisdiction = "NL"
languages    = ["nl"]
controller   = { name = "Winkel", address = "Dorpsstraat 1", email = "privacy@shop.example" }
mail         = { url = "https://shop.example/u/" }

[purposes.newsletter]
basis    = "consent"
mail     = "marketing"

[purposes.promotions]
basis    = "consent"
mail     = "marketing"
channels = ["email", "post", "phone"]
"""
Shop = Callable[..., Result]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The command line of a shop that has been started, in its folder; files are given by name and content."""
    LocalKeyFile(tmp_path / "keys.json").create(sample_keyset())
    (tmp_path / "privacy.toml").write_text(POLICY, encoding="utf-8")
    SqlStore(f"sqlite:///{tmp_path / 'privacy.sqlite3'}").close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOPPRIVACY_KEYS", "keys.json")
    monkeypatch.delenv("SHOPPRIVACY_STORE", raising=False)

    def run(*arguments: str, status: int = 0, files: dict[str, str] | None = None, **options: str) -> Result:
        for name, content in (files or {}).items():
            (tmp_path / name).write_text(content, encoding="utf-8")
        done = CliRunner().invoke(main, arguments, **options)  # type: ignore[arg-type]
        assert done.exit_code == status, done.output
        return done

    return run


SUBSCRIBERS = "email;confirmed\n" + "".join(f"{who}@example.nl;2024-05-31\n" for who in "abcdefghij")


def _close(privacy: Privacy) -> None:
    """End a shop that was started here, and its connections."""
    privacy.close()
    store: Any = privacy.ledger.store
    store.close()


def _subscribe(shop: Shop) -> Result:
    return shop(
        *("consent", "import", "subscribers.csv", "--purpose", "newsletter"),
        *("--date", "confirmed", "--text", "text.txt"),
        files={"subscribers.csv": SUBSCRIBERS, "text.txt": "Once a month, what is new."},
    )


def test_an_address_as_an_operator_pastes_it(shop: Shop) -> None:
    """Ends what its bare address would, and one that can be none is kept and told."""
    _subscribe(shop)
    assert shop("suppress", "add", '"A" <a@example.nl>').output == "recorded\n"
    shop("suppress", "check", "a@example.nl", status=1)
    shop("suppress", "check", "mailto:a@example.nl", status=1)
    told = shop("suppress", "add", "b@example.nl.").output
    assert told.startswith("recorded\nthis cannot be an address")
    assert "b@" not in told


def test_somebody_telephones(shop: Shop) -> None:
    """What the operator records counts for every purpose of the channel, and ``check`` says so, and since when."""
    assert _subscribe(shop).output.startswith("10 rows: 10 subscribed,")
    assert "newsletter: yes (consented since 2024-05-31)" in shop("suppress", "check", "A@example.nl").output
    shop("suppress", "add", "-", input="a@example.nl\n")
    told = shop("suppress", "check", "a@example.nl", status=1).output
    assert [line[:24] for line in told.splitlines()] == [
        "newsletter: no (objected",
        "promotions: no (objected",
    ]
    shop("suppress", "add", "NL, 1234 AB, 7", "--channel", "post")
    shop("suppress", "check", "nl,1234ab,7", "--channel", "post", status=1)
    shop("suppress", "add", "020 123 4567", "--channel", "phone", "--purpose", "promotions")


def test_somebody_telephones_while_the_database_is_down(shop: Shop) -> None:
    """The journal takes it, the command says so, and the shop has it in the ledger as soon as it can."""
    _subscribe(shop)
    assert (
        "there is no store"
        in shop("suppress", "add", AN, "--store", "sqlite:///none.sqlite3", status=2).output
    )
    _close(Privacy.from_file("privacy.toml"))  # which makes the journal
    database = Path("privacy.sqlite3")
    kept = database.read_bytes()
    database.write_bytes(b"no database" * 1000)
    told = shop("suppress", "add", "a@example.nl").output
    assert told.startswith("recorded in the journal: ")
    assert "a@example.nl" not in told
    assert shop("suppress", "add", "a@example.nl", "--journal", "none", status=1).output.startswith("Error: ")
    assert shop("suppress", "add", "a@example.nl", "--purpose", "x", status=1).output.startswith("Error: ")
    by_post = ("--purpose", "newsletter", "--channel", "post")
    assert "channel of" in shop("suppress", "add", "NL,1234AB,7", *by_post, status=1).output
    database.write_bytes(kept)
    shop("suppress", "check", "a@example.nl")
    privacy = Privacy.from_file("privacy.toml")
    assert not privacy.mail.may("a@example.nl", "newsletter")
    assert privacy.mail.may("b@example.nl", "newsletter")
    _close(privacy)


def test_check_tells_that_nobody_would_be_mailed(shop: Shop) -> None:
    """Of a shop that has been started: for each purpose to which no address said yes, as it is declared now."""
    told = "nobody would be mailed for"
    assert told not in shop("check", status=1).output
    _close(Privacy.from_file("privacy.toml"))
    assert [told + name in shop("check", status=1).output for name in (' "newsletter"', ' "promotions"')] == [
        True,
        True,
    ]
    _subscribe(shop)
    output = shop("check", status=1).output
    assert [f'{told} "{name}"' in output for name in ("newsletter", "promotions")] == [False, True]
    policy = {
        "privacy.toml": POLICY.replace('mail     = "marketing"', 'mail = "marketing"\nprofiling = true', 1)
    }
    assert f'{told} "newsletter"' in shop("check", status=1, files=policy).output


def test_the_wrong_column_is_no_import(shop: Shop) -> None:
    """Where no row can be an address nothing is written, and rows without one are told by their lines."""
    files = {"gone.csv": "email;name\n;An\na@example.nl;Bo\n;Cas\n"}
    refused = shop("suppress", "import", "gone.csv", "--column", "name", status=1, files=files).output
    assert "none of 3 rows can be an address" in refused
    assert "rows without an address: 2, in line 2, 4" in shop("suppress", "import", "gone.csv").output
    many = "email;name\na@example.nl;An\n" + ";Bo\n" * 21
    told = shop("suppress", "import", "gone.csv", "--dry-run", files={"gone.csv": many}).output
    assert "rows without an address: 21, in line 3, 4, " in told
    assert told.rstrip().endswith("22, …")
    assert shop("suppress", "export", "gone.csv").output == "a@example.nl\n"


def test_a_list_that_ends_the_soft_opt_in_stops(shop: Shop) -> None:
    """Nobody knows how many customers there are, and nothing opens it again: the number is always to be repeated."""
    offers = '[purposes.offers]\nbasis = "legitimate_interest"\ninterest = "more of the same"\nmail = "marketing"\n'
    files = {"privacy.toml": f"{POLICY}\n{offers}soft_opt_in = true\n", "gone.txt": "a@example.nl\n"}
    refused = shop("suppress", "import", "gone.txt", status=1, files=files).output
    assert "closes 0 of 0 subscribers, and 1 who may be customers" in refused
    assert shop("suppress", "export", "gone.txt", "--purpose", "newsletter").output == "a@example.nl\n"
    shop("suppress", "import", "gone.txt", "--purpose", "newsletter")
    shop("suppress", "import", "gone.txt", "--closes", "1")
    shop("suppress", "import", "gone.txt")


def test_a_letterbox_is_written_in_parts(shop: Shop) -> None:
    """What is none is a wrong call."""
    assert "COUNTRY,POSTCODE" in shop("suppress", "add", "Street 1", "--channel", "post", status=2).output


def test_a_list_goes_in_and_out(shop: Shop) -> None:
    """What was imported is exported again of the addresses in a file; a dry run writes nothing."""
    _subscribe(shop)
    files = {"gone.txt": "a@example.nl\nnobody\n", "all.txt": "a@example.nl\nb@example.nl\n"}
    dry = shop("suppress", "import", "gone.txt", "--dry-run", files=files).output
    assert shop("suppress", "export", "all.txt").output == ""
    done = shop("suppress", "import", "gone.txt").output
    assert done.startswith(dry)
    assert "2 suppressed" in done
    assert shop("suppress", "export", "all.txt").output == "a@example.nl\n"
    shop("suppress", "export", "all.txt", "--purpose", "promotions", "--output", "out.txt")
    assert Path("out.txt").read_text() == "a@example.nl\nb@example.nl\n"


def test_a_list_of_everybody_stops(shop: Shop) -> None:
    """More than a fifth of the subscribers, and the number is to be repeated; undone, they are back."""
    _subscribe(shop)
    refused = shop("suppress", "import", "subscribers.csv", "--column", "email", status=1).output
    assert "closes 10 of 10 subscribers" in refused
    shop("suppress", "check", "a@example.nl")
    done = shop("suppress", "import", "subscribers.csv", "--column", "email", "--closes", "10").output
    shop("suppress", "check", "a@example.nl", status=1)
    told = shop("suppress", "undo", done.split()[-1]).output
    assert told.startswith("10 subscribers are back")
    shop("suppress", "check", "a@example.nl")
    shop("suppress", "undo", "everything", status=2)
    assert "of such an import" in shop("suppress", "undo", "5f0c2ab96dd1e3b7", status=1).output


def test_an_import_that_is_killed_goes_on_under_its_number(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run again it adds what is missing, and one undo takes back all of it; another list has another number."""
    _subscribe(shop)
    files = {"gone.txt": "".join(f"{who}@example.nl\n" for who in "abcd")}
    again = ("suppress", "import", "gone.txt", "--closes", "4")

    def half(ledger: Any, rows: Any) -> None:
        write_batches(ledger, [*rows][:2])
        raise StoreDown("gone")

    with monkeypatch.context() as killed:
        killed.setattr("shopprivacy.cli.suppress.write_batches", half)
        number = shop(*again, status=1, files=files).output.split("import ")[1].split()[0]
    done = shop("suppress", "import", "gone.txt", "--closes", "2").output
    assert "2 suppressed, 2 known" in done
    assert done.split()[-1] == number
    assert shop("suppress", "undo", number).output.startswith("4 subscribers are back")
    assert "4 suppressed" in shop(*again).output
    assert number not in shop("suppress", "import", "gone.txt", "--purpose", "newsletter").output
    shop("suppress", "check", "a@example.nl", status=1)


def test_an_older_no_adds_nothing(shop: Shop) -> None:
    """By the date of its row."""
    _subscribe(shop)
    files = {
        "old.csv": "email,since,status\na@example.nl,2022-01-01,unsubscribed\nb@example.nl,2025-01-01,active\n"
    }
    told = shop(
        *("suppress", "import", "old.csv", "--date", "since", "--where", "status=unsubscribed"),
        *("--purpose", "newsletter"),
        files=files,
    ).output
    assert "1 rows: 0 suppressed, 0 known already, 1 older" in told


def test_a_dry_run_subscribes_nobody(shop: Shop) -> None:
    """It only tells."""
    files = {"subscribers.csv": SUBSCRIBERS, "text.txt": "x"}
    shop(
        *("consent", "import", "subscribers.csv", "--purpose", "newsletter", "--date", "confirmed"),
        *("--text", "text.txt", "--dry-run"),
        files=files,
    )
    shop("suppress", "check", "a@example.nl", status=1)


def test_the_keys_must_be_the_stores(shop: Shop, tmp_path: Path) -> None:
    """Under other keys nobody of a list would be found again."""
    shop("suppress", "add", "a@example.nl")
    LocalKeyFile(tmp_path / "other.json").create(sample_keyset("other"))
    refused = shop("suppress", "check", "a@example.nl", "--keys", "other.json", status=1).output
    assert "keyset" in refused


def test_a_message_is_looked_at(shop: Shop) -> None:
    """As it left, or as it is about to; every fault is told."""
    message = (RIGHT + b"\r\nHi").decode()
    assert shop("mail", "check", "right.eml", files={"right.eml": message}).output == "nothing wrong\n"
    told = shop("mail", "check", "right.eml", "--signed", status=1).output
    assert "DKIM-Signature: is missing" in told
    assert "is missing" in shop("mail", "check", "-", input="To: a\n\nHi", status=1).output


def test_keys_from_the_environment(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As every other command takes them."""
    monkeypatch.setenv("SHOP_KEYS", (tmp_path / "keys.json").read_text(encoding="utf-8"))
    shop("suppress", "add", "a@example.nl", "--keys", "env:SHOP_KEYS")
    shop("suppress", "check", "a@example.nl", status=1)


def test_what_is_written_names_a_policy_that_is_kept(shop: Shop, tmp_path: Path) -> None:
    """A row proves what its policy said, also where no shop has started under that yet."""
    shop("suppress", "add", "a@example.nl")
    store = SqlStore(f"sqlite:///{tmp_path / 'privacy.sqlite3'}")
    kept = {policy.version for policy in store.archived_policies()}
    named = {row.entry.version for row in store.rows() if row.entry}
    store.close()
    assert named
    assert named <= kept


def test_an_import_that_breaks_off_can_be_undone(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number is told before the first row is written."""

    def broken(*_: object) -> None:
        raise StoreDown("gone")

    monkeypatch.setattr("shopprivacy.cli.suppress.write_batches", broken)
    told = shop("suppress", "import", "gone.txt", status=1, files={"gone.txt": "z@example.nl\n"}).output
    assert re.search("^import [0-9a-f]{16}$", told, re.MULTILINE)


def test_a_list_in_another_encoding(shop: Shop, tmp_path: Path) -> None:
    """It stops at the row that it cannot read, repeats nothing of it, and says how to read it."""
    (tmp_path / "old.csv").write_bytes("email;name\na@example.nl;A\nb@example.nl;Zoë\n".encode("cp1252"))
    told = shop("suppress", "import", "old.csv", status=1).output
    assert "row 3 " in told
    assert "--encoding cp1252" in told
    assert "example" not in told
    assert "2 suppressed" in shop("suppress", "import", "old.csv", "--encoding", "cp1252").output
    shop("suppress", "export", "old.csv", "--encoding", "klingon", status=2)
    (tmp_path / "table.txt").write_bytes("email\tname\nc@example.nl\tC\n".encode("utf-16"))
    assert "--encoding utf-16" in shop("suppress", "import", "table.txt", status=1).output
    assert "1 suppressed" in shop("suppress", "import", "table.txt", "--encoding", "utf-16").output
