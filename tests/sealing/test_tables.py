"""All rows of a sealed column: counted, sealed, looked at."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from shopprivacy.errors import StoreDown
from shopprivacy.sealing.column import Column, Sealed, loader
from shopprivacy.sealing.service import Subject
from shopprivacy.sealing.tables import IndexTaken, StoredRow, backfill, copies, reindex, status, verify
from shopprivacy.testing.samples import sample_sealing


@dataclass
class ListTable:
    """A column in a list."""

    has_clear: bool = False
    is_unique: bool = False
    stored: list[Any] = field(default_factory=list)
    clear: dict[int, Any] = field(default_factory=dict)
    indexes: dict[int, str | None] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    owners: dict[int, Any] = field(default_factory=dict)
    is_late: bool = False
    fails: Exception | None = None

    def __post_init__(self) -> None:
        sealing = sample_sealing()
        self.sealing = sealing
        self.column = Column("customer.name", "subject", "profile", ("folded",), lambda: sealing, self)

    def rows(self) -> Iterable[StoredRow]:
        load = loader(self.column)
        for number, stored in enumerate(self.stored):
            yield StoredRow(
                number, load(stored), self.owners.get(number, ("customer", number)),
                {"folded": self.indexes.get(number)}, self.clear.get(number), self.others,
            )  # fmt: skip

    def read_clear(self, stored: Any) -> object:
        return stored if isinstance(stored, str) else bytes(stored).decode()

    def seal(self, value: object, subject: Subject | None) -> tuple[Sealed, Mapping[str, str | None]]:
        return self.column.seal(value, subject), {"folded": self.column.index(value, "folded")}

    def value(self, opened: object) -> object:
        return opened

    def write(self, row: StoredRow, sealed: Sealed | None, indexes: Mapping[str, str | None]) -> bool:
        if self.is_late:
            return False
        if self.fails is not None:
            raise self.fails
        number: Any = row.key
        self.stored[number] = None if sealed is None else sealed.envelope
        self.indexes[number] = indexes["folded"]
        return True


def test_sealing_in_place() -> None:
    """Clear text is counted and sealed where it stands; done again, nothing changes, and all of it opens."""
    table = ListTable(stored=["An", b"Bo", None, b"\xff"])
    assert status(table) == {"not sealed": 3, "NULL": 1}
    assert backfill(table) == {"sealed now": 2, "of no value of this field": 1}
    before = list(table.stored)
    assert backfill(table) == {"of no value of this field": 1}
    assert table.stored == before
    assert verify(table) == {"sealed": 2, "not sealed": 1}


def test_following_another_column() -> None:
    """A column that follows one in clear gets its values where they differ, NULL too, and then no more."""
    table = ListTable(has_clear=True, stored=[None, None, None], clear={0: "An", 1: "Bo"})
    assert backfill(table) == {"sealed now": 2}
    assert not backfill(table)
    table.clear = {0: "An", 1: "other"}
    assert backfill(table) == {"sealed now": 1}
    table.clear = {}
    assert backfill(table) == {"sealed now": 2}
    assert table.stored == [None] * 3
    table.stored[0] = b"clear text"
    table.clear = {0: "An"}
    assert backfill(table) == {"sealed now": 1}


def test_indexing_anew() -> None:
    """What a former key has indexed gets the newest key's index and keeps its bytes; done again, nothing changes."""
    table = ListTable(stored=["An", "Bo", None, b"clear", "Ed"], owners={3: ("customer", 3)})
    backfill(table)
    table.stored[3] = b"clear"
    newest, before = dict(table.indexes), list(table.stored)
    table.indexes |= {0: "0" * 32, 1: "1" * 32}
    assert table.sealing.erase_keys("customer", 4) == 1
    assert reindex(table) == {"indexed now": 3, "not sealed": 1}
    assert (table.indexes[0], table.indexes[1], table.indexes[4]) == (newest[0], newest[1], None)
    assert reindex(table) == {"indexed": 3, "not sealed": 1}
    assert table.stored == before
    table.indexes[0] = "0" * 32
    table.is_late = True
    assert reindex(table) == {"indexed": 2, "changed meanwhile": 1, "not sealed": 1}


def test_an_index_that_a_value_has_left_behind() -> None:
    """Where a statement past the mapper has set a value to NULL and not its index, it is told, and taken away."""
    table = ListTable(stored=[None, None], indexes={0: "f" * 32})
    assert verify(table) == {"with another value's index": 1}
    assert reindex(table) == {"indexed now": 1}
    assert table.indexes[0] is None
    assert verify(table) == reindex(table) == {}


class NoIndex(ListTable):
    """A column that nothing is found by."""

    def rows(self) -> Iterable[StoredRow]:
        return [row._replace(indexes={}) for row in super().rows()]


def test_a_column_without_an_index_is_not_indexed() -> None:
    """There is nothing to do for it, and nothing is counted."""
    table = NoIndex(stored=["An"])
    backfill(table)
    assert reindex(table) == {}


def test_what_is_left() -> None:
    """Rows of nobody, of somebody erased, and those that somebody else wrote are left and counted."""
    table = ListTable(stored=["An", "Bo"], owners={0: None})
    table.is_late = True
    assert backfill(table) == {"of nobody": 1, "changed meanwhile": 1}


def test_what_is_wrong() -> None:
    """Every value that does not open, or is found by another index, or stands in clear elsewhere, is told by name."""
    table = ListTable(stored=["An Jansen", "Bo", "Ed", "Di", "Jo"])
    backfill(table)
    table.stored[1] = table.stored[0]
    table.stored[2] = table.stored[2][:-1] + bytes([table.stored[2][-1] ^ 1])
    table.stored[3] = table.stored[3][:1] + bytes(16) + table.stored[3][17:]
    table.indexes[0] = "x"
    table.others = {"search": "an jansen, street", "other": None}
    table.sealing.erase_keys("customer", 4)
    assert verify(table) == {
        "sealed": 1, "with another value's index": 2, "in clear in search": 1, "of another owner than its row": 1,
        "changed or of another column": 1, "without a key that can be used": 1, "erased": 1,
    }  # fmt: skip


def test_what_the_database_refuses() -> None:
    """A row whose unique index another one has is counted, and the run goes on; a database that is down ends it."""
    assert backfill(ListTable(stored=["An", "Bo"], fails=IndexTaken())) == {"equal to another row's": 2}
    with pytest.raises(StoreDown):
        backfill(ListTable(stored=["An"], fails=StoreDown("down")))


@pytest.mark.parametrize(
    ("other", "is_copy"),
    [("AN JANSEN", True), (f"{zlib.crc32(b'an jansen'):08x}", True), ("An", False), (7, False)],
)
def test_copies(other: object, is_copy: bool) -> None:
    """A copy is found in another case and as a checksum; short values and numbers are not looked for."""
    assert [*copies("An Jansen", {"other": other})] == (["other"] if is_copy else [])
    assert not [*copies("An", {"other": "An"})]
    assert not [*copies(12345, {"other": 12345})]
