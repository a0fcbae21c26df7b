"""Forks wait for short transactions of SQLite that other threads have under way.

SQLite notes within the process which locks it holds on a file, and a child inherits the note without the locks: a file
that was in a transaction while the process was forked would be locked for the child for ever, or read by it without a
lock (sqlite.org/howtocorrupt.html#_carrying_an_open_database_connection_across_a_fork_). A connection that is open and
idle leaves such a note, too, in WAL mode: whoever has one closes it before.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Condition, RLock, get_ident
from typing import Any, Final, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

LONGEST: Final = 5.0
"""Seconds that a fork waits, which is more than such a transaction may take."""


Owner = TypeVar("Owner")


class _Hooks(NamedTuple):
    hold: Callable[[Any], object]
    release: Callable[[Any], object]
    in_child: Callable[[Any], object]


class Forks:
    """Knows which threads are in a transaction, and who has files open. There is one: ``with forks:`` around each."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._condition = Condition(self._lock)
        self._under_way: dict[int, int] = {}
        self._owners: WeakKeyDictionary[Any, _Hooks] = WeakKeyDictionary()
        self._held: list[tuple[Any, _Hooks]] = []

    def register(
        self,
        owner: Owner,
        *,
        hold: Callable[[Owner], object] = lambda _: None,
        release: Callable[[Owner], object] = lambda _: None,
        in_child: Callable[[Owner], object],
    ) -> None:
        """Call ``hold`` before each fork, when no transaction is under way any more, and one of the others after it.

        What ``hold`` waits for must not itself wait for a transaction to begin. The owner is not kept alive.
        """
        self._owners[owner] = _Hooks(hold, release, in_child)

    def __enter__(self) -> None:
        """Let other threads fork before or after this transaction, and not meanwhile."""
        thread = get_ident()
        with self._lock:
            self._under_way[thread] = self._under_way.get(thread, 0) + 1

    def __exit__(self, *_: object) -> None:
        """It has ended."""
        thread = get_ident()
        with self._lock:
            left = self._under_way[thread] - 1
            if left:
                self._under_way[thread] = left
            else:
                del self._under_way[thread]
                self._condition.notify_all()

    def before(self) -> None:
        """Wait until no other thread is in a transaction, let none begin one, and have files closed."""
        self._condition.acquire()
        self._condition.wait_for(lambda: self._under_way.keys() <= {get_ident()}, LONGEST)
        for owner, hooks in list(self._owners.items()):
            hooks.hold(owner)
            self._held.append((owner, hooks))

    def in_parent(self) -> None:
        """Go on."""
        held, self._held = self._held, []
        for owner, hooks in held:
            hooks.release(owner)
        self._condition.release()

    def in_child(self) -> None:
        """Other threads, and what they held, are the parent's."""
        thread = get_ident()
        self._lock = RLock()
        self._condition = Condition(self._lock)
        self._under_way = {one: count for one, count in self._under_way.items() if one == thread}
        held, self._held = self._held, []
        for owner, hooks in held:
            hooks.in_child(owner)


forks: Final = Forks()
os.register_at_fork(before=forks.before, after_in_parent=forks.in_parent, after_in_child=forks.in_child)
