"""A map that forgets what was not asked for lately, without a lock: two dictionaries, of which the older one goes."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedMap(dict[K, V | None]):
    """Holds at most ``most`` entries; what was asked for since the map last turned over stays.

    ``map[key]`` is None where nothing is known, and costs no more than a dictionary's look-up where something is: that
    is why this is one, of the newer entries. ``get`` and ``in`` see no others.

    Threads may use it at once: each step is one of Python's own, and the worst that two of them do to each other is to
    forget entries.
    """

    __slots__ = ("_half", "_old")

    def __init__(self, most: int) -> None:
        super().__init__()
        self._half = most // 2
        self._old: dict[K, V | None] = {}

    def __missing__(self, key: K) -> V | None:
        """What the older half knows."""
        found = self._old.get(key)
        if found is not None:
            self.put(key, found)
        return found

    def put(self, key: K, value: V) -> None:
        """Know ``value``, which is not None, under this key."""
        if dict.__len__(self) >= self._half:
            self._old = self.copy()
            super().clear()
        self[key] = value

    def clear(self) -> None:
        """Forget everything."""
        self._old = {}
        super().clear()

    def __len__(self) -> int:
        return super().__len__() + len(self._old)

    def __repr__(self) -> str:
        return f"<{len(self)} of at most {2 * self._half} entries>"
