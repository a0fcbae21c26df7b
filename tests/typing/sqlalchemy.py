"""A shop's sealed models as its owner types them."""

from __future__ import annotations

from datetime import date
from typing import Any, assert_type

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, Session, mapped_column

from shopprivacy import Privacy
from shopprivacy.adapters.sqlalchemy import Sealed, aload, blind_index, erase_keys, load, seal_models


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customer"
    privacy_subject = "customer:id"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Sealed(length=80))
    name_last_word = blind_index("name", by="last_word")
    email: Mapped[str | None] = mapped_column(Sealed())
    email_index = blind_index("email", by="email", unique=True)
    born: Mapped[date | None] = mapped_column(Sealed(date))
    prefs: Mapped[dict[str, Any]] = mapped_column(Sealed(dict, group="shop"), default=dict)


class Order(Base):
    __tablename__ = "order"
    privacy_subject = "customer:customer_id", "order:id"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    street: Mapped[str] = mapped_column(Sealed(name="order.street"))


class Dataclasses(MappedAsDataclass, DeclarativeBase):
    pass


class Person(Dataclasses):
    __tablename__ = "person"
    privacy_subject = "person:id"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(Sealed(), repr=False)
    name_index = blind_index("name", by="folded")
    visits: Mapped[int] = mapped_column(Sealed(int), default=0)


def start(privacy: Privacy) -> None:
    seal_models(Base, privacy.sealing)
    seal_models(Dataclasses.registry, privacy.sealing)


def use(session: Session) -> None:
    customer = session.scalars(
        select(Customer).where(Customer.email == "a@x.nl", Customer.name_last_word == "vries")
    ).one()
    assert_type(customer.name, str)
    assert_type(customer.email, str | None)
    assert_type(customer.born, date | None)
    load([customer])
    person = Person("Anna", visits=1)
    assert_type(person.name, str)
    assert_type(erase_keys(session, Base, "customer", customer.id, "profile"), int)


async def use_async(customers: list[Customer]) -> None:
    await aload(customers)
