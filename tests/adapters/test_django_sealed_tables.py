"""``manage.py shopprivacy sealed``: how much is sealed, sealing a live table, and whether all of it opens."""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from tests.adapters.sealed_shop import SealedShop

# isort: split
from django.core.management import CommandError, call_command
from django.db import connection

from shopprivacy.adapters.django.sealed import erase_keys
from shopprivacy.adapters.django.sealed.tables import DjangoTable, sealed_tables
from shopprivacy.sealing import tables
from tests.adapters.sealed_models.models import Customer, Live

TABLE = "sealed_models_customer"


def run(command: str, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """What a command prints, and what is wrong."""
    try:
        call_command("shopprivacy", "sealed", command)
    except CommandError as error:
        return capsys.readouterr().out, str(error)
    return capsys.readouterr().out, ""


def execute(statement: str, *values: Any) -> None:
    """Write past the models."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_clear_text_in_the_column(sealed_shop: SealedShop, capsys: pytest.CaptureFixture[str]) -> None:
    """What stood there before the column was sealed is counted, sealed in place with its index, and then no more."""
    row = Customer.objects.create(name="x", email="x@x.nl", visits=1, prefs={})
    execute(
        f"UPDATE {TABLE} SET name = %s, email = %s, visits = %s, prefs = %s, name_last_word = NULL, email_index = NULL",
        *(b"An Jansen", "An@Example.nl", b"42", b'{"a": 1}'),
    )
    out, wrong = run("status", capsys)
    assert (f"{TABLE}.email: 1 not sealed" in out, "4 values" in wrong) == (True, True)
    out, wrong = run("backfill", capsys)
    assert (f"{TABLE}.email: 1 sealed now" in out, wrong) == (True, "")
    row = Customer.objects.get(email="an@example.nl", name__last_word="jansen")
    assert (row.name, row.visits, row.prefs) == ("An Jansen", 42, {"a": 1})
    before = sealed_shop.stored(Customer, "email")
    assert run("backfill", capsys)[1] == ""
    assert sealed_shop.stored(Customer, "email") == before
    assert run("status", capsys)[1] == run("verify", capsys)[1] == ""


def test_indexing_anew(sealed_shop: SealedShop, capsys: pytest.CaptureFixture[str]) -> None:
    """What a former key has indexed is found again by the newest; of two rows with one value one is told."""
    Customer.objects.create(name="An Jansen", email="An@Example.nl")
    Customer.objects.create(email="Bo@Example.nl")
    execute(f"UPDATE {TABLE} SET email_index = id, name_last_word = 'x'")
    assert not Customer.objects.filter(email="an@example.nl").exists()
    out, wrong = run("reindex", capsys)
    assert (f"{TABLE}.email: 2 indexed now" in out, wrong) == (True, "")
    assert Customer.objects.get(email="an@example.nl", name__last_word="jansen").name == "An Jansen"
    execute(f"UPDATE {TABLE} SET email_index = NULL")
    Customer.objects.create(email="an@example.nl")  # as under another key's index
    out, wrong = run("reindex", capsys)
    assert ("1 index" in out, "1 values" in wrong) == (True, True)
    assert {table.column.name for table in sealed_tables() if table.is_unique} >= {f"{TABLE}.email"}


def test_what_cannot_be_sealed_is_counted(
    sealed_shop: SealedShop, capsys: pytest.CaptureFixture[str]
) -> None:
    """Text that is no number, bytes that are no text, and rows of somebody erased are left, and the run goes on."""
    an, bo = Customer.objects.create(), Customer.objects.create()
    erase_keys("customer", bo.pk)
    execute(f"UPDATE {TABLE} SET visits = %s, notes = %s WHERE id = %s", b"many", b"\xff", an.pk)
    execute(f"UPDATE {TABLE} SET notes = %s WHERE id = %s", b"again", bo.pk)
    out, wrong = run("backfill", capsys)
    assert f"{TABLE}.visits: 1 of no value of this field" in out
    assert "many" not in out + wrong
    assert f"{TABLE}.notes: 1 of no value of this field, 1 of nobody" in out


def test_verify_tells_what_is_wrong(sealed_shop: SealedShop, capsys: pytest.CaptureFixture[str]) -> None:
    """Values of others, changed ones, wrong indexes and copies in clear are named, and no value is printed."""
    an = Customer.objects.create(name="An Jansen", email="an@example.nl", notes="n", postcode="1234 AB")
    bo = Customer.objects.create(name="Bo", email="bo@example.nl")
    name, _ = sealed_shop.stored(Customer, "name")
    notes = sealed_shop.stored(Customer, "notes")[0]
    execute(f"UPDATE {TABLE} SET name = %s, email_index = NULL WHERE id = %s", name, bo.pk)
    execute(
        f"UPDATE {TABLE} SET notes = %s, plain = %s WHERE id = %s",
        notes[:-1] + b"\0",
        "an@example.nl!",
        an.pk,
    )
    out, wrong = run("verify", capsys)
    assert f"{TABLE}.name: 1 of another owner than its row, 1 sealed" in out
    assert f"{TABLE}.notes: 1 changed or of another column, 1 sealed" in out
    assert f"{TABLE}.email: 1 in clear in plain, 2 sealed, 1 with another value's index" in out
    assert "jansen" not in (out + wrong).casefold()
    erase_keys("customer", an.pk)
    execute(f"UPDATE {TABLE} SET postcode_index = 'x' WHERE id = %s", an.pk)
    assert f"{TABLE}.postcode: 1 erased, 1 sealed, 1 with another value's index" in run("verify", capsys)[0]


@pytest.mark.parametrize(
    ("other", "is_copy"),
    [
        ("to An Jansen, Street 1", True),
        ("AN JANSEN", True),
        (zlib.crc32(b"An Jansen"), True),
        ("An", False),
        (7, False),
        (None, False),
    ],
)
def test_copies(other: object, is_copy: bool) -> None:
    """A copy is found within a text, in another case, and as a checksum."""
    assert [*tables.copies("An Jansen", {"other": other})] == (["other"] if is_copy else [])
    assert not [*tables.copies("An", {"other": "An"})]


@pytest.fixture
def live(sealed_shop: SealedShop) -> Any:
    """The columns of a table that is being sealed."""
    return DjangoTable(Live._meta.get_field("email_sealed")), DjangoTable(
        Live._meta.get_field("prefs_sealed")
    )


def test_a_live_table(live: Any) -> None:
    """Saving writes both columns; backfill seals older rows and what update() wrote since, and only those."""
    email, prefs = live
    Live.objects.create(email="an@x.nl", prefs={"a": 1})
    assert Live.objects.get(email_sealed="an@X.nl").prefs_sealed == {"a": 1}
    execute("INSERT INTO sealed_models_live (email, prefs, other) VALUES ('bo@x.nl', '{\"b\": 2}', '')")
    Live.objects.filter(email="an@x.nl").update(email="an@new.nl")
    assert tables.backfill(email) == {"sealed now": 2}
    assert tables.backfill(prefs) == {"sealed now": 1}
    assert not tables.backfill(email) | tables.backfill(prefs)
    assert Live.objects.get(email_sealed="an@new.nl").email_sealed == "an@new.nl"
    assert Live.objects.get(email_sealed="bo@x.nl").prefs_sealed == {"b": 2}
    Live.objects.update(email=None)
    assert tables.backfill(email) == {"sealed now": 2}
    assert not Live.objects.filter(email_sealed__isnull=False).exists()


def test_written_meanwhile(live: Any) -> None:
    """A row that somebody else writes between reading and writing is left as it is, and counted."""
    table, _ = live
    Live.objects.create(email="an@x.nl")
    Live.objects.update(email="old@x.nl")
    rows = list(table.rows())
    Live.objects.update(email="new@x.nl")
    table.rows = lambda: rows
    assert tables.backfill(table) == {"changed meanwhile": 1}


def test_models_are_asked_of_the_shop() -> None:
    """All sealed columns are looked at; without a shop's models, the command says where they are."""
    assert {f"{TABLE}.email", "sealed_models_order.street"} <= {
        table.column.name for table in sealed_tables()
    }
    from click.testing import CliRunner

    from shopprivacy.cli.program import main

    result = CliRunner().invoke(main, ["sealed", "status"])
    assert (result.exit_code, "manage.py" in result.output) == (2, True)
