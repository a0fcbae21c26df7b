"""Accounts, and what a customer looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from examples.shop.sql.tables import Customer, NewsletterEntry, Visit


def register(
    session: Session, *, name: str, email: str, password_hash: str, language: str, now: datetime
) -> Customer | None:
    """Create an account, or return None when the address has one already."""
    if find_by_email(session, email) is not None:
        return None
    customer = Customer(
        name=name,
        company="",
        vat_number="",
        email=email,
        phone=None,
        password_hash=password_hash,
        language=language,
        created_at=now,
    )
    session.add(customer)
    session.flush()
    return customer


def find_by_email(session: Session, email: str) -> Customer | None:
    """Return the account of an e-mail address in lower case."""
    return session.scalar(select(Customer).where(Customer.email == email))


def looked_at(session: Session, customer: Customer) -> list[str]:
    """Return the paths of the pages the customer looked at, the latest first."""
    query = select(Visit.page).where(Visit.customer_id == customer.id).order_by(Visit.id.desc()).limit(50)
    return list(session.scalars(query))


def everyone(session: Session) -> Mapping[str, int | None]:
    """Return every address the shop ever got hold of, each with the number of its account, if it has one.

    That is wrong: nobody asks here who agreed to mail. It is left to the library to put that right.
    """
    found: dict[str, int | None] = dict.fromkeys(session.scalars(select(NewsletterEntry.email)))
    found |= dict(session.execute(select(Customer.email, Customer.id)).tuples().all())
    return dict(sorted(found.items()))
