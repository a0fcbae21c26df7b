"""``shopprivacy sealed`` and ``check`` for SQLAlchemy's models: counts, sealing a live table, what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from shopprivacy.adapters.sqlalchemy import erase_keys
from shopprivacy.adapters.sqlalchemy.tables import MetaDataModels, SealedRows
from shopprivacy.cli import main
from shopprivacy.crypto import Keyset, Ring
from shopprivacy.sealing import tables
from shopprivacy.sealing.blind_index import BlindIndexes
from shopprivacy.storage.sealed_models import models_of
from shopprivacy.testing.samples import NOON, sample_keyset, sample_random
from tests.adapters.sqlalchemy_models import Base, Customer, Live, Order, SealedShop, sealed_shop
from tests.policy.files import BODY, HEAD

SHOP = "tests.adapters.sqlalchemy_models.shop"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[SealedShop]:
    """Tables in a file."""
    with sealed_shop(f"sqlite:///{tmp_path / 'shop.sqlite3'}") as made:
        yield made


def execute(shop: SealedShop, statement: str, **values: Any) -> None:
    """Write past the models."""
    with shop.engine.begin() as connection:
        connection.execute(text(statement), values)


def found(shop: SealedShop, act: Any) -> dict[str, dict[str, int]]:
    """What an act counts, by column."""
    (models,) = models_of(shop.sealing)
    return {one.column.name: dict(act(one)) for one in models.tables(str(shop.engine.url))}


def test_a_password_is_not_taken_for_a_port_and_shown() -> None:
    """An "@" ends a password too early, and a ":" behind it begins the port: the error shows no part of it."""
    with pytest.raises(ValueError, match="not the URL of a database") as refusal:
        next(MetaDataModels(Base.metadata).tables("postgresql+psycopg://shop:p@ss:geheim@127.0.0.1/shop"))
    assert "geheim" not in str(refusal.value)


def column(shop: SealedShop, name: str) -> SealedRows:
    """One column."""
    listed = MetaDataModels(Base.metadata).tables(str(shop.engine.url))
    one = next(one for one in listed if one.column.name == name)
    one._engine = shop.engine  # its own has ended with the list
    return one


def test_clear_text_in_the_column(shop: SealedShop) -> None:
    """What stood there before is counted, sealed in place by its kind and with its index, and then no more."""
    shop.add(
        Customer(
            name="x",
            email="x@x.nl",
            owes=Decimal(1),
            born=date(2000, 1, 1),
            seen=datetime(2000, 1, 1, tzinfo=UTC),
            prefs={},
            tags=[],
        )
    )
    execute(
        shop,
        "UPDATE customer SET name = :name, email = 'An@Example.nl', visits = '42', owes = '1.50', born = '1980-02-29', "
        "seen = '2026-01-01T12:00:00+00:00', wants_post = 'true', prefs = '{\"a\": 1}', tags = '[1]', "
        "name_last_word = NULL, email_index = NULL",
        name=b"An Jansen",
    )
    assert found(shop, tables.status)["customer.owes"] == {"not sealed": 1}
    counted = found(shop, tables.backfill)
    assert sum(one.get("sealed now", 0) for one in counted.values()) == 9
    with Session(shop.engine) as session:
        row = session.scalars(
            select(Customer).where(Customer.email == "an@example.nl", Customer.name_last_word == "jansen")
        ).one()
        assert (row.name, row.visits, str(row.owes), str(row.born)) == ("An Jansen", 42, "1.50", "1980-02-29")
        assert (row.wants_post, row.prefs, row.tags) == (True, {"a": 1}, [1])
        assert row.seen is not None
        assert row.seen.isoformat() == "2026-01-01T12:00:00+00:00"
    before = shop.stored("email")
    assert not any(found(shop, tables.backfill).values())
    assert shop.stored("email") == before
    assert found(shop, tables.verify)["customer.email"] == {"sealed": 1}


def test_indexing_anew(shop: SealedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a rotation rows are found by both keys; indexed anew, by the new one; two rows of one value are told."""
    keyset, random = sample_keyset(), sample_random("rotated")
    added = keyset.new(Ring.INDEX, random, NOON)
    rotated = added.rotate(added.keys(Ring.INDEX)[1].id, NOON)
    disabled = rotated.disable(keyset.primary(Ring.INDEX).id, NOON)

    def customers(under: Keyset) -> list[str]:
        monkeypatch.setattr(shop.sealing, "_indexes", BlindIndexes(under, "NL"))
        with Session(shop.engine) as session:
            there = select(Customer).where(Customer.email == "an@x.nl", Customer.name_last_word == "jansen")
            return [one.name for one in session.scalars(there)]

    shop.add(Customer(name="An Jansen", email="An@x.nl"), Customer(email="bo@x.nl"), Customer())
    with Session(shop.engine) as session, session.begin():
        erase_keys(session, Base, "customer", 2)
    before = shop.stored("email")
    assert customers(disabled) == []
    assert customers(rotated) == ["An Jansen"]
    assert found(shop, tables.reindex)["customer.email"] == {"indexed now": 1, "indexed": 1}
    assert (shop.stored("email"), shop.stored("email_index")[1]) == (before, None)
    assert customers(disabled) == ["An Jansen"]
    assert found(shop, tables.reindex)["customer.email"] == {"indexed": 2}
    monkeypatch.setattr(shop.sealing, "_indexes", BlindIndexes(keyset, "NL"))
    shop.add(Customer(email="an@x.nl"))
    monkeypatch.setattr(shop.sealing, "_indexes", BlindIndexes(rotated, "NL"))
    assert found(shop, tables.reindex)["customer.email"] == {"indexed": 2, "equal to another row's": 1}


