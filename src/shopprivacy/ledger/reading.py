"""Reading the whole ledger while others write to it."""

from __future__ import annotations

from collections.abc import Iterator

from shopprivacy.ledger.chain import Head
from shopprivacy.ledger.entry import Row
from shopprivacy.ledger.store import LedgerStore


class Reading:
    """All rows and the head after them, although others write meanwhile."""

    def __init__(self, store: LedgerStore) -> None:
        self._store = store
        self.before = store.head()
        """The head before the first row was read."""
        self._after = self.before

    def rows(self) -> Iterator[Row]:
        """All rows in order, those included that come while it reads."""
        last = 0
        for row in self._store.rows():
            last = max(last, row.seq)
            yield row
        self._after = self._store.head()
        while self._after.count > last and (more := self._store.rows_after(last)):
            yield from more
            last = more[-1].seq
            self._after = self._store.head()

    def head(self) -> Head:
        """The head, once the rows are read."""
        return self._after
