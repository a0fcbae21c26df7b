"""One look-up for many rows: a store of subject keys that is not asked for one key where many were loaded."""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import Collection, Sequence
from contextvars import ContextVar
from typing import Any, Final

from shopprivacy.sealing.store import SubjectKeyRow, SubjectKeyStore

asking: Final[ContextVar[bool]] = ContextVar("asking", default=False)
"""Whether a value of several that were loaded together is being opened."""


class NotLookedUp(Exception):  # it never leaves the package
    """A key is not known: the keys of all that was loaded with it are to be looked up."""


class AskedTogether:
    """A `SubjectKeyStore` that raises NotLookedUp where it is asked while ``asking`` is set."""

    def __init__(self, store: SubjectKeyStore) -> None:
        self._store = store

    def find(self, handles: Collection[bytes]) -> Sequence[SubjectKeyRow]:
        """The keys with these handles."""
        if asking.get():
            raise NotLookedUp
        return self._store.find(handles)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # the store's own
        return getattr(self._store, name)


def in_event_loop() -> bool:
    """Whether this thread runs an event loop, which nothing may keep waiting."""
    try:
        get_running_loop()
    except RuntimeError:
        return False
    return True
