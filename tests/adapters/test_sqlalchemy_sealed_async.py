"""Sealed models in an ``AsyncSession``: nothing waits for the store of subject keys in the event loop's thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import joinedload, selectinload

from shopprivacy.adapters.sqlalchemy import aload, erase_keys, seal_models
from shopprivacy.errors import KeyUnavailable, SealRefused
from shopprivacy.sealing import Erased
from shopprivacy.testing.samples import sample_sealing
from tests.adapters.sqlalchemy_models import Base, Customer, Order
from tests.sealing.shop import Keys

Body = Callable[[AsyncSession, "LoopKeys", Callable[[], None]], Awaitable[None]]


class LoopKeys(Keys):
    """Keys that note in which thread they were asked."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: set[int] = set()

    def __getattribute__(self, name: str) -> Any:
        if name in ("add", "add_first", "bind", "find", "of_owner", "erase"):
            self.threads.add(threading.get_ident())
        return super().__getattribute__(name)


def run(body: Body) -> None:
    """Run a test in an event loop: on empty tables, and beside the store of keys."""

    async def main() -> None:
        keys = LoopKeys()
        sealing = sample_sealing(keys)
        seal_models(Base, sealing)

        def forget() -> None:
            subjects: Any = sealing._subjects
            subjects._known = type(subjects._known)(subjects._known.state, subjects._known.trust)
            seal_models(Base, sealing)
            keys.asked.clear()
            keys.threads.clear()

        engine = create_async_engine("sqlite+aiosqlite://")
        try:
            async with engine.begin() as connection:
                await connection.run_sync(Base.metadata.create_all)
            async with AsyncSession(engine) as session:
                await body(session, keys, forget)
        finally:
            await engine.dispose()

    asyncio.run(main())


def test_rows_are_written_and_read() -> None:
    """Keys are made, bound and looked up in other threads, while the session waits; then reading asks nobody."""

    async def body(session: AsyncSession, keys: LoopKeys, forget: Callable[[], None]) -> None:
        session.add_all([Customer(name=f"n{n}", orders=[Order(street="Dam 1")]) for n in range(3)])
        await session.commit()
        assert threading.get_ident() not in keys.threads
        for one in await session.scalars(select(Customer)):
            assert one.name == f"n{one.id - 1}"
            one.name = "changed"
        await session.commit()
        assert threading.get_ident() not in keys.threads

    run(body)


def test_keys_are_looked_up_while_rows_load() -> None:
    """1,000 rows: one look-up, in another thread, by a list, get, refresh, relationships and RETURNING alike."""

    async def body(session: AsyncSession, keys: LoopKeys, forget: Callable[[], None]) -> None:
        session.add_all([Customer(name=f"n{n}", orders=[Order(street="Dam 1")]) for n in range(1000)])
        await session.commit()
        session.expunge_all()
        forget()
        assert [one.name for one in await session.scalars(select(Customer))] == [f"n{n}" for n in range(1000)]
        assert keys.asked.count("find") == 1
        forget()
        session.expunge_all()
        pair: Any = (await session.execute(select(Customer.id, Customer.name))).all()[1]
        assert pair.name.open(("customer", pair.id)) == "n1"
        eager = select(Customer).options(selectinload(Customer.orders)).limit(2)
        forget()
        assert [one.orders[0].street for one in await session.scalars(eager)] == ["Dam 1"] * 2
        session.expunge_all()
        forget()
        customer = await session.get_one(Customer, 7)
        assert customer.name == "n6"
        forget()
        await session.refresh(customer)
        assert customer.name == "n6"
        joined = select(Order).options(joinedload(Order.customer)).where(Order.customer_id == 9)
        forget()
        order = (await session.scalars(joined)).one()
        assert order.customer is not None
        assert (order.street, order.customer.name) == ("Dam 1", "n8")
        session.expunge_all()
        customer = await session.get_one(Customer, 8)
        forget()
        orders = await session.run_sync(lambda _: customer.orders)  # as awaitable_attrs does
        assert [one.street for one in orders] == ["Dam 1"]
        session.expunge_all()
        forget()
        changed = update(Customer).where(Customer.id == 5).values(plain="x").returning(Customer)
        assert (await session.scalars(changed)).one().name == "n4"
        assert threading.get_ident() not in keys.threads
        keys.asked.clear()
        assert [one.name for one in await session.scalars(select(Customer).limit(3))] == ["n0", "n1", "n2"]
        assert keys.asked.count("find") <= 1

    run(body)


