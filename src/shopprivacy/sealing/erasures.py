"""Erased keys stay erased: whichever copy of store, data or journal is put back, the others empty it again.

An erasure stands in the journal, in the data's database and in the store of keys itself, each of which is backed up and
may be lost by itself. Whenever the store is opened or was changed, every handle that the other two name is emptied
again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from shopprivacy.errors import StoreDown
from shopprivacy.ledger.journal import Journal, JournalRecord
from shopprivacy.policy import Duration
from shopprivacy.sealing.store import BATCH, SubjectKeyNote, SubjectKeyStore

ERASED_KIND: Final = "subject_keys_erased"
"""The journal's kind of record; its body is ``{"handles": "…,…"}``."""
_PER_RECORD: Final = 200
_LATER: Final = timedelta(days=7)


class Erasures:
    """Empties keys in ``store`` so that no copy brings them back; see `SubjectKeys` for what it is made of."""

    def __init__(
        self,
        store: SubjectKeyStore,
        note: SubjectKeyNote,
        journal: Journal | None,
        *,
        random: Callable[[int], bytes],
        now: Callable[[], datetime],
        warn: Callable[[str], object],
    ) -> None:
        self._store = store
        self._note = note
        self._journal = journal
        self._random = random
        self._now = now
        self._warn = warn
        self._to_note: set[bytes] = set()

    def carry_out(self, handles: Sequence[bytes]) -> int:
        """Empty these keys; gives how many were not empty. Whatever can name them does so before the store is asked.

        Raises StoreDown. Where the journal could be written by then, `carry_out_again` does the rest.
        """
        if self._journal is not None:
            self._journal.append([*erasures(handles)])
        else:
            self._warn(
                "subject keys are erased without a journal: older copies of their store and of the data, restored "
                "together, bring them back"
            )
        self._to_note.update(handles)  # what is noted in a transaction of the shop's may be rolled back
        try:
            self._note.note_erased(handles, self._now())
        except StoreDown:
            if self._journal is None:
                raise
        return self._empty(handles)

    def carry_out_again(self, bodies: Iterable[Mapping[str, str]] | None = None) -> None:
        """Empty what these records of the journal name; None: what all of it names, and the data's database.

        Raises StoreDown.
        """
        noted: set[bytes] = set()
        if bodies is None:
            noted.update(self._note.erased())
            kept = () if self._journal is None else self._journal.records(kind=ERASED_KIND)
            bodies = (one.record.body for one in kept)
        handles = {*named(bodies)}
        self._to_note |= handles - noted
        if count := self._empty(sorted(handles | noted)):
            self._warn(
                f"{count} subject keys were erased again: the store is an older copy of itself, or another process was "
                "just erasing them"
            )

    def note(self) -> None:
        """Note in the data's database what it lacks. Raises StoreDown.

        Not while somebody waits: it waits for a transaction of the shop's that holds the database.
        """
        waiting = frozenset(self._to_note)
        if lacking := waiting.difference(self._note.erased() if waiting else ()):
            self._note.note_erased(lacking, self._now())
        self._to_note -= waiting

    def forget(self, keep: Duration, now: datetime) -> int:
        """Forget in the data's database what no copy of the store, which lives for ``keep``, has any more.

        A week later than that, when the journal has forgotten it, too: else it would be noted again.
        """
        return self._note.forget_erased(now - (keep.after(now) - now) - _LATER)

    def _empty(self, handles: Sequence[bytes]) -> int:
        return sum(
            self._store.erase(
                some, self._now(), self._random(16).hex()
            )  # whoever looks in between looks again
            for some in batches(handles)
        )


def erasures(handles: Sequence[bytes]) -> Iterator[JournalRecord]:
    """What the journal keeps of an erasure."""
    for start in range(0, len(handles), _PER_RECORD):
        some = handles[start : start + _PER_RECORD]
        yield JournalRecord(ERASED_KIND, {"handles": ",".join(handle.hex() for handle in some)})


def named(bodies: Iterable[Mapping[str, str]]) -> list[bytes]:
    """The handles in what the journal keeps of erasures."""
    return [bytes.fromhex(handle) for body in bodies for handle in body["handles"].split(",")]


def batches(handles: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The handles, as many at a time as a store is asked for."""
    return (handles[start : start + BATCH] for start in range(0, len(handles), BATCH))
