"""Not waiting for a ledger that has just let somebody wait in vain.

A server has few threads. When the database hangs, each choice would hold one of them until its wait ends, and pages
that need no database would stand in line behind them. So after one wait that ended in nothing nobody waits for
`PAUSE` seconds; then one tries, and the others follow once it was answered. Who comes while somebody has been waiting
for half of the patience already does not join them either, and while two wait, others wait for two fifths of it at
most, and who can go elsewhere for a fifth: many who come at the same moment hold the threads no longer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import Final

from shopprivacy.errors import JournalDown, StoreDown
from shopprivacy.storage.patience import patience

PAUSE: Final = 5.0
"""Seconds in which nobody waits for the ledger after somebody did in vain."""
_FEW: Final = 2
"""So many threads may wait for as long as the patience lasts, whatever they ask for."""
_OTHERS: Final = 0.4
"""How much of the patience others may wait: a lock that was held for so long is no ledger that hangs."""
_ELSEWHERE: Final = 0.2
"""The same for who can go elsewhere."""
_NEVER: Final = float("-inf")


class Circuit:
    """Lets those through to the ledger for whom it may be worth the wait, which is ``bound`` seconds at most.

    ``seconds`` is a clock that never goes back; while two wait, others wait for ``others`` of the bound. Safe for
    threads.
    """

    def __init__(
        self,
        bound: float,
        seconds: Callable[[], float] = monotonic,
        *,
        what: str = "the ledger",
        others: float = _OTHERS,
    ) -> None:
        self._others = others
        self._what = what
        self._bound = bound
        self._seconds = seconds
        self._silent = False
        self._until = _NEVER
        self._waiting: dict[object, float] = {}
        self._lock = Lock()

    @contextmanager
    def attempt(self, *, last_resort: bool = False, hurry: bool = False) -> Iterator[None]:
        """Ask the ledger within. Raises StoreDown at once where that is not worth the wait.

        As a ``last_resort`` only a wait in vain counts, not that others are still waiting. In a ``hurry`` is who can go
        elsewhere.
        """
        me, began, bound = object(), self._seconds(), self._bound
        with self._lock:
            is_crowded = len(self._waiting) >= _FEW
            if is_crowded and hurry:
                bound *= _ELSEWHERE
            if self._hopeless(began, bound, last_resort=last_resort):
                raise StoreDown(f"{self._what} does not answer: it has just timed out")
            if is_crowded and not (hurry or last_resort):
                bound *= self._others
            self._waiting[me] = began
        try:
            with self.learning(), patience(bound):
                yield
            self.answered()
        finally:
            with self._lock:
                del self._waiting[me]

    @contextmanager
    def learning(self) -> Iterator[None]:
        """Ask something else of the same database within: a wait in vain for it is one for the ledger."""
        began = self._seconds()
        try:
            yield
        except JournalDown:  # the ledger was there, and what was written beside it was not
            raise
        except StoreDown:
            ended = self._seconds()
            if ended - began >= self._bound / 2:  # what is refused at once costs nobody a thread
                with self._lock:
                    self._silent, self._until = True, ended + PAUSE
            raise

    def answered(self) -> None:
        """Note that it answers again, whoever asked."""
        self._silent = False

    def _hopeless(self, now: float, bound: float, *, last_resort: bool) -> bool:
        if last_resort:
            return self._silent and now < self._until
        if self._silent and (now < self._until or self._waiting):
            return True
        return any(now - began >= bound / 2 for began in self._waiting.values())
