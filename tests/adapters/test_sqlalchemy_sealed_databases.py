"""Sealed models on PostgreSQL and MariaDB: what of them depends on the database.

They need the servers on localhost (the marker ``services``); what does not depend on one is tested on SQLite.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from shopprivacy.adapters.sqlalchemy.tables import MetaDataModels
from shopprivacy.sealing import tables
from tests import servers
from tests.adapters.sqlalchemy_models import Base, Customer, Live, Order, SealedShop, sealed_shop

pytestmark = pytest.mark.services
VALUES: dict[str, Any] = {
    "name": "\U0001f9e6" * 50, "email": "An@x.nl", "visits": 0, "owes": Decimal("1.50"), "born": date(2000, 1, 2),
    "seen": datetime(2026, 1, 1, 12, tzinfo=UTC), "wants_post": False, "prefs": {"a": [None]}, "tags": [], "notes": "",
}  # fmt: skip


@pytest.fixture(scope="module", params=["postgres", "mariadb"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A new database on a server."""
    with servers.new_database(request.param) as made:
        yield made


@pytest.fixture
def shop(url: str) -> Iterator[SealedShop]:
    """The tables on it."""
    with sealed_shop(url) as made:
        yield made


def test_rows(shop: SealedShop) -> None:
    """Values come back as they were, four-byte characters too; columns are binary, and an index is found by key."""
    shop.add(Customer(**VALUES), Customer(), Customer())
    shop.forget_keys()
    with Session(shop.engine) as session:
        row = session.scalars(select(Customer).where(Customer.email == "an@X.nl")).one()
        assert {name: getattr(row, name) for name in VALUES} == VALUES
        assert len(session.scalars(select(Customer).where(Customer.email != "an@x.nl")).all()) == 2
        session.add(Customer(email="AN@X.NL"))
        with pytest.raises(IntegrityError):
            session.commit()
    with shop.engine.connect() as connection:
        if shop.engine.dialect.name == "postgresql":
            assert (
                connection.execute(text("SELECT pg_typeof(email)::text FROM customer")).scalars().first()
                == "bytea"
            )
        else:
            columns = connection.execute(
                text("SHOW COLUMNS FROM customer WHERE Field IN ('name', 'email_index')")
            )
            assert {row[0]: row[1] for row in columns} == {"name": "blob", "email_index": "varchar(32)"}
            plan = connection.execute(text("EXPLAIN SELECT * FROM customer WHERE email_index = 'x'")).all()
            assert "ALL" not in str(plan)


def test_bulk(shop: SealedShop) -> None:
    """Inserted rows are bound to the numbers that come back, and updated ones are sealed for the owners they have."""
    with Session(shop.engine) as session:
        rows = session.scalars(
            insert(Customer).returning(Customer), [{"name": f"An {n}"} for n in range(3)]
        ).all()
        assert sorted((row.id, row.name) for row in rows) == [
            (row.id, row.name) for row in sorted(rows, key=_number)
        ]
        session.execute(insert(Order), [{"street": "Dam 1", "customer_id": rows[0].id}, {"street": "Dam 2"}])
        session.execute(update(Customer), [{"id": row.id, "email": f"{row.id}@x.nl"} for row in rows])
        orders = session.scalars(select(Order.id).order_by(Order.id)).all()
        session.execute(update(Order), [{"id": number, "street": f"Plein {number}"} for number in orders])
        session.commit()
        shop.forget_keys()
        session.expire_all()
        assert {row.name for row in rows} == {"An 0", "An 1", "An 2"}
        assert (
            session.scalars(select(Customer).where(Customer.email == f"{rows[1].id}@x.nl")).one() is rows[1]
        )
        found = session.scalars(select(Order).order_by(Order.id)).all()
        assert [order.street for order in found] == [f"Plein {number}" for number in orders]


def _number(row: Customer) -> int:
    return row.id


def test_a_table_in_use_is_sealed(shop: SealedShop) -> None:
    """Rows that stand in clear, JSON among them, are sealed where nobody has changed them, and all of it opens."""
    with shop.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO live (email, prefs) VALUES ('an@x.nl', '{\"a\": 1}'), (NULL, NULL)")
        )
    url, counted = shop.engine.url.render_as_string(hide_password=False), []
    for one in MetaDataModels(Base.metadata).tables(url):
        if one.column.name.startswith("live."):
            counted += [tables.backfill(one), tables.backfill(one), tables.verify(one)]
    assert counted == [{"sealed now": 1}, {}, {"sealed": 1}] * 2
    with Session(shop.engine) as session:
        row = session.scalars(select(Live).where(Live.email_sealed == "AN@x.nl")).one()
        assert row.prefs_sealed == {"a": 1}


@pytest.mark.parametrize("url", ["postgres"], indirect=True)  # whose driver is for event loops, too
def test_an_event_loop(shop: SealedShop) -> None:
    """An AsyncSession writes, finds and reads."""

    async def main() -> list[str]:
        engine = create_async_engine(shop.engine.url)
        async with AsyncSession(engine) as session:
            await session.execute(insert(Customer), [{"name": "An", "email": "an@x.nl"}, {"name": "Bo"}])
            session.add(Customer(name="Cas"))
            await session.commit()
            shop.forget_keys()
            names = [row.name for row in await session.scalars(select(Customer).order_by(Customer.id))]
        await engine.dispose()
        return names

    assert sorted(asyncio.run(main())) == ["An", "Bo", "Cas"]