def test_what_cannot_be_sealed_is_counted(shop: SealedShop) -> None:
    """Text of no such value, bytes that are no text, and rows of somebody erased are left, and the run goes on."""
    shop.add(Customer(), Customer())
    with Session(shop.engine) as session, session.begin():
        erase_keys(session, Base, "customer", 2)
    execute(
        shop,
        "UPDATE customer SET visits = 'many', owes = 'much', born = 'once', prefs = '[]', wants_post = 'no', "
        "notes = :notes, postcode = 'x' WHERE id = 1",
        notes=b"\xff",
    )
    execute(shop, "UPDATE customer SET notes = 'again' WHERE id = 2")
    counted = found(shop, tables.backfill)
    for name in ("visits", "owes", "born", "prefs", "wants_post"):
        assert counted[f"customer.{name}"] == {"of no value of this field": 1}
    assert counted["customer.notes"] == {"of no value of this field": 1, "of nobody": 1}
    assert counted["customer.postcode"] == {"sealed now": 1}


def test_verify_tells_what_is_wrong(shop: SealedShop) -> None:
    """Values of others, changed ones, wrong indexes and copies in clear are counted by name."""
    shop.add(
        Customer(name="An Jansen", email="an@example.nl", notes="n"),
        Customer(name="Bo", email="bo@example.nl"),
    )
    name, notes = shop.stored("name")[0], shop.stored("notes")[0]
    execute(shop, "UPDATE customer SET name = :name, email_index = NULL WHERE id = 2", name=name)
    execute(
        shop,
        "UPDATE customer SET notes = :notes, plain = 'to an@example.nl!' WHERE id = 1",
        notes=notes[:-1] + b"\0",
    )
    counted = found(shop, tables.verify)
    assert counted["customer.name"] == {"of another owner than its row": 1, "sealed": 1}
    assert counted["customer.notes"] == {"changed or of another column": 1, "sealed": 1}
    assert counted["customer.email"] == {"in clear in plain": 1, "sealed": 2, "with another value's index": 1}


def test_a_live_table(shop: SealedShop) -> None:
    """Saving writes both columns; backfill seals older rows and what was written past the models, and only those."""
    shop.add(Live(email="an@x.nl", prefs={"a": 1}))
    execute(shop, "INSERT INTO live (email, prefs) VALUES ('bo@x.nl', '{\"b\": 2}'), ('AN@X.NL', NULL)")
    email, prefs = column(shop, "live.email"), column(shop, "live.prefs_sealed")
    assert tables.backfill(email) == {"sealed now": 1, "equal to another row's": 1}
    execute(shop, "UPDATE live SET email = 'cas@x.nl' WHERE id = 3")
    assert tables.backfill(email) == {"sealed now": 1}
    assert tables.backfill(prefs) == {"sealed now": 1}
    assert not tables.backfill(email) | tables.backfill(prefs)
    with Session(shop.engine) as session:
        row = session.scalars(select(Live).where(Live.email_sealed == "bo@x.nl")).one()
        assert row.prefs_sealed == {"b": 2}
        session.execute(update(Live).values(email=None))
        session.commit()
    assert tables.backfill(email) == {"sealed now": 3}
    assert shop.stored("email_index", "live") == [None] * 3


def test_written_meanwhile(shop: SealedShop) -> None:
    """A row that somebody else writes between reading and writing is left as it is, and counted."""
    table: Any = column(shop, "live.email")
    execute(shop, "INSERT INTO live (email) VALUES ('old@x.nl')")
    rows = list(table.rows())
    execute(shop, "UPDATE live SET email = 'new@x.nl'")
    table.rows = lambda: rows
    assert tables.backfill(table) == {"changed meanwhile": 1}


def test_all_rows_in_batches(shop: SealedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row is read once, whatever the size of a batch, of guests' orders too; keys are looked up by the batch."""
    monkeypatch.setattr("shopprivacy.adapters.sqlalchemy.tables.BATCH", 2)
    shop.add(*(Order(street=f"Dam {n}", invoiced_to="") for n in range(5)))
    shop.forget_keys()
    rows = list(column(shop, "order.street").rows())
    assert [row.subject for row in rows] == [("order", n) for n in range(1, 6)]
    assert tables.verify(column(shop, "order.street")) == {"sealed": 5}


def run(*arguments: str | Path) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, [*map(str, arguments)])


