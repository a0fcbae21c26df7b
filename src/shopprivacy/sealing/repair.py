"""Keys that a crash left without an owner: bound by what the data says, or taken away.

A new row's key is stored before the row, and bound after it. Whatever ends in between leaves a key that opens nothing:
where the row was committed, its column names the handle, and the row says whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from shopprivacy.crypto import Keyset
from shopprivacy.errors import KeyUnavailable, SealRefused
from shopprivacy.sealing.discreet import discreet
from shopprivacy.sealing.envelope import (
    HEAD_BYTES,
    SUBJECT_SUITE,
    SealKey,
    associated_data,
    key_of,
    subject_key,
)
from shopprivacy.sealing.store import SubjectKeyRow, SubjectKeyStore
from shopprivacy.sealing.subject_keys import SubjectKeys
from shopprivacy.sealing.wrap import Wrapping, written

_DIGITS: Final = re.compile("[0-9a-fA-F]{32}")
UNDER_WAY: Final = timedelta(hours=1)
"""A key this young may be of a row that is being written."""


class SealedColumn(NamedTuple):
    """A column whose values are sealed for persons: ``customer.phone=customer:id``."""

    table: str
    column: str
    kind: str
    owner: str
    """The column that has the owner's id."""
    ids: str = ""
    """``uuid`` or ``text``: what the owners' ids are, where the database keeps both alike."""
    name: str = ""
    """What its values are sealed with, if that is not ``table.column``."""

    @classmethod
    def parse(cls, text: str) -> SealedColumn:
        """Read one. Raises SealRefused for text of another form."""
        place, _, owner = text.partition("=")
        place, slash, name = place.partition("/")
        table, _, column = place.partition(".")
        kind, _, owner_column = owner.partition(":")
        owner_column, colon, ids = owner_column.partition(":")
        whole = all((table, column, kind, owner_column))
        if not whole or (slash and not name) or (colon and ids not in ("uuid", "text")):
            raise SealRefused(
                f'"{text}" is not a sealed column: write table.column=kind:owner_column, or table.column/name=… if it '
                "is sealed with another name; at the end :uuid or :text where ids are kept as 32 hexadecimal digits"
            )
        return cls(table, column, kind, owner_column, ids, name)

    def id_of(self, stored: object) -> object:
        """Return an owner's id as the shop has it. Raises SealRefused where that cannot be told from what is stored.

        Databases without a type for UUIDs keep them as 32 digits or as 16 bytes, and a key is bound for good.
        """
        if self.ids == "uuid" and isinstance(stored, bytes | str):
            try:
                return UUID(bytes=stored) if isinstance(stored, bytes) else UUID(stored)
            except ValueError:
                raise SealRefused(f"{self.table}.{self.owner}: an id is no UUID") from None
        if not self.ids and isinstance(stored, str) and _DIGITS.fullmatch(stored):
            end = f"={self.kind}:{self.owner}"
            raise SealRefused(
                f"{self.table}.{self.owner}: the ids are 32 hexadecimal digits; write {self.table}.{self.column}{end}"
                f":uuid if they are UUIDs in the shop's code, and {end}:text if they are text"
            )
        return stored


class Repaired(NamedTuple):
    """What became of the keys without an owner."""

    bound: int
    dropped: int
    contested: int
    """Keys that rows of several owners name, or of none: somebody copied bytes. Nobody gets them."""
    left: int
    """Keys that no row names and that stay."""


@discreet
def repair(
    store: SubjectKeyStore,
    keyset: Keyset,
    columns: Iterable[tuple[SealedColumn, Iterable[tuple[object, bytes]]]],
    owner_of: Callable[[str, object], str],
    subjects: SubjectKeys,
    now: datetime,
    *,
    drop: bool,
) -> Repaired:
    """Bind the keys without an owner to the rows that name them.

    ``columns`` are the sealed columns, each with its rows: the owner's id, and what is sealed. ``owner_of`` gives the
    pseudonym of a kind and an id. Only what opens under a key counts as naming it: a handle is no secret. A key of
    somebody who was erased since it was made is erased, too. With ``drop``, keys that no row names are taken away once
    they are an hour old: only right where every column is named that is sealed for persons. What this keyset does not
    unwrap stays: it may be another shop's, whose keys are in the same store.

    Raises SealRefused, before anything is bound, where a column does not say which of two ids its rows have.
    """
    unbound = {row.handle: row for row in store.unbound()}
    keys: dict[bytes, SealKey | None] = {}
    owners: dict[bytes, set[tuple[str, object]]] = {}
    for column, rows in columns:
        associated = associated_data(column.name or f"{column.table}.{column.column}")
        for owner, stored in rows:
            if stored[:1] != SUBJECT_SUITE or len(stored) <= HEAD_BYTES or key_of(stored) not in unbound:
                continue
            handle = key_of(stored)
            if handle not in keys:
                keys[handle] = _key(keyset, unbound[handle])
            key = keys[handle]
            if key is not None and key.open(stored, associated) is not None:
                owners.setdefault(handle, set()).add((column.kind, column.id_of(owner)))
    bound, erased, contested = 0, 0, 0
    for handle, found in owners.items():
        row = unbound[handle]
        kind, identifier = next(iter(found))
        if len(found) > 1 or kind != row.context or identifier is None:
            contested += 1
            continue
        with suppress(KeyUnavailable, SealRefused):  # it is left, and the others are not
            owner_name = owner_of(kind, identifier)
            if _was_erased(store, owner_name, row):
                erased += subjects.erase_handles([handle])
            else:
                subjects.bind({handle: owner_name})
                bound += 1
    # What a row names and does not open may open one day: it stays.
    before = written(now - UNDER_WAY)
    nameless = (row for row in unbound.values() if row.handle not in keys and row.created < before)
    lost = [row.handle for row in nameless if _key(keyset, row) is not None] if drop else []
    if lost:
        store.drop(lost)
    dropped = len(lost) + erased
    return Repaired(bound, dropped, contested, len(unbound) - bound - dropped - contested)


def _was_erased(store: SubjectKeyStore, owner: str, unbound: SubjectKeyRow) -> bool:
    """Whether the owner's keys in the group of a key were erased after it was made: it was meant, too."""
    return any(
        row.group == unbound.group and row.erased_at is not None and row.erased_at >= unbound.created
        for row in store.of_owner(owner)
    )


def _key(keyset: Keyset, row: SubjectKeyRow) -> SealKey | None:
    """The key itself; None: the row in the store is not as it was written, or its root can no longer be used."""
    with suppress(KeyUnavailable):
        secret = Wrapping(keyset).unwrapped(row)
        return None if secret is None else subject_key(keyset.tenant, row.handle, secret)
    return None
