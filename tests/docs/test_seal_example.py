"""The example of how to seal a value, followed by that of how to erase a customer."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.docs.blocks import DOCS, blocks
from tests.docs.folder import python

HOW_TO = DOCS / "how-to"
AFTER = """
class customer:
    id = number

text = "Street 1"
{books}
{erase}
print(count, repr(sealing.open(phone, "customer.phone", subject=("customer", number))))
print(sealing.open(address, "invoice.address", subject=("customer", number), group="books"))
"""


def test_sealing_finding_and_erasing(shop: Path) -> None:
    """The pages' code finds the row by another spelling and reads it; the file shows nothing, and erased it is gone."""
    seal = next(block.text for block in blocks(HOW_TO / "seal.md") if block.language == "python")
    erase, books = (block.text for block in blocks(HOW_TO / "erase.md") if block.language == "python")
    erase_first, _, profile = books.partition("\nprivacy")
    erase = erase.replace("customer.id)", 'customer.id, "profile")')  # which must be named now
    program = seal + AFTER.format(erase=erase, books=erase_first)
    assert profile.startswith('.sealing.erase_keys("customer", customer.id, "profile")')
    (shop / "example.py").write_text(program, encoding="utf-8")
    assert python(shop, "example.py").splitlines() == ["030 123 4567", "1 Erased", "Street 1"]
    with closing(sqlite3.connect(shop / "shop.sqlite3")) as database:
        database.execute("VACUUM")
    assert (shop / "subject-keys.sqlite3").exists()
    assert b"030 123" not in (shop / "shop.sqlite3").read_bytes()