def test_owners_of_a_flush_are_looked_up_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """100 rows of customers who are there: one look-up in one thread, whether they are written or changed."""
    hops: list[object] = []

    async def counted(function: Callable[[], object]) -> object:
        hops.append(function)
        return await asyncio.to_thread(function)

    monkeypatch.setattr("shopprivacy.adapters.sqlalchemy.waiting.to_thread", counted)

    async def body(session: AsyncSession, keys: LoopKeys, forget: Callable[[], None]) -> None:
        customers = [Customer(name=f"n{n}") for n in range(100)]
        session.add_all(customers)
        await session.commit()
        for one in customers:
            await session.refresh(one)

        async def write() -> tuple[int, int]:
            forget()
            hops.clear()
            await session.commit()
            assert threading.get_ident() not in keys.threads
            return len(hops), keys.asked.count("of_owner")

        orders = [Order(customer=one, street=f"Dam {one.id}", invoiced_to="x") for one in customers]
        session.add_all(orders)
        await session.commit()  # their first keys of the other group are made one by one
        for order in orders:
            await session.refresh(order)
            order.street = "Dam 1"
            order.invoiced_to = "y"
        assert await write() == (3, 1)  # the other two: what each column had
        session.add_all([Order(customer_id=number, street="Dam 2") for number in range(1, 101)])
        assert await write() == (1, 1)
        found = (await session.scalars(select(Order).order_by(Order.id))).all()
        assert [one.street for one in found] == ["Dam 1"] * 100 + ["Dam 2"] * 100

    run(body)


def test_a_store_that_is_down_fails_no_query() -> None:
    """Rows load without their keys; reading what is sealed says that nobody knows them, and all else is there."""

    async def body(session: AsyncSession, keys: LoopKeys, forget: Callable[[], None]) -> None:
        session.add(Customer(name="n", plain="p"))
        await session.commit()
        session.expunge_all()
        forget()
        keys.down = True
        customer = (await session.scalars(select(Customer))).one()
        assert customer.plain == "p"
        with pytest.raises(KeyUnavailable):
            _ = customer.name

    run(body)


def test_what_is_streamed_is_loaded_by_name() -> None:
    """Rows that come one by one have no keys yet: reading raises in the loop and names aload, which asks once."""

    async def body(session: AsyncSession, keys: LoopKeys, forget: Callable[[], None]) -> None:
        session.add_all([Customer(name=f"n{n}") for n in range(3)])
        await session.commit()
        session.expunge_all()
        forget()
        customers = [one async for one in await session.stream_scalars(select(Customer))]
        with pytest.raises(KeyUnavailable, match="await aload"):
            _ = customers[0].name
        await aload(customers)
        assert [one.name for one in customers] == ["n0", "n1", "n2"]
        assert keys.asked.count("find") == 1
        assert threading.get_ident() not in keys.threads

    run(body)


def test_where_the_session_can_wait_it_does() -> None:
    """run_sync may read whatever it likes: keys are looked up in another thread."""

    async def body(session: AsyncSession, keys: LoopKeys, forget: Callable[[], None]) -> None:
        session.add_all([Customer(name=f"n{n}") for n in range(3)])
        await session.commit()
        forget()
        names = await session.run_sync(lambda one: [row.name for row in one.scalars(select(Customer))])
        assert names == ["n0", "n1", "n2"]
        assert keys.asked.count("find") == 1
        assert threading.get_ident() not in keys.threads

    run(body)


def test_erasing() -> None:
    """Keys are erased by run_sync; what they sealed reads Erased, and is not filled again."""

    async def body(session: AsyncSession, keys: LoopKeys, forget: Callable[[], None]) -> None:
        session.add(Customer(name="Anna", email="a@x.nl"))
        await session.commit()
        assert await session.run_sync(erase_keys, Base, "customer", 1) == 1
        await session.commit()
        customer: Any = await session.get(Customer, 1)
        assert (customer.name, customer.email_index) == (Erased, None)
        customer.name = "Bo"
        with pytest.raises(SealRefused):
            await session.commit()
        assert threading.get_ident() not in keys.threads

    run(body)


def test_an_owner_that_was_not_loaded_is_named() -> None:
    """Where the owner's column was deferred, reading in the loop says which one it is."""
    from sqlalchemy.orm import load_only

    async def body(session: AsyncSession, keys: LoopKeys, forget: Callable[[], None]) -> None:
        session.add(Customer(orders=[Order(street="Dam 1")]))
        await session.commit()
        session.expunge_all()
        order = (await session.scalars(select(Order).options(load_only(Order.street)))).one()
        with pytest.raises(KeyUnavailable, match=r"Order\.customer_id"):
            _ = order.street

    run(body)
