"""What the shop seals by hand: a customer's telephone number, and what visitors write, under the row itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shopprivacy.sealing import NewSubject
from shopprivacy.sealing.service import Sealing

PHONE = "customer.phone"
LETTERS: Mapping[str, tuple[str, ...]] = {
    "message": ("name", "email", "subject", "text"),
    "quote": ("name", "company", "email", "phone", "text"),
    "contest_entry": ("name", "email", "address"),
}
"""The personal columns of what visitors write, by table."""


def open_phone(sealing: Sealing, number: int, stored: bytes | None) -> str:
    """Return the telephone number of the customer of this number; an erased one is empty."""
    return str(sealing.open(stored, PHONE, subject=("customer", number)) or "")


def change_phone(sealing: Sealing, number: int, stored: bytes | None, phone: str) -> bytes | None:
    """Return what to store for a telephone number: the same bytes for the same one.

    Raises SealRefused where the customer's keys were erased.
    """
    if phone == open_phone(sealing, number, stored):
        return stored
    return sealing.seal(phone, PHONE, subject=("customer", number))


def sealed_letter(
    sealing: Sealing, table: str, letter: object, new: NewSubject
) -> Iterator[tuple[str, bytes | None]]:
    """Seal the personal columns of a new row: bind ``new`` when the database has given its number."""
    for column in LETTERS[table]:
        yield column, sealing.seal(getattr(letter, column), f"{table}.{column}", subject=new)
