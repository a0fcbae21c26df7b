"""Where a store of subject keys must not be asked: in a thread that others wait for."""

from __future__ import annotations

from asyncio import get_running_loop


def in_event_loop() -> bool:
    """Whether this thread runs an event loop, which nothing may keep waiting."""
    try:
        get_running_loop()
    except RuntimeError:
        return False
    return True
