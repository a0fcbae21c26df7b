"""One model for each way in which a row is somebody's, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import JSON, Engine, ForeignKey, String, create_engine, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool

from shopprivacy.adapters.sqlalchemy import Sealed, blind_index, seal_models
from shopprivacy.sealing.service import Sealing
from shopprivacy.testing.samples import sample_sealing
from tests.sealing.shop import Keys


class Base(DeclarativeBase):
    """The base of the models."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {str: String(200)}


class Customer(Base):
    """The owner's own table; the database gives the number."""

    __tablename__ = "customer"
    privacy_subject = "customer:id"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Sealed(length=50), default="")
    name_last_word = blind_index("name", by="last_word")
    email: Mapped[str | None] = mapped_column(Sealed())
    email_index = blind_index("email", by="email", unique=True)
    postcode: Mapped[str] = mapped_column(Sealed(), default="")
    postcode_index = blind_index("postcode", by="compact")
    notes: Mapped[str] = mapped_column(Sealed(), default=lambda: "")
    visits: Mapped[int] = mapped_column(Sealed(int), default=0)
    owes: Mapped[Decimal | None] = mapped_column(Sealed(Decimal))
    born: Mapped[date | None] = mapped_column(Sealed(date))
    seen: Mapped[datetime | None] = mapped_column(Sealed(datetime))
    wants_post: Mapped[bool] = mapped_column(Sealed(bool), default=False)
    prefs: Mapped[dict[str, Any] | None] = mapped_column(Sealed(dict))
    tags: Mapped[list[Any] | None] = mapped_column(Sealed(list))
    plain: Mapped[str] = mapped_column(default="")
    orders: Mapped[list[Order]] = relationship(back_populates="customer")


class Order(Base):
    """A customer's, or a guest's: then the row is its own owner."""

    __tablename__ = "order"
    privacy_subject = "customer:customer_id", "order:id"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    street: Mapped[str] = mapped_column(Sealed())
    street_index = blind_index("street", by="folded")
    invoiced_to: Mapped[str] = mapped_column(Sealed(group="books"), default="")
    customer: Mapped[Customer | None] = relationship(back_populates="orders")


class Token(Base):
    """A key of its own choice, and a column with the shop's key."""

    __tablename__ = "token"
    privacy_subject = "token:id"
    id: Mapped[str] = mapped_column(primary_key=True)
    secret: Mapped[str] = mapped_column("hidden", Sealed(name="token.secret"))
    shared: Mapped[str | None] = mapped_column(Sealed(key="field"))
    shared_index = blind_index("shared", name="found_by")


class Live(Base):
    """A table that is being sealed: each column in clear has a sealed one that follows it."""

    __tablename__ = "live"
    privacy_subject = "customer:id"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None]
    prefs: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    email_sealed: Mapped[str | None] = mapped_column(Sealed(clear="email", name="live.email"))
    email_index = blind_index("email_sealed", by="email", unique=True)
    prefs_sealed: Mapped[dict[str, Any] | None] = mapped_column(Sealed(dict, clear="prefs"))


class SealedShop:
    """Where the tables are, and the keys."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.keys = Keys()
        self.sealing: Sealing = sample_sealing(self.keys)
        seal_models(Base, self.sealing)

    def forget_keys(self) -> None:
        """Know no key, as a process that has just started."""
        subjects: Any = self.sealing._subjects
        subjects._known = type(subjects._known)(subjects._known.state, subjects._known.trust)
        seal_models(Base, self.sealing)
        self.keys.asked.clear()

    @property
    def look_ups(self) -> int:
        """How often the store was asked for keys."""
        return self.keys.asked.count("find")

    def stored(self, column: str, table: str = "customer") -> list[Any]:
        """What a column holds."""
        with self.engine.connect() as connection:
            named = self.engine.dialect.identifier_preparer.quote(table)
            found = connection.execute(text(f"SELECT {column} FROM {named} ORDER BY id")).scalars()
            return [bytes(one) if isinstance(one, memoryview) else one for one in found]

    def add(self, *rows: Any) -> None:
        """Store rows, as a request does."""
        with Session(self.engine) as session, session.begin():
            session.add_all(rows)


@contextmanager
def sealed_shop(url: str = "sqlite://", **options: Any) -> Iterator[SealedShop]:
    """Empty tables, and a Sealing whose keys of persons are in memory."""
    one = (
        {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}} if url == "sqlite://" else {}
    )
    engine = create_engine(url, **one, **options)
    try:
        Base.metadata.drop_all(engine)
        Base.metadata.create_all(engine)
        yield SealedShop(engine)
        Base.metadata.drop_all(engine)
    finally:
        engine.dispose()
