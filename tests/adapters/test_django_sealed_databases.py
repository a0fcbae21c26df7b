"""Sealed fields on each database: what of them depends on the database."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.adapters.sealed_shop import SealedShop, sealed_shop

# isort: split
from django.conf import settings
from django.core.checks import run_checks
from django.db import IntegrityError, connections, transaction
from django.test.utils import override_settings

from shopprivacy.errors import SealRefused
from tests.adapters.sealed_models.models import Customer, Order

SERVED = [pytest.param(name, marks=pytest.mark.services) for name in ("postgres", "mariadb")]


class ToServer:
    """Leads the models with sealed fields to a database."""

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def db_for_read(self, model: Any, **_: object) -> str | None:
        return self.alias if model._meta.app_label == "sealed_models" else None

    db_for_write = db_for_read


@pytest.fixture(scope="module", params=SERVED)
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """A new database on a server."""
    alias: str = request.param
    name = settings.DATABASES[alias]["NAME"]
    servers.on_server(alias, f"CREATE DATABASE {name}")
    yield alias
    connections[alias].close()
    servers.on_server(alias, f"DROP DATABASE {name}")


@pytest.fixture
def shop(server: str, tmp_path: Path) -> Iterator[SealedShop]:
    """The tables on it."""
    with override_settings(DATABASE_ROUTERS=[ToServer(server)]), sealed_shop(server, tmp_path) as made:
        yield made


def test_rows(shop: SealedShop) -> None:
    """Values come back as they were, four-byte characters too; the columns are binary and an index is found by key."""
    values = {
        "name": "\U0001f9e6" * 50, "email": "An@x.nl", "visits": 0, "owes": Decimal("1.50"), "born": date(2000, 1, 2),
        "wants_post": False, "prefs": {"a": [None]}, "notes": "",
    }  # fmt: skip
    Customer.objects.create(**values)
    row = Customer.objects.get(email="an@X.nl")
    assert {name: getattr(row, name) for name in values} == values
    row.email = "an@new.nl"
    row.save(update_fields=["email"])
    assert Customer.objects.filter(email__in=["an@new.nl", "x"]).exclude(email="x").get() == row
    row.name = "An Smit"
    row.save()
    assert Customer.objects.get(name__last_word="smit").name == "An Smit"
    with connections[shop.alias].cursor() as cursor:
        if shop.alias == "mariadb":
            cursor.execute(
                "SHOW COLUMNS FROM sealed_models_customer WHERE Field IN ('name', 'email_index', 'notes')"
            )
            types = {name: kind for name, kind, *_ in cursor}
            assert types == {"name": "varbinary(278)", "notes": "mediumblob", "email_index": "varchar(32)"}
            cursor.execute("EXPLAIN SELECT * FROM sealed_models_customer WHERE email_index = 'x'")
            assert "ALL" not in str(cursor.fetchall())
        else:
            cursor.execute("SELECT pg_typeof(email)::text FROM sealed_models_customer")
            assert cursor.fetchone() == ("bytea",)


def test_bulk(shop: SealedShop) -> None:
    """bulk_create binds each row's key to the number that is returned, and bulk_update seals for each row."""
    made = Customer.objects.bulk_create([Customer(name=f"An {n}", email=f"{n}@x.nl") for n in "abc"])
    shop.forget_keys()
    rows = list(Customer.objects.order_by("id"))
    assert [row.name for row in rows] == ["An a", "An b", "An c"]
    order = Order.objects.create(customer=made[0], street="Street 1")
    for row in rows:
        row.email = f"new{row.pk}@x.nl"
    rows[2].email = None
    order.street = "Street 2"
    theirs = Order.objects.filter(customer__name__last_word="a")
    with pytest.raises(SealRefused, match="sealed again"), transaction.atomic(using=shop.alias):
        theirs.update(customer=made[1])
    assert theirs.update(customer=made[0]) == 1
    Customer.objects.bulk_update(rows, ["email"])
    Order.objects.bulk_update([order], ["street"])
    assert Customer.objects.get(email=f"new{rows[1].pk}@x.nl").email == f"new{rows[1].pk}@x.nl"
    assert Customer.objects.get(email=None).pk == rows[2].pk
    assert Order.objects.get(street="street 2").street == "Street 2"


def test_unique_and_refused(shop: SealedShop) -> None:
    """The database refuses a second row with one address, and what Django does not show us to refuse."""
    Customer.objects.create(email="an@x.nl")
    with pytest.raises(IntegrityError), transaction.atomic(using=shop.alias):
        Customer.objects.create(email="AN@X.NL")
    with pytest.raises(SealRefused):
        list(Customer.objects.order_by("email"))
    Customer.objects.create()
    Customer.objects.create()
    assert Customer.objects.exclude(email="an@x.nl").count() == 2


def test_no_column_is_wider_than_its_values(shop: SealedShop) -> None:
    """A migration's longblob is told with the statement that makes it a VARBINARY and keeps what stands there."""
    assert not run_checks(databases=[shop.alias], tags=["database"])
    if shop.alias != "mariadb":
        return
    customer = Customer.objects.create(name="An", email="An@x.nl", notes="n" * 5000)
    with connections[shop.alias].cursor() as cursor:
        cursor.execute(
            "ALTER TABLE sealed_models_customer MODIFY name longblob NOT NULL, MODIFY notes longblob NOT NULL"
        )
        told = run_checks(databases=[shop.alias], tags=["database"])
        assert [one.id for one in told] == ["shopprivacy.W014"] * 2
        assert "varbinary(278) NOT NULL" in told[0].hint
        for one in told:
            cursor.execute(literal_eval(one.hint.partition("(")[2].rpartition(")")[0]))
    assert not run_checks(databases=[shop.alias], tags=["database"])
    customer.refresh_from_db()
    assert (customer.name, len(customer.notes)) == ("An", 5000)
