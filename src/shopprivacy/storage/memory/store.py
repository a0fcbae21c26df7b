"""All that a shop keeps, in memory."""

from __future__ import annotations

import threading
from typing import TypeVar, cast

from shopprivacy.ledger.store import LedgerStore
from shopprivacy.storage.memory.ledger import MemoryLedger
from shopprivacy.storage.memory.stores import STORES

Store = TypeVar("Store")


class MemoryStore(MemoryLedger):
    """A `LedgerStore` in lists and dictionaries, safe for threads, and beside it what other domains keep."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        super().__init__(self._lock)
        self._opened: dict[type, object] = {LedgerStore: self}

    def store_for(self, protocol: type[Store]) -> Store:
        """Return what keeps to ``protocol``: the same at every call. Raises PrivacyError where nothing does."""
        with self._lock:
            if protocol not in self._opened:
                self._opened[protocol] = STORES.open(protocol, self._lock)
        return cast("Store", self._opened[protocol])
