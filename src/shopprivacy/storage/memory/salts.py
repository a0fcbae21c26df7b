"""The salts of visitors of the day, in memory."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from shopprivacy.analytics.store import SaltStore
from shopprivacy.crypto import Secret
from shopprivacy.storage.memory.stores import STORES, Lock


class MemorySalts:
    """A `SaltStore` in a dictionary, for one process."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._salts: dict[date, Secret] = {}

    def keep(self, day: date, salt: Secret) -> Secret:
        """Keep a day's salt, unless it has one."""
        with self._lock:
            return self._salts.setdefault(day, salt)

    def end_all_but(self, days: Collection[date]) -> None:
        """Forget the salts of other days."""
        with self._lock:
            self._salts = {day: salt for day, salt in self._salts.items() if day in days}


STORES.register(SaltStore, MemorySalts)
