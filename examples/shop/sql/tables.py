"""The shop's tables. Money in cents, times in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, ForeignKey, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Table(DeclarativeBase):
    """The base of the shop's tables."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {str: String(200), datetime: DateTime(timezone=True)}


class Letter:
    """What a visitor wrote, sealed: ``keep_letter`` is the only way in."""

    id: Mapped[int]


class Product(Table):
    __tablename__ = "product"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    price: Mapped[int]


class Customer(Table):
    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    company: Mapped[str]
    vat_number: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    phone: Mapped[bytes | None]  # sealed: examples/shop/sealed.py
    password_hash: Mapped[str]
    language: Mapped[str]
    created_at: Mapped[datetime]
    addresses: Mapped[list[Address]] = relationship(back_populates="customer", order_by="Address.id")
    orders: Mapped[list[Order]] = relationship(back_populates="customer", order_by="Order.id.desc()")


class Address(Table):
    """Where to deliver: a customer's, or that of one order by a guest."""

    __tablename__ = "address"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    name: Mapped[str]
    street: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    country: Mapped[str]
    customer: Mapped[Customer | None] = relationship(back_populates="addresses")

    def __str__(self) -> str:
        return f"{self.name}\n{self.street}\n{self.postcode} {self.city}\n{self.country}"


class Order(Table):
    __tablename__ = "order"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    address_id: Mapped[int] = mapped_column(ForeignKey("address.id"))
    name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]
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

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    number: Mapped[str]
    name: Mapped[str]
    company: Mapped[str]
    vat_number: Mapped[str]
    address: Mapped[str] = mapped_column(Text)
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

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    email: Mapped[str]
    cart: Mapped[str]
    remind: Mapped[bool]
    language: Mapped[str]
    saved_at: Mapped[datetime]


class Quote(Letter, Table):
    __tablename__ = "quote"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[bytes]
    company: Mapped[bytes]
    email: Mapped[bytes]
    phone: Mapped[bytes]
    product: Mapped[str]
    quantity: Mapped[int]
    text: Mapped[bytes]
    asked_at: Mapped[datetime]


class Message(Letter, Table):
    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[bytes]
    email: Mapped[bytes]
    subject: Mapped[bytes]
    text: Mapped[bytes]
    sent_at: Mapped[datetime]


class Review(Table):
    __tablename__ = "review"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    name: Mapped[str]
    rating: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]


class ContestEntry(Letter, Table):
    __tablename__ = "contest_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[bytes]
    email: Mapped[bytes]
    address: Mapped[bytes]
    answer: Mapped[int]
    entered_at: Mapped[datetime]


class NewsletterEntry(Table):
    __tablename__ = "newsletter_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
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
