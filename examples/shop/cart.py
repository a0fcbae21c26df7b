"""What the shop keeps in cookies, as text: the cart, and lists of products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from examples.shop.catalogue import Item
from examples.shop.prices import total

MOST_OF_ONE = 20
"""More of one product than this is a quotation, not an order."""

_LISTED = 6


def read_cart(text: str, known: Iterable[str]) -> dict[str, int]:
    """Read ``lamp:2.vase:1``. What is not known or no number is left out: cookies are the visitor's to write."""
    slugs = set(known)
    cart: dict[str, int] = {}
    for part in text.split("."):
        slug, _, count = part.partition(":")
        if slug in slugs and count.isascii() and count.isdigit() and 0 < int(count[:4]) <= MOST_OF_ONE:
            cart[slug] = int(count[:4])
    return cart


def write_cart(cart: Mapping[str, int]) -> str:
    """Write a cart as the text that :func:`read_cart` reads."""
    return ".".join(f"{slug}:{count}" for slug, count in cart.items())


def priced(cart: Mapping[str, int], goods: Mapping[str, Item]) -> dict[str, Any]:
    """Return what templates show of a cart: its ``lines``, each an item and how many of it, and the ``total``."""
    lines = [(goods[slug], count) for slug, count in cart.items()]
    return {"lines": lines, "total": total((item.price, count) for item, count in lines)}


def read_list(text: str, known: Iterable[str]) -> list[str]:
    """Read ``lamp.vase``, each known product once."""
    slugs = set(known)
    return [slug for slug in dict.fromkeys(text.split(".")) if slug in slugs][:_LISTED]


def write_list(slugs: Iterable[str]) -> str:
    """Write a list as the text that :func:`read_list` reads, the last six at most."""
    return ".".join(list(dict.fromkeys(slugs))[:_LISTED])
