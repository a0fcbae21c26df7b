"""Keys of persons that one process has found, and the key of a row whose other columns need not look for it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from shopprivacy.sealing.bounded_map import BoundedMap

if TYPE_CHECKING:
    from collections.abc import Callable

    from shopprivacy.sealing.envelope import SealKey
    from shopprivacy.sealing.store import StoreState, SubjectKeyRow

MOST_KEYS: Final = 10_000


class SubjectKey(NamedTuple):
    """A key that is known, and whose it is."""

    owner: str
    group: str
    key: SealKey | None
    """None: it was erased."""


class KnownKeys:
    """What was found since the store was last seen to change."""

    def __init__(self, state: StoreState | None) -> None:
        self.state = state
        self.by_handle: BoundedMap[bytes, SubjectKey] = BoundedMap(MOST_KEYS)
        self.by_head: BoundedMap[bytes, SubjectKey] = BoundedMap(MOST_KEYS)
        self.newest: BoundedMap[tuple[str, str], SubjectKey] = BoundedMap(MOST_KEYS)

    def put(self, row: SubjectKeyRow, found: SubjectKey) -> SubjectKey:
        """Know a key by its handle, and by how envelopes under it begin."""
        self.by_handle.put(row.handle, found)
        if found.key is not None:
            self.by_head.put(found.key.head, found)
        return found


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
