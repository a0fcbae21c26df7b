"""What visitors write to the shop, read from its forms; what is wrong stands in the form's mistakes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from examples.shop.forms import Form
from examples.shop.sql.tables import ContestEntry, Customer, Message, Quote, Review


def read_message(form: Form, now: datetime) -> Message:
    """Read the contact form."""
    return Message(
        name=form.required("name", 80),
        email=form.email(),
        subject=form.required("subject", 120),
        text=form.required("message", 5000),
        sent_at=now,
    )


def read_quote(form: Form, products: Collection[str], now: datetime) -> Quote:
    """Read the request for a quotation."""
    return Quote(
        name=form.required("name", 80),
        company=form.optional("company", 80),
        email=form.email(),
        phone=form.optional("phone", 30),
        product=form.choice("product", products),
        quantity=form.number("quantity", 1, 100_000),
        text=form.required("message", 5000),
        asked_at=now,
    )


def read_contest_entry(form: Form, now: datetime) -> ContestEntry:
    """Read the entry for the contest."""
    return ContestEntry(
        name=form.required("name", 80),
        email=form.email(),
        address=form.required("address", 300),
        answer=form.number("answer", 0, 1_000_000),
        entered_at=now,
    )


def read_review(form: Form, product_id: int, customer: Customer | None, now: datetime) -> Review:
    """Read a review of a product."""
    return Review(
        product_id=product_id,
        customer_id=customer.id if customer else None,
        name=form.optional("name", 80),
        rating=form.number("rating", 1, 5),
        text=form.required("text", 2000),
        written_at=now,
    )
