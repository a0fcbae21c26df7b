"""Asking the store of subject keys: where it does not answer, keys are unavailable, and nobody waits twice for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from shopprivacy.errors import KeyUnavailable, StoreDown
from shopprivacy.sealing.known_keys import NEVER

_PAUSE: Final = 2.0
"""Seconds for which nobody asks a store again that has just not answered."""
T = TypeVar("T")


class Questions:
    """What one process asks one store; ``seconds`` is a clock that never goes back."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._failed = NEVER

    def __call__(self, question: Callable[[], T]) -> T:
        """What the store answers. Raises KeyUnavailable where it does not, and at once where it just did not."""
        if self._seconds() - self._failed < _PAUSE:
            raise KeyUnavailable("the store of subject keys has just not answered")
        try:
            return question()
        except StoreDown as down:
            self._failed = self._seconds()
            raise KeyUnavailable(f"the store of subject keys: {down}") from None
