"""Asking a database for many things a part at a time: the same for every store in one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from shopprivacy.ledger.entry import Row

BATCH: Final = 500
"""Rows read, or values compared, at a time."""

Value = TypeVar("Value")


def batches(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """The values, at most `BATCH` at a time."""
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))


def rows_in_batches(first: Sequence[Row], after: Callable[[int, int], Sequence[Row]]) -> Iterator[Row]:
    """All rows: the first ones, then what ``after`` gives for the last number seen and the most to read."""
    while first:
        yield from first
        first = after(first[-1].seq, BATCH)


def known_in_batches(
    digests: Sequence[bytes], find: Callable[[list[str]], Iterable[tuple[str, str | None]]]
) -> Mapping[bytes, bool]:
    """Those digests that a row has, each with whether it still has its content, and so its salt.

    ``find`` gives digest and salt of the rows that have one of these digests, in hexadecimal.
    """
    return {
        bytes.fromhex(digest): salt is not None
        for batch in batches(digests)
        for digest, salt in find([wanted.hex() for wanted in batch])
    }
