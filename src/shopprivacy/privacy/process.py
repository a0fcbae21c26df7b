"""What happens when the process ends, or is forked. Nothing here keeps alive what nobody uses any more."""

from __future__ import annotations

import atexit
import os
import signal
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from shopprivacy.sealing.service import Sealing


class Closable(Protocol):
    """What is to be closed before a process ends."""

    def close(self) -> None:
        """Close it. Done again, it does nothing."""
        ...


def close_at_exit(privacy: Closable) -> None:
    """Let senders not wait for the journal of a process that has ended well; in a child of this one, too."""
    known = weakref.ref(privacy)

    def close() -> None:
        if (living := known()) is not None:
            with _stopped_once():
                living.close()

    atexit.register(close)


@contextmanager
def _stopped_once() -> Iterator[None]:
    """Ignore a second SIGINT or SIGQUIT: the process is ending already.

    Ctrl+C reaches gunicorn's workers from the terminal and from their parent, and their handler raises SystemExit each
    time. Here that would leave the journal half-way, and senders would wait for it.
    """
    held = {}
    if (
        threading.current_thread() is threading.main_thread()
    ):  # no other thread may set handlers, or gets SystemExit
        for number in (signal.SIGINT, signal.SIGQUIT):
            if (
                handler := signal.getsignal(number)
            ) is not None:  # None: not set by Python, and no Python may raise
                held[number] = handler
                signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)


def seal_anew_after_forks(sealing: Sealing) -> None:
    """Each process counts what it seals under a key of its own."""
    known = weakref.ref(sealing)

    def forked() -> None:
        inherited = known()
        if inherited is not None:
            inherited.forked()

    os.register_at_fork(after_in_child=forked)
