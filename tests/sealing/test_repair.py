"""Keys that a crash left without an owner."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest

from shopprivacy.errors import KeyUnavailable, SealRefused
from shopprivacy.sealing.repair import Repaired, SealedColumn, repair
from tests.sealing.shop import Shop

COLUMN = SealedColumn.parse("customer.name=customer:id")


def repaired(
    shop: Shop, rows: Iterable[tuple[object, bytes]], *, hours: int = 2, drop: bool = False
) -> Repaired:
    """Repair by the rows of one column."""
    subjects = shop.sealing._keys("x")

    def bind(handle: bytes, kind: str, number: object) -> None:
        subjects.bind(handle, shop.sealing._pseudonym(kind, str(number)))

    return repair(shop.keys, [(COLUMN, rows)], bind, shop.now() + timedelta(hours=hours), drop=drop)


def unbound(shop: Shop, kind: str = "customer") -> bytes:
    """What was sealed for a new row, whose number nobody told."""
    return shop.seal(subject=shop.sealing.new_subject(kind))


def test_the_row_says_whose_it_is() -> None:
    """A key that one row names is that row's owner's; other rows and clear text are passed over."""
    shop = Shop()
    stored, other = unbound(shop), shop.seal()
    with pytest.raises(KeyUnavailable):
        shop.open(stored, subject=("customer", 9))
    assert repaired(shop, [(9, stored), (7, other), (3, b"clear"), (4, b"\2")]) == Repaired(1, 0, 0, 0)
    assert shop.open(stored, subject=("customer", 9)) == shop.open(other) == "Anna"


def test_bytes_that_somebody_copied() -> None:
    """A key that rows of two owners name, or that is of another kind of row, is nobody's until somebody looks."""
    shop = Shop()
    stored, order = unbound(shop), unbound(shop, "order")
    assert repaired(shop, [(9, stored), (8, stored), (9, stored), (5, order)], drop=True) == Repaired(
        0, 0, 2, 0
    )
    assert len(shop.keys.unbound()) == 2


def test_what_no_row_names() -> None:
    """It stays unless it is to be dropped, and until it is an hour old: its row may be on its way."""
    shop = Shop()
    unbound(shop)
    assert repaired(shop, []) == Repaired(0, 0, 0, 1)
    assert repaired(shop, [], hours=0, drop=True) == Repaired(0, 0, 0, 1)
    assert len(shop.keys.unbound()) == 1
    assert repaired(shop, [], drop=True) == Repaired(0, 1, 0, 0)
    assert not shop.keys.unbound()


@pytest.mark.parametrize(
    "text", ["", "customer.name", "customer.name=id", "customer=customer:id", ".a=b:c", "a.b=:c"]
)
def test_a_column_is_named_with_its_owner(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(SealRefused, match=r"table\.column=kind:owner_column"):
        SealedColumn.parse(text)
