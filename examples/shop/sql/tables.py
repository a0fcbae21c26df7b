"""The shop's tables. Money in cents, times in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, ForeignKey, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column, relationship

from shopprivacy.adapters.sqlalchemy import Sealed, blind_index

BOOKS = "books"
"""The group of keys of what the law makes the shop keep: it outlives the account."""


class Table(DeclarativeBase):
    """The base of the shop's tables."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {str: String(200), datetime: DateTime(timezone=True)}


def sealed_text(**options: Any) -> MappedColumn[Any]:
    """Return a column of short personal text, sealed."""
    return mapped_column(Sealed(length=200, **options))


class Product(Table):
    __tablename__ = "product"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    price: Mapped[int]


class Customer(Table):
    __tablename__ = "customer"
    privacy_subject = "customer:id"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = sealed_text()
    name_last_word = blind_index("name", by="last_word")
    company: Mapped[str] = sealed_text()
    vat_number: Mapped[str] = sealed_text()
    email: Mapped[str] = sealed_text()
    email_index = blind_index("email", by="email", unique=True)
    phone: Mapped[str] = sealed_text(group="phone")  # what the account's page can erase
    password_hash: Mapped[str]
    language: Mapped[str]
    created_at: Mapped[datetime]
    addresses: Mapped[list[Address]] = relationship(back_populates="customer", order_by="Address.id")
    orders: Mapped[list[Order]] = relationship(back_populates="customer", order_by="Order.id.desc()")


class Address(Table):
    """Where to deliver: a customer's, or that of one order by a guest."""

    __tablename__ = "address"
    privacy_subject = "customer:customer_id", "address:id"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    name: Mapped[str] = sealed_text()
    street: Mapped[str] = sealed_text()
    postcode: Mapped[str] = sealed_text()
    postcode_index = blind_index("postcode", by="compact")
    city: Mapped[str] = sealed_text()
    country: Mapped[str] = sealed_text()
    customer: Mapped[Customer | None] = relationship(back_populates="addresses")

    def __str__(self) -> str:
        return f"{self.name}\n{self.street}\n{self.postcode} {self.city}\n{self.country}"


class Order(Table):
    __tablename__ = "order"
    privacy_subject = "customer:customer_id", "order:id"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    address_id: Mapped[int] = mapped_column(ForeignKey("address.id"))
    name: Mapped[str] = sealed_text()
    email: Mapped[str] = sealed_text()
    email_index = blind_index("email", by="email")
    phone: Mapped[str] = sealed_text()
    language: Mapped[str]
    status: Mapped[str]
    placed_at: Mapped[datetime]
    customer: Mapped[Customer | None] = relationship(back_populates="orders")
    address: Mapped[Address] = relationship()
    lines: Mapped[list[OrderLine]] = relationship(order_by="OrderLine.id")
    invoice: Mapped[Invoice] = relationship(back_populates="order")
    payment: Mapped[Payment] = relationship(back_populates="order")


class OrderLine(Table):
    __tablename__ = "order_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int]
    price: Mapped[int]
    product: Mapped[Product] = relationship()


class Invoice(Table):
    """A copy of what was true when it was issued: an invoice never changes."""

    __tablename__ = "invoice"
    privacy_subject = "order:order_id"  # kept, and erased, one by one

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    number: Mapped[str]
    name: Mapped[str] = sealed_text(group=BOOKS)
    company: Mapped[str] = sealed_text(group=BOOKS)
    vat_number: Mapped[str] = sealed_text(group=BOOKS)
    address: Mapped[str] = mapped_column(Sealed(group=BOOKS))
    shipping: Mapped[int]
    total: Mapped[int]
    vat: Mapped[int]
    issued_at: Mapped[datetime]
    order: Mapped[Order] = relationship(back_populates="invoice")


class Payment(Table):
    __tablename__ = "payment"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    reference: Mapped[str]
    method: Mapped[str]
    amount: Mapped[int]
    order: Mapped[Order] = relationship(back_populates="payment")


class SavedCart(Table):
    __tablename__ = "saved_cart"
    privacy_subject = "customer:customer_id", "saved_cart:id"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    email: Mapped[str] = sealed_text()
    email_index = blind_index("email", by="email")
    cart: Mapped[str]
    remind: Mapped[bool]
    language: Mapped[str]
    saved_at: Mapped[datetime]


class Quote(Table):
    __tablename__ = "quote"
    privacy_subject = "quote:id"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = sealed_text()
    company: Mapped[str] = sealed_text()
    email: Mapped[str] = sealed_text()
    email_index = blind_index("email", by="email")
    phone: Mapped[str] = sealed_text()
    product: Mapped[str]
    quantity: Mapped[int]
    text: Mapped[str] = mapped_column(Sealed())
    asked_at: Mapped[datetime]


class Message(Table):
    __tablename__ = "message"
    privacy_subject = "message:id"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = sealed_text()
    email: Mapped[str] = sealed_text()
    email_index = blind_index("email", by="email")
    subject: Mapped[str] = sealed_text()
    text: Mapped[str] = mapped_column(Sealed())
    sent_at: Mapped[datetime]


class Review(Table):
    __tablename__ = "review"
    privacy_subject = "customer:customer_id", "review:id"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    name: Mapped[str] = sealed_text()
    rating: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]


class ContestEntry(Table):
    __tablename__ = "contest_entry"
    privacy_subject = "contest_entry:id"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = sealed_text()
    email: Mapped[str] = sealed_text()
    email_index = blind_index("email", by="email")
    address: Mapped[str] = mapped_column(Sealed())
    answer: Mapped[int]
    entered_at: Mapped[datetime]


class NewsletterEntry(Table):
    __tablename__ = "newsletter_entry"
    privacy_subject = "newsletter_entry:id"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = sealed_text()
    email_index = blind_index("email", by="email", unique=True)
    language: Mapped[str]
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class Visit(Table):
    """Which page was looked at, by which customer where one was logged in."""

    __tablename__ = "page_visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    page: Mapped[str]
    browser: Mapped[str] = mapped_column(Text)
    visited_at: Mapped[datetime]


Letter = Message | Quote | ContestEntry
"""What a visitor wrote with a form."""
