"""The key of a row that was just opened with: its other columns need not look for it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopprivacy.sealing.envelope import SealKey


class RowKey:
    """A key, checked for the owner and group of one row, for as long as what is known of keys stays as it was.

    A mapper keeps it with the row. It goes into no pickle: there it is None.
    """

    __slots__ = ("key", "known")

    def __init__(self, key: SealKey, known: object) -> None:
        self.key = key
        self.known = known

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return _nothing, ()


def _nothing() -> None: ...
