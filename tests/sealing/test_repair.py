"""Keys that a crash left without an owner."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import pytest

from shopprivacy.crypto import Keyset, Ring
from shopprivacy.errors import KeyUnavailable, SealRefused
from shopprivacy.sealing.model import canonical
from shopprivacy.sealing.repair import Repaired, SealedColumn, repair
from shopprivacy.sealing.wrap import written
from shopprivacy.testing.samples import NOON, sample_keyset, sample_random
from tests.sealing.shop import Shop

COLUMN = SealedColumn.parse("customer.name=customer:id")


def repaired(
    shop: Shop,
    rows: Iterable[tuple[object, bytes]],
    *,
    hours: int = 2,
    drop: bool = False,
    ids: str = "",
    name: str = "",
    keyset: Keyset | None = None,
) -> Repaired:
    """Repair by the rows of one column."""
    return repair(
        shop.keys,
        keyset or sample_keyset(),
        [(COLUMN._replace(ids=ids, name=name), rows)],
        lambda kind, number: shop.sealing._pseudonym(kind, canonical(number)),
        shop.sealing._keys("x"),
        shop.now() + timedelta(hours=hours),
        drop=drop,
    )


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


def test_whoever_names_a_handle_does_not_get_the_key() -> None:
    """A row whose bytes do not open under the key, or were another column's, gives it to nobody; nor is it dropped."""
    shop = Shop()
    new = shop.sealing.new_subject("customer")
    stored = shop.seal(field="customer.email", subject=new)
    assert repaired(shop, [(9, stored[:17] + bytes(61)), (9, stored)], drop=True) == Repaired(0, 0, 0, 1)
    assert len(shop.keys.unbound()) == 1


def test_a_key_that_cannot_be_unwrapped() -> None:
    """It is left: its row in the store was changed, or its root is another keyset's."""
    shop = Shop()
    changed, foreign = unbound(shop), unbound(shop)
    shop.keys.change(changed[1:17], group="books")
    shop.keys.change(foreign[1:17], root=b"none")
    assert repaired(shop, [(9, changed), (8, foreign)], drop=True) == Repaired(0, 0, 0, 2)


def test_an_erasure_reaches_what_was_not_bound() -> None:
    """Whoever was erased since the key was made meant it, too: it is erased, and the journal has it."""
    shop = Shop()
    stored = unbound(shop)
    shop.wait(10)
    shop.seal(subject=("customer", 9))
    shop.sealing.erase_keys("customer", 9)
    new = unbound(shop)
    shop.keys.change(new[1:17], created=written(shop.now() + timedelta(seconds=1)))
    assert repaired(shop, [(9, stored)]) == Repaired(0, 1, 0, 1)
    assert shop.keys.row(stored[1:17]).wrapped is None
    assert stored[1:17].hex() in shop.journal.kept[-1].body["handles"]


def test_one_that_cannot_be_bound_holds_up_no_other() -> None:
    """A row without an owner is looked at by somebody; an id of a type that no owner has leaves its key."""
    shop = Shop()
    nobody, odd, mine = unbound(shop), unbound(shop), unbound(shop)
    rows = [(None, nobody), (1.5, odd), (9, mine)]
    assert repaired(shop, rows) == Repaired(1, 0, 1, 1)
    assert shop.open(mine, subject=("customer", 9)) == "Anna"


def test_what_no_row_names() -> None:
    """It stays unless it is to be dropped, and until it is an hour old: its row may be on its way."""
    shop = Shop()
    unbound(shop)
    assert repaired(shop, []) == Repaired(0, 0, 0, 1)
    assert repaired(shop, [], hours=0, drop=True) == Repaired(0, 0, 0, 1)
    assert len(shop.keys.unbound()) == 1
    assert repaired(shop, [], drop=True) == Repaired(0, 1, 0, 0)
    assert not shop.keys.unbound()


@pytest.mark.parametrize("is_mine", [False, True])
def test_the_keys_of_another_shop(is_mine: bool) -> None:
    """Of two shops with one store neither drops what it cannot unwrap, nor a key whose root is only disabled."""
    shop, keyset = Shop(), sample_keyset()
    stored = unbound(shop)
    if is_mine:
        root = keyset.primary(Ring.DATA).id
        keyset = keyset.new(Ring.DATA, sample_random("newer"), NOON)
        keyset = keyset.rotate(keyset.keys(Ring.DATA)[-1].id, NOON).disable(root, NOON)
    else:
        keyset = Keyset.generate(sample_random("another shop"), NOON, "another")
    assert repaired(shop, [], drop=True, keyset=keyset) == Repaired(0, 0, 0, 1)
    assert repaired(shop, [(9, stored)]).bound == 1


ID = UUID("31baead2-6609-4782-9fcd-a5cd22e541a6")


@pytest.mark.parametrize("kept", [ID.hex, str(ID), ID.bytes, ID])
def test_ids_that_are_uuids(kept: object) -> None:
    """However a database keeps them, the key is bound to the id that the shop's code has."""
    shop = Shop()
    stored = unbound(shop)
    assert repaired(shop, [(kept, stored)], ids="uuid") == Repaired(1, 0, 0, 0)
    assert shop.open(stored, subject=("customer", ID)) == "Anna"


def test_ids_that_are_text() -> None:
    """As 32 hexadecimal digits they are what they look like only if that is said."""
    shop = Shop()
    stored = unbound(shop)
    assert repaired(shop, [(ID.hex, stored)], ids="text") == Repaired(1, 0, 0, 0)
    assert shop.open(stored, subject=("customer", ID.hex)) == "Anna"


@pytest.mark.parametrize(
    ("ids", "kept", "told"),
    [
        ("", ID.hex, "customer.name=customer:id:uuid"),
        ("", ID.hex.upper(), "customer:id:text"),
        ("uuid", "7", "no UUID"),
    ],
)
def test_ids_that_may_be_either(ids: str, kept: str, told: str) -> None:
    """Binding is for good: nothing is bound where nobody said which id the shop has."""
    shop = Shop()
    stored, mine = unbound(shop), unbound(shop)
    with pytest.raises(SealRefused, match=re.escape(told)) as refusal:
        repaired(shop, [(9, mine), (kept, stored)], ids=ids)
    assert ID.hex not in str(refusal.value)
    assert len(shop.keys.unbound()) == 2


def test_what_more_is_named_with_a_column() -> None:
    """What the ids are, and what its values are sealed with."""
    assert SealedColumn.parse("a.b=c:d:uuid") == SealedColumn("a", "b", "c", "d", "uuid")
    assert SealedColumn.parse("a.b/e.f=c:d") == SealedColumn("a", "b", "c", "d", name="e.f")


def test_a_column_that_is_sealed_with_another_name() -> None:
    """As one is that follows a column in clear, or that was renamed: its values open under that name only."""
    shop = Shop()
    stored = shop.seal(field="customer.old", subject=shop.sealing.new_subject("customer"))
    assert repaired(shop, [(9, stored)]).left == 1
    assert repaired(shop, [(9, stored)], name="customer.old").bound == 1
    assert shop.open(stored, "customer.old", subject=("customer", 9)) == "Anna"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "customer.name",
            "customer.name=id",
            "customer=customer:id",
            ".a=b:c",
            "a.b=:c",
            "a.b=c:d:",
            "a.b=c:d:e",
        )
    ],
)
def test_a_column_is_named_with_its_owner(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(SealRefused, match=r"table\.column=kind:owner_column"):
        SealedColumn.parse(text)
