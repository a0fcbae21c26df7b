"""Keys that a crash left without an owner: bound by what the data says, or taken away.

A new row's key is stored before the row, and bound after it. Whatever ends in between leaves a key that opens nothing:
where the row was committed, its column names the handle, and the row says whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from shopprivacy.errors import SealRefused
from shopprivacy.sealing.envelope import HEAD_BYTES, SUBJECT_SUITE, key_of
from shopprivacy.sealing.store import SubjectKeyStore

UNDER_WAY: Final = timedelta(hours=1)
"""A key this young may be of a row that is being written."""


class SealedColumn(NamedTuple):
    """A column whose values are sealed for persons: ``customer.phone=customer:id``."""

    table: str
    column: str
    kind: str
    owner: str
    """The column that has the owner's id."""

    @classmethod
    def parse(cls, text: str) -> SealedColumn:
        """Read one. Raises SealRefused for text of another form."""
        name, _, owner = text.partition("=")
        table, _, column = name.partition(".")
        kind, _, owner_column = owner.partition(":")
        if not (table and column and kind and owner_column):
            raise SealRefused(f'"{text}" is no sealed column: write table.column=kind:owner_column')
        return cls(table, column, kind, owner_column)


class Repaired(NamedTuple):
    """What became of the keys without an owner."""

    bound: int
    dropped: int
    contested: int
    """Keys that rows of several owners name: somebody copied bytes. Nobody gets them."""
    left: int
    """Keys that no row names and that stay."""


def repair(
    store: SubjectKeyStore,
    columns: Iterable[tuple[SealedColumn, Iterable[tuple[object, bytes]]]],
    bind: Callable[[bytes, str, object], None],
    now: datetime,
    *,
    drop: bool,
) -> Repaired:
    """Bind the keys without an owner to the rows that name them.

    ``columns`` are the sealed columns, each with its rows: the owner's id, and what is sealed. ``bind`` is given a
    handle, kind and id. With ``drop``, keys that no row names are taken away once they are an hour old: only right
    where every column is named that is sealed for persons.
    """
    unbound = {row.handle: row for row in store.unbound()}
    owners: dict[bytes, set[tuple[str, object]]] = {}
    for column, rows in columns:
        for owner, stored in rows:
            if stored[:1] == SUBJECT_SUITE and len(stored) > HEAD_BYTES and key_of(stored) in unbound:
                owners.setdefault(key_of(stored), set()).add((column.kind, owner))
    bound, contested = 0, 0
    for handle, found in owners.items():
        if len(found) == 1 and next(iter(found))[0] == unbound[handle].context:
            bind(handle, *found.pop())
            bound += 1
        else:
            contested += 1
    lost = [
        row.handle for row in unbound.values() if row.handle not in owners and now - row.created > UNDER_WAY
    ]
    if drop and lost:
        store.drop(lost)
    dropped = len(lost) if drop else 0
    return Repaired(bound, dropped, contested, len(unbound) - bound - dropped - contested)
