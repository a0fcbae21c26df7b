"""Waiting for the store of subject keys beside an event loop: in a thread, where SQLAlchemy has a way to wait for one.

Inside of an ``AsyncSession``'s own calls, of ``run_sync`` and of ``awaitable_attrs``, SQLAlchemy runs the session in a
greenlet that may await. Elsewhere in an event loop nothing may wait.
"""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.util import await_only
from sqlalchemy.util.concurrency import in_greenlet

from shopprivacy.sealing.asked_together import in_event_loop

T = TypeVar("T")


def can_wait() -> bool:
    """Whether this is an event loop's thread, in a greenlet of SQLAlchemy's."""
    return in_event_loop() and in_greenlet()


def beside_loop(function: Callable[[], T]) -> T:
    """Return what ``function`` gives, which may wait: in a thread, where an event loop would wait here."""
    if not can_wait():
        return function()
    found: Any = await_only(to_thread(function))
    return found  # type: ignore[no-any-return]


def look_up_elsewhere(look_up: Callable[[], object]) -> bool:
    """Look up keys in a thread; False: SQLAlchemy has no way to wait for one here."""
    if not can_wait():
        return False
    await_only(to_thread(look_up))
    return True
