"""The keys of persons in memory, which live as long as their process: for tests, and for trying things out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime

from shopprivacy.sealing.store import StoreState, SubjectKeyNote, SubjectKeyRow, SubjectKeyStore
from shopprivacy.sealing.wrap import read_moment, written
from shopprivacy.storage.memory.stores import STORES, Lock


class MemorySubjectKeys:
    """A `SubjectKeyStore` in a dictionary, safe for threads."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._state: StoreState | None = None
        self._rows: dict[bytes, SubjectKeyRow] = {}
        self._owned: dict[str, list[bytes]] = {}

    def state(self) -> StoreState | None:
        """Which store this is."""
        return self._state

    def begin(self, state: StoreState) -> StoreState:
        """Make the store, unless there is one."""
        with self._lock:
            self._state = self._state or state
            return self._state

    def add(self, rows: Sequence[SubjectKeyRow]) -> None:
        """Keep new keys."""
        with self._lock:
            for row in rows:
                if row.handle not in self._rows:
                    self._keep(row)

    def add_first(self, row: SubjectKeyRow, may: Callable[[Sequence[SubjectKeyRow]], bool]) -> bool:
        """Keep a new key of an owner, if it may have one."""
        with self._lock:
            if not may(self.of_owner(row.owner)):
                return False
            self._keep(row)
            return True

    def bind(self, rows: Sequence[SubjectKeyRow]) -> int:
        """Give unbound keys their owners."""
        with self._lock:
            free = [row for row in rows if (there := self._rows.get(row.handle)) and _is_free(there)]
            for row in free:
                self._keep(row)
            return len(free)

    def find(self, handles: Collection[bytes]) -> Sequence[SubjectKeyRow]:
        """The keys with these handles."""
        return [self._rows[handle] for handle in handles if handle in self._rows]

    def of_owner(self, *owners: str) -> Sequence[SubjectKeyRow]:
        """The keys of owners."""
        return _ordered(row for owner in owners for row in self.find(self._owned.get(owner, ())))

    def unbound(self) -> Sequence[SubjectKeyRow]:
        """The keys that were never bound."""
        return _ordered(row for row in list(self._rows.values()) if _is_free(row))

    def erase(self, handles: Collection[bytes], at: datetime, revision: str) -> int:
        """Empty these keys."""
        with self._lock:
            live = [row for row in self.find(handles) if row.wrapped is not None]
            for row in live:
                self._rows[row.handle] = row._replace(wrapped=None, erased_at=written(at))
            if live and self._state is not None:
                self._state = self._state._replace(revision=revision)
            return len(live)

    def drop(self, handles: Collection[bytes]) -> None:
        """Take away unbound keys."""
        with self._lock:
            for row in self.find(handles):
                if not row.owner:
                    del self._rows[row.handle]

    def rows(self) -> Iterator[SubjectKeyRow]:
        """All keys."""
        return iter(list(self._rows.values()))

    def newest(self) -> datetime | None:
        """When the newest key was made that has an owner."""
        made = max((row.created for row in self.rows() if row.owner), default=None)
        return None if made is None else read_moment(made)

    def _keep(self, row: SubjectKeyRow) -> None:
        self._rows[row.handle] = row
        if row.owner:
            self._owned.setdefault(row.owner, []).append(row.handle)


def _is_free(row: SubjectKeyRow) -> bool:
    return not row.owner and row.wrapped is not None


def _ordered(rows: Iterable[SubjectKeyRow]) -> Sequence[SubjectKeyRow]:
    return sorted(rows, key=lambda row: (row.created, row.handle))


class MemorySubjectKeyNote:
    """A `SubjectKeyNote` in attributes."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._noted: str | None = None
        self._newest: datetime | None = None
        self._erased: dict[bytes, datetime] = {}

    def read(self) -> str | None:
        """The id that is noted."""
        return self._noted

    def write(self, store_id: str) -> str:
        """Note an id, unless one is."""
        with self._lock:
            self._noted = self._noted or store_id
            return self._noted

    def newest(self) -> datetime | None:
        """When the newest key was made."""
        return self._newest

    def note_newest(self, made: datetime) -> None:
        """Note a newer one."""
        self._newest = made

    def erased(self) -> Iterator[bytes]:
        """The handles that are noted."""
        return iter(list(self._erased))

    def note_erased(self, handles: Collection[bytes], at: datetime) -> None:
        """Note these handles."""
        with self._lock:
            self._erased = dict.fromkeys(handles, at) | self._erased

    def forget_erased(self, before: datetime) -> int:
        """Forget what was noted before."""
        with self._lock:
            old = [handle for handle, at in self._erased.items() if at < before]
            for handle in old:
                del self._erased[handle]
            return len(old)

    def envelopes(self, table: str, column: str, owner: str) -> Iterator[tuple[object, bytes]]:  # noqa: ARG002
        """Nothing: no shop's tables are in memory."""
        return iter(())


STORES.register(SubjectKeyStore, MemorySubjectKeys)
STORES.register(SubjectKeyNote, MemorySubjectKeyNote)
