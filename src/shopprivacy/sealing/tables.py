"""All rows of a sealed column: how many are sealed, sealing those that are not, and whether each of them opens.

What a mapper knows of its tables it gives as a `SealedTable`, column by column.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from shopprivacy.errors import (
    KeyUnavailable,
    NotSealed,
    PrivacyError,
    SealBroken,
    SealRefused,
    StoreDown,
    WrongSubject,
)
from shopprivacy.sealing.column import Column, Sealed
from shopprivacy.sealing.model import Erased

if TYPE_CHECKING:
    from shopprivacy.sealing.service import Subject

BATCH: Final = 500
SHORTEST_COPY: Final = 5
"""Characters of a value that is looked for in other columns: shorter ones stand there by chance."""


class IndexTaken(PrivacyError):
    """A unique index has the value already, which counts as equal there: by another row."""


_ERRORS: Final[tuple[tuple[type[PrivacyError], str], ...]] = (
    (NotSealed, "not sealed"),
    (WrongSubject, "of another owner than its row"),
    (KeyUnavailable, "without a key that can be used"),
    (SealBroken, "changed or of another column"),
    (SealRefused, "of nobody"),
    (IndexTaken, "equal to another row's"),
)


class StoredRow(NamedTuple):
    """One row, as far as one sealed column goes."""

    key: object
    sealed: Sealed | None
    subject: Subject | None
    indexes: Mapping[str, str | None]
    """By normaliser."""
    clear: object
    """What the column has that is to be sealed here; None too where there is no such column."""
    others: Mapping[str, object]
    """The row's columns that are not sealed."""


class SealedTable(Protocol):
    """The rows of one sealed column."""

    column: Column
    has_clear: bool
    """Whether another column has the values in clear, and this one follows it."""
    is_unique: bool
    """Whether no two rows may have values with the same index."""

    def rows(self) -> Iterable[StoredRow]:
        """All rows."""
        ...

    def read_clear(self, stored: object) -> object:
        """Return the value of clear text that stands in the sealed column itself. Raises ValueError."""
        ...

    def seal(self, value: object, subject: Subject | None) -> tuple[Sealed, Mapping[str, str | None]]:
        """Return a value as it is stored, with its indexes."""
        ...

    def value(self, opened: object) -> object:
        """Return what was sealed as the mapper gives it."""
        ...

    def write(self, row: StoredRow, sealed: Sealed | None, indexes: Mapping[str, str | None]) -> bool:
        """Store it where the row is as it was read; False: somebody else was first.

        Raises IndexTaken where another row has the same value of a unique index, and StoreDown.
        """
        ...


def status(table: SealedTable) -> Counter[str]:
    """Count the rows of a column: sealed, NULL, not sealed. Nothing is opened."""
    found: Counter[str] = Counter()
    for row in table.rows():
        found["NULL" if row.sealed is None else "sealed" if row.sealed.is_sealed else "not sealed"] += 1
    return found


def backfill(table: SealedTable) -> Counter[str]:
    """Seal what is not sealed, row by row; done once more, it changes nothing.

    A column that follows another one gets that one's values; else clear text is sealed where it stands.
    """
    found: Counter[str] = Counter()
    for row in _in_batches(table.rows()):
        if not table.has_clear and (row.sealed is None or row.sealed.is_sealed):
            continue
        try:
            value = row.clear if table.has_clear else table.read_clear(_stored(row))
            if table.has_clear and _has(table, row, value):
                continue
            sealed, indexes = (
                (None, dict.fromkeys(row.indexes)) if value is None else table.seal(value, row.subject)
            )
            found["sealed now" if table.write(row, sealed, indexes) else "changed meanwhile"] += 1
        except StoreDown:
            raise
        except (PrivacyError, ValueError) as error:
            found[_kind(error)] += 1
    return found


def verify(table: SealedTable) -> Counter[str]:
    """Open every value, compare its indexes, and look for copies of it in clear. What is wrong is counted by name."""
    found: Counter[str] = Counter()
    for row in _in_batches(table.rows()):
        try:
            opened = _opened(row)
        except PrivacyError as error:
            found[_kind(error)] += 1
            continue
        if opened is None or opened is Erased:
            found.update(["erased"] if opened is Erased else [])
            wrong = any(value is not None for value in row.indexes.values())
        else:
            found["sealed"] += 1
            wrong = any(stored not in table.column.indexes(opened, by) for by, stored in row.indexes.items())
            found.update(f"in clear in {name}" for name in copies(opened, row.others))
        if wrong:
            found["with another value's index"] += 1
    return found


def reindex(table: SealedTable) -> Counter[str]:
    """Index every value under the newest index key; done once more, it changes nothing. Nothing is sealed anew.

    While it runs, rows are found under both keys. Rows of a unique column that have the value of another one, which was
    indexed under another key, are counted.
    """
    found: Counter[str] = Counter()
    for row in _in_batches(table.rows()):
        if not row.indexes:
            continue
        try:
            opened = _opened(row)
            newest = {by: None if opened is Erased else table.column.index(opened, by) for by in row.indexes}
            if newest == row.indexes:
                found.update([] if opened is None else ["indexed"])
            else:
                found["indexed now" if table.write(row, row.sealed, newest) else "changed meanwhile"] += 1
        except PrivacyError as error:
            found[_kind(error)] += 1
    return found


def copies(value: object, others: Mapping[str, object]) -> Iterator[str]:
    """Yield the columns that have a value in clear: as it is, in a longer text, or as a hash that anybody can try."""
    if not isinstance(value, str) or len(value.strip()) < SHORTEST_COPY:
        return
    text = value.strip().casefold()
    hashed: set[str] = set()
    for spelling in {value.strip(), text}:
        octets = spelling.encode(errors="replace")
        hashed |= {
            hashlib.new(name, octets, usedforsecurity=False).hexdigest() for name in ("md5", "sha1", "sha256")
        }
        hashed |= {str(zlib.crc32(octets)), f"{zlib.crc32(octets):08x}"}
    for name, other in others.items():
        told = str(other).casefold()
        if (isinstance(other, str) and text in told) or told in hashed:
            yield name


def _has(table: SealedTable, row: StoredRow, value: object) -> bool:
    """Whether the sealed column has this value already, or nobody may write it any more."""
    if row.sealed is None or not row.sealed.is_sealed:
        return value is None and row.sealed is None
    opened = row.sealed.open(row.subject)
    return opened is Erased or (table.value(opened) == value and type(table.value(opened)) is type(value))


def _in_batches(rows: Iterable[StoredRow]) -> Iterator[StoredRow]:
    """Read some rows before the first of them is opened: their keys are looked up at once."""
    left = iter(rows)
    while some := [*islice(left, BATCH)]:
        yield from some


def _opened(row: StoredRow) -> Any:  # noqa: ANN401  # whatever was sealed
    return None if row.sealed is None else row.sealed.open(row.subject)


def _stored(row: StoredRow) -> Any:  # noqa: ANN401  # whatever stands there
    return None if row.sealed is None else row.sealed.envelope


def _kind(error: Exception) -> str:
    return next((name for kind, name in _ERRORS if isinstance(error, kind)), "of no value of this field")
