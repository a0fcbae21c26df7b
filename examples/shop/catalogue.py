"""The goods: read from ``catalogue.toml`` beside this file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Item:
    """One product as the shop's owner wrote it down; ``price`` in cents with VAT, texts by language."""

    slug: str
    price: int
    name: Mapping[str, str]
    text: Mapping[str, str]


def read_catalogue() -> dict[str, Item]:
    """Return the products by slug, in the order of the shop window."""
    with Path(__file__).with_name("catalogue.toml").open("rb") as file:
        return {entry["slug"]: Item(**entry) for entry in tomllib.load(file)["product"]}
