"""The rule about sales of personal data: a shop promises that there are none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from shopprivacy.policy import Policy

Found = tuple[tuple[str, ...], str]

WORDS: Final = frozenset(
    {"sale", "sell", "selling", "sold", "resale", "resell", "reselling", "resold"}
    | {"verkoop", "verkopen", "verkocht", "doorverkoop", "doorverkopen"}
    | {"vente", "vendre", "vendu", "revente", "revendre"}
    | {"verkauf", "verkaufen", "verkauft", "weiterverkauf"}
)
"""A sale in English, Dutch, French and German. Not "sales", which are what a shop counts of its own: ``sales_orders``,
``after_sales``; nor a word that holds one of these: ``verkooporder``."""


def sale_in_name(policy: Policy, _today: date) -> Iterator[Found]:
    """A purpose or recipient called after a sale: of goods, perhaps, but its reader cannot know."""
    for table in ("purposes", "recipients"):
        for name in getattr(policy, table):
            if sold := WORDS.intersection(name.split("_")):
                yield (table, name), f'is called after a sale ("{min(sold)}"), and personal data is not sold'
