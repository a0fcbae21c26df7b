"""What the shop seals by hand: a customer's telephone number, and what visitors write, under the row itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from shopprivacy.sealing import NewSubject
from shopprivacy.sealing.service import Sealing

PHONE = "customer.phone"
LETTERS: Mapping[str, tuple[str, ...]] = {
    "message": ("name", "email", "subject", "text"),
    "quote": ("name", "company", "email", "phone", "text"),
    "contest_entry": ("name", "email", "address"),
}
"""The personal columns of what visitors write, by table."""


class HasPhone(Protocol):
    """A customer, whatever the shop keeps its rows with."""

    id: int
    phone: bytes | None


def open_phone(sealing: Sealing, customer: HasPhone) -> str:
    """Return a customer's telephone number; an erased one is empty."""
    return str(sealing.open(customer.phone, PHONE, subject=("customer", customer.id)) or "")


def change_phone(sealing: Sealing, customer: HasPhone, phone: str) -> None:
    """Seal another telephone number. Raises SealRefused where the customer's keys were erased."""
    if phone != open_phone(sealing, customer):
        customer.phone = sealing.seal(phone, PHONE, subject=("customer", customer.id))


def sealed_letter(
    sealing: Sealing, table: str, letter: object, new: NewSubject
) -> Iterator[tuple[str, bytes | None]]:
    """Seal the personal columns of a new row: bind ``new`` when the database has given its number."""
    for column in LETTERS[table]:
        yield column, sealing.seal(getattr(letter, column), f"{table}.{column}", subject=new)
