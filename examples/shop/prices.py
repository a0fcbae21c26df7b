"""Sums of money in whole cents, VAT included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

VAT_PERCENT = 21
SHIPPING_CENTS = 495
FREE_SHIPPING_FROM_CENTS = 5000


@dataclass(frozen=True, slots=True)
class Total:
    """What an order comes to, in cents."""

    goods: int
    shipping: int

    @property
    def sum(self) -> int:
        """What the customer pays."""
        return self.goods + self.shipping

    @property
    def vat(self) -> int:
        """The VAT in it, rounded half up."""
        return (self.sum * VAT_PERCENT * 2 + 100 + VAT_PERCENT) // (2 * (100 + VAT_PERCENT))


def total(lines: Iterable[tuple[int, int]]) -> Total:
    """Add up lines of (price in cents, quantity), with shipping."""
    goods = sum(price * quantity for price, quantity in lines)
    return Total(goods, 0 if goods == 0 or goods >= FREE_SHIPPING_FROM_CENTS else SHIPPING_CENTS)


def euros(cents: int, language: str) -> str:
    """Write an amount the way readers of the language do."""
    whole, rest = divmod(cents, 100)
    if language == "en":
        return f"€{whole:,}.{rest:02}"
    grouped = f"{whole:,}".replace(",", "\N{NO-BREAK SPACE}" if language == "fr" else ".")
    amount = f"{grouped},{rest:02}"
    return f"€\N{NO-BREAK SPACE}{amount}" if language == "nl" else f"{amount}\N{NO-BREAK SPACE}€"
