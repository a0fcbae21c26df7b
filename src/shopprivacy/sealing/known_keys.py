"""Keys of persons that one process has found, and until when it may use them without asking their store again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from shopprivacy.sealing.bounded_map import BoundedMap
from shopprivacy.sealing.envelope import SealKey

if TYPE_CHECKING:
    from shopprivacy.sealing.store import StoreState, SubjectKeyRow

MOST_KEYS: Final = 10_000
NEVER: Final = float("-inf")


class Trust:
    """Until when what was found may be used. What was found before somebody was erased is never used again."""

    __slots__ = ("seconds", "until")

    def __init__(self, seconds: Callable[[], float], until: float = NEVER) -> None:
        self.seconds = seconds
        self.until = until

    def __bool__(self) -> bool:
        return self.seconds() <= self.until

    def end(self) -> None:
        """For good, whatever another thread that looked before says of ``until`` afterwards."""
        self.seconds = _too_late


class SubjectKey:
    """A key that is known, and whose it is.

    A mapper keeps it with a row, whose other columns then need not look for it. It goes into no pickle: there it is
    None.
    """

    __slots__ = ("group", "key", "owner", "subject", "trust")

    def __init__(self, owner: str, group: str, key: SealKey | None, trust: Trust) -> None:
        self.owner = owner
        self.subject: tuple[str, object] | None = None
        """The kind and id that were found to be its owner's: whoever comes with the same needs no pseudonym."""
        self.group = group
        self.key = key
        """None: it was erased."""
        self.trust = trust

    def opened(self, envelope: bytes, associated: bytes) -> Any:  # noqa: ANN401  # whatever was sealed
        """Return the value of an envelope under this key.

        NotImplemented: it does not open, or the key was erased or may not be used any more; `Sealing.open` says which.
        """
        key, trust = self.key, self.trust
        if key is None or trust.seconds() > trust.until:
            return NotImplemented
        return key.opened(envelope, associated)

    def __repr__(self) -> str:
        return f"<{self.key or 'key that was erased'}>"

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return _nothing, ()


def _nothing() -> None: ...


def _too_late() -> float:
    return float("inf")


class KnownKeys:
    """What was found since the store was last seen to change."""

    def __init__(self, state: StoreState | None, trust: Trust) -> None:
        self.state = state
        self.trust = trust
        self.by_handle: BoundedMap[bytes, SubjectKey] = BoundedMap(MOST_KEYS)
        self.by_head: BoundedMap[bytes, SubjectKey] = BoundedMap(MOST_KEYS)
        self.newest: BoundedMap[tuple[str, str], SubjectKey] = BoundedMap(MOST_KEYS)

    def put(self, row: SubjectKeyRow, found: SubjectKey) -> SubjectKey:
        """Know a key by its handle, and by how envelopes under it begin."""
        self.by_handle.put(row.handle, found)
        if found.key is not None:
            self.by_head.put(found.key.head, found)
        return found
