"""A shop's sealing whose stores, journal and clocks a test has in its hand."""

from __future__ import annotations

import traceback
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from shopprivacy.crypto import Keyset
from shopprivacy.errors import StoreDown
from shopprivacy.ledger.journal import JournalRecord
from shopprivacy.sealing.service import Sealing
from shopprivacy.sealing.store import StoreState, SubjectKeyNote, SubjectKeyRow, SubjectKeyStore
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.memory.subject_keys import MemorySubjectKeys
from shopprivacy.testing.samples import NOON, sample_keyset, sample_random
from tests.ledger.memory_journal import MemoryJournal

NAME = "customer.name"
INVOICE = "invoice.address"
AN, BO = ("customer", 7), ("customer", 8)


class ListJournal(MemoryJournal):
    """A journal in a list, which may be full."""

    def append(self, records: Sequence[JournalRecord]) -> None:
        if self.full:
            raise StoreDown("the journal cannot be used (No space left on device)")
        super().append(records)


class Keys(MemorySubjectKeys):
    """A store that can be switched off, counts what it is asked, and can be copied and put back."""

    def __init__(self) -> None:
        import threading

        super().__init__(threading.RLock())
        self.down = False
        self.asked: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name in (
            "state",
            "begin",
            "add",
            "add_first",
            "bind",
            "find",
            "of_owner",
            "unbound",
            "erase",
            "drop",
            "rows",
        ):
            self.asked.append(name)
            if self.down:
                raise StoreDown("the store did not answer")
        return found

    def copy(self) -> tuple[StoreState | None, dict[bytes, SubjectKeyRow]]:
        """A backup."""
        return self._state, dict(self._rows)

    def restore(self, backup: tuple[StoreState | None, dict[bytes, SubjectKeyRow]]) -> None:
        """Put a backup back."""
        self._state, rows = backup
        self._rows, self._owned = {}, {}
        for row in rows.values():
            self._keep(row)

    def row(self, handle: bytes) -> SubjectKeyRow:
        """One key as it is kept."""
        return self._rows[handle]

    def change(self, handle: bytes, **changes: Any) -> None:
        """What somebody writes who has the store and no keyset."""
        self._rows[handle] = self._rows[handle]._replace(**changes)


class Shop:
    """One process of a shop; ``again`` is another one, on the same stores."""

    def __init__(
        self, keys: Keys | None = None, note: SubjectKeyNote | None = None, journal: ListJournal | None = None,
        keyset: Keyset | None = None, seed: str = "shop", journalled: bool = True,
    ) -> None:  # fmt: skip
        self.keys = Keys() if keys is None else keys
        self.note = note or MemoryStore().store_for(SubjectKeyNote)
        self.journal = ListJournal() if journal is None else journal
        self.seconds = 0.0
        self.warned: list[str] = []
        self.sealing = Sealing(
            keyset or sample_keyset(), "NL", self.keys, self.note, self.journal if journalled else None,
            random=sample_random(seed), now=self.now, seconds=lambda: self.seconds,
            warn=self.warned.append,
        )  # fmt: skip
        for kind in self.sealing.journal_kinds:  # as the root does
            kind.replay([record.body for record in self.journal.kept if record.kind == kind.name])

    def again(self, seed: str = "again", **changes: Any) -> Shop:
        """Another process."""
        return Shop(
            **{"keys": self.keys, "note": self.note, "journal": self.journal, "seed": seed, **changes}
        )

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def wait(self, seconds: float = 61.0) -> None:
        """Let time pass."""
        self.seconds += seconds

    def run_jobs(self, *, but: str = "erase again what was erased") -> None:
        """What the thread does now and then, ``but`` one job."""
        for job in self.sealing.jobs:
            if job.name != but:
                job.run(self.now())

    def seal(self, value: object = "Anna", field: str = NAME, subject: Any = AN, **more: Any) -> bytes:
        sealed = self.sealing.seal(value, field, subject=subject, **more)
        assert sealed is not None
        return sealed

    def open(self, stored: Any, field: str = NAME, subject: Any = AN, **more: Any) -> Any:
        return self.sealing.open(stored, field, subject=subject, **more)


def told_by(error: BaseException, *ours: str) -> str:
    """What a traceback with locals prints of the library's own frames."""
    summary = traceback.TracebackException.from_exception(error, capture_locals=True)
    lines = [str(error), repr(error)]
    link: traceback.TracebackException | None = summary
    while link is not None:
        lines += [str(frame.locals) for frame in link.stack if "/src/shopprivacy/" in frame.filename]
        link = link.__context__
    return "\n".join([*lines, *ours])


def subject_store() -> SubjectKeyStore:
    """An empty store in memory."""
    return MemoryStore().store_for(SubjectKeyStore)


Handles = Collection[bytes]
