"""Accounts, and what a customer looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from examples.shop.sql.tables import Address, Customer, NewsletterEntry, Visit


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
        phone="",
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


def look_up(session: Session, asked: str) -> list[Customer]:
    """Return the customers of a whole e-mail address, a surname, or a postcode."""
    if not asked.strip():
        return []
    wanted = or_(
        Customer.email == asked,
        Customer.name_last_word == asked,
        Customer.addresses.any(Address.postcode == asked),
    )
    return list(session.scalars(select(Customer).where(wanted).order_by(Customer.id)))


def looked_at(session: Session, customer: Customer) -> list[str]:
    """Return the paths of the pages the customer looked at, the latest first."""
    query = select(Visit.page).where(Visit.customer_id == customer.id).order_by(Visit.id.desc()).limit(50)
    return list(session.scalars(query))


def everyone(session: Session) -> Mapping[str, int | None]:
    """Return every address the shop ever got hold of, each with the number of its account, if it has one.

    That is wrong: nobody asks here who agreed to mail. It is left to the library to put that right.
    """
    found: dict[str, int | None] = {entry.email: None for entry in session.scalars(select(NewsletterEntry))}
    found |= {customer.email: customer.id for customer in session.scalars(select(Customer))}
    return dict(sorted(found.items()))
