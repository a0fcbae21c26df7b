"""How long a store may wait for its database where a visitor waits for the store.

Whoever stops processing must be answered even while the database hangs (GDPR art. 7(3)): the wait has a bound there,
and the choice then goes to the journal. A command or a job may wait longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

START_SECONDS: Final = 20.0
"""How long a start waits for a lock or one of its statements: a server that is silent must not let it hang."""

_seconds: ContextVar[float | None] = ContextVar("shopprivacy_patience", default=None)


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Let stores wait at most this long for a turn, a lock or a statement until the context ends."""
    before = _seconds.set(seconds)
    try:
        yield
    finally:
        _seconds.reset(before)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """The same, unless there is a shorter bound already."""
    before = _seconds.get()
    with patience(seconds if before is None else min(before, seconds)):
        yield


def seconds_of_patience() -> float | None:
    """Return how long a store may wait here; None: as long as it usually does."""
    return _seconds.get()
