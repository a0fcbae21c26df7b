"""Forks wait for short transactions of SQLite that other threads have under way.

SQLite notes within the process which locks it holds on a file, and a child inherits the note without the locks: a file
that was in a transaction while the process was forked would be locked for the child for ever, or read by it without a
lock (sqlite.org/howtocorrupt.html#_carrying_an_open_database_connection_across_a_fork_).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, get_ident
from typing import Final

LONGEST: Final = 5.0
"""Seconds that a fork waits, which is more than such a transaction may take."""


class Forks:
    """Knows which threads are in a transaction. There is one, `forks`.

    Within the context a thread must not wait for what others keep from forks, such as the journal.
    """

    def __init__(self) -> None:
        self._condition = Condition()
        self._under_way: Counter[int] = Counter()

    @contextmanager
    def kept_out(self) -> Iterator[None]:
        """Let other threads fork before or after, and not meanwhile."""
        thread = get_ident()
        with self._condition:
            self._under_way[thread] += 1
        try:
            yield
        finally:
            with self._condition:
                self._under_way[thread] -= 1
                if not self._under_way[thread]:
                    del self._under_way[thread]
                    self._condition.notify_all()

    def before(self) -> None:
        """Wait until no other thread is in a transaction, and let none begin one."""
        self._condition.acquire()
        self._condition.wait_for(lambda: self._under_way.keys() <= {get_ident()}, LONGEST)

    def in_parent(self) -> None:
        """Go on."""
        self._condition.release()

    def in_child(self) -> None:
        """Other threads, and what they held, are the parent's."""
        thread = get_ident()
        self._condition = Condition()
        self._under_way = (
            Counter({thread: self._under_way[thread]}) if thread in self._under_way else Counter()
        )


forks: Final = Forks()
os.register_at_fork(before=forks.before, after_in_parent=forks.in_parent, after_in_child=forks.in_child)
