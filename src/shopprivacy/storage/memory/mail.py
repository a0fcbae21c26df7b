"""What mail keeps, in memory."""

from __future__ import annotations

from datetime import date

from shopprivacy.mail.store import MailStore
from shopprivacy.storage.memory.stores import STORES, Lock


class MemoryMail:
    """A `MailStore` in a dictionary, safe for threads."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._ring: str | None = None
        self._days: dict[str, date] = {}

    def ring(self, fingerprint: str) -> str:
        """Keep the fingerprint if none is kept yet; give the one that is kept."""
        with self._lock:
            if self._ring is None:
                self._ring = fingerprint
            return self._ring

    def take_day(self, subject: str, day: date) -> bool:
        """Note a subject's day; whether it is the first time."""
        with self._lock:
            self._days = {name: noted for name, noted in self._days.items() if noted >= day}
            first = self._days.get(subject) != day
            self._days[subject] = day
            return first

    def give_back(self, subject: str, day: date) -> None:
        """Forget a subject's day."""
        with self._lock:
            if self._days.get(subject) == day:
                del self._days[subject]


STORES.register(MailStore, MemoryMail)