def test_the_shop_is_named_as_its_server_does(shop: SealedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """``shopprivacy sealed status shop:app``: an application, a function that makes it, or the Privacy."""
    monkeypatch.delenv("SHOPPRIVACY_STORE", raising=False)
    shop.add(Customer(name="x"))
    execute(shop, "UPDATE customer SET name = 'canary'")
    data = str(shop.engine.url)
    for attribute in ("create_app", "starlette", "privacy"):
        result = run("sealed", "status", f"{SHOP}:{attribute}", "--data", data)
        assert result.exit_code == 1
        assert "customer.name: 1 not sealed" in result.output
    assert run("sealed", "backfill", f"{SHOP}:privacy", "--store", data).exit_code == 0
    result = run("sealed", "verify", f"{SHOP}:privacy", "--data", data)
    assert "customer.name: 1 sealed" in result.output
    assert "canary" not in result.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("status",), "shop:app"),
        (("status", "shop"), "is not a shop"),
        (("status", "nowhere.to:find"), "ModuleNotFoundError"),
        (("status", f"{SHOP}:needs"), "does not start: TypeError"),
        (("status", f"{SHOP}:nothing"), "has no Privacy"),
        (("status", f"{SHOP}:unsealed"), "has no sealed models"),
        (("status", f"{SHOP}:privacy", "--data", "sqlite:///nowhere.sqlite3"), "no database nowhere.sqlite3"),
        (("status", f"{SHOP}:privacy", "--data", "://"), "not the URL of a database"),
        (("status", f"{SHOP}:privacy", "--data", "postgresql+asyncpg://u:secret@h/d"), "event loops"),
        (
            ("status", f"{SHOP}:privacy", "--data", "mssql+nothing://u:secret@h/d"),
            "not the URL of a database",
        ),
        (("status", f"{SHOP}:privacy", "--data", "mssql+pymssql://u:secret@h/d"), "needs pymssql"),
    ],
)
def test_what_cannot_be_read_is_told(
    arguments: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shop or database that is not there is told with what to write, and without a password."""
    monkeypatch.delenv("SHOPPRIVACY_STORE", raising=False)
    run("sealed", "status", f"{SHOP}:create_app")  # which has its models sealed
    result = run("sealed", *arguments)
    assert result.exit_code in (1, 2)
    assert told in result.output.replace("\n", " ")
    assert "secret" not in result.output
    assert not Path("nowhere.sqlite3").exists()


def test_a_database_without_the_tables(tmp_path: Path) -> None:
    """Another database than the shop's is told, and how to name the right one."""
    (tmp_path / "other.sqlite3").touch()
    run("sealed", "status", f"{SHOP}:create_app")
    result = run("sealed", "status", f"{SHOP}:privacy", "--data", f"sqlite:///{tmp_path / 'other.sqlite3'}")
    assert (result.exit_code, "--data" in result.output) == (1, True)


def test_check_compares_models_and_policy(
    shop: SealedShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A04: ``check shop:app`` names columns that are not as the policy says, copies in clear, keys beside the data."""
    for variable in ("SHOPPRIVACY_STORE", "SHOPPRIVACY_KEYS", "SHOPPRIVACY_SUBJECT_KEYS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("shopprivacy.cli.check.today", lambda: date(2026, 11, 24))
    monkeypatch.chdir(tmp_path)
    fields = '["customer.*", "order.*", "token.secret", "token.shared", "live.*"]'
    person = f'[data.person]\nfields = {fields}\nsealed = ["%s"]\n'
    sealed = '", "'.join(
        [
            "customer.plain",
            *(column for models in models_of(shop.sealing) for column in models.columns().sealed),
        ]
    )
    Path("privacy.toml").write_text(HEAD + BODY + person % sealed, encoding="utf-8")
    keys = tmp_path / "keys.json"
    keys.touch()
    run("sealed", "status", f"{SHOP}:create_app")
    result = run(
        "check", f"{SHOP}:create_app", "--format", "json", "--data", str(shop.engine.url), "--keys", keys
    )
    problems = {(one["path"], one["id"]) for one in json.loads(result.output)["problems"]}
    assert result.exit_code == 1
    assert {
        ("customer.plain", "sealed-column"),
        ("live.email", "clear-copy"),
        ("live.prefs", "clear-copy"),
        ("SHOPPRIVACY_KEYS", "keys-beside-data"),
    } == problems
    plain = run("check", "privacy.toml", f"{SHOP}:privacy", "--data", "postgresql://h/d")
    assert "customer.plain: data.person says that it is sealed" in plain.output
    assert "beside the data" not in plain.output
    assert "has no sealed models" in run("check", f"{SHOP}:unsealed").output
    assert run("check").exit_code == 0
    assert run("check", "no_shop").exit_code == 2
