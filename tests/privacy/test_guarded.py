"""What visitors wait for beside the ledger: nobody waits twice for what hangs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from shopprivacy import StoreDown
from shopprivacy.ledger.journal import JournalRecord
from shopprivacy.privacy.circuit import Circuit
from shopprivacy.privacy.guarded import GuardedJournal, GuardedMailStore
from shopprivacy.storage.patience import seconds_of_patience
from tests.ledger.memory_journal import MemoryJournal
from tests.privacy.shop import Full

TODAY = date(2026, 3, 1)


def test_a_guarded_journal_is_the_journal(journal: Full) -> None:
    """It only keeps others from waiting."""
    guarded = GuardedJournal(journal, 0.5)
    kept = MemoryJournal()
    assert guarded.name() == journal.name()
    assert {name for name in dir(kept) if callable(getattr(kept, name)) and name[0] != "_"} <= set(
        dir(guarded)
    )
    journal.full = True
    with pytest.raises(StoreDown, match="No space left"):
        guarded.append([])
    guarded.close()


def test_many_who_append_at_one_moment_wait_alike() -> None:
    """Where the ledger hangs, the journal is the place that everybody goes to: none of them gives up sooner."""

    class Waiting(MemoryJournal):
        """Asks itself again while it is asked, as several threads would."""

        def __init__(self) -> None:
            super().__init__()
            self.waits: list[float | None] = []

        def append(self, records: Sequence[JournalRecord]) -> None:
            self.waits.append(seconds_of_patience())
            if len(self.waits) < 4:
                guarded.append(records)

    journal = Waiting()
    guarded = GuardedJournal(journal, 0.5)
    guarded.append([])
    assert journal.waits == [0.5] * 4


class Asked:
    """What mail keeps, in a database that hangs. ``waits`` is how long each might have waited."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float | None] = []

    def seconds(self) -> float:
        return self.now

    def ring(self, fingerprint: str) -> str:
        return fingerprint

    def take_day(self, subject: str, day: date) -> bool:
        self._wait()
        return True

    def give_back(self, subject: str, day: date) -> None:
        self._wait()

    def _wait(self) -> None:
        self.waits.append(seconds_of_patience())
        self.now += self.waits[-1] or 1e9
        raise StoreDown("the database does not answer")


def test_whoever_asks_for_a_mail_waits_as_for_the_ledger() -> None:
    """Once, and for as long as the shop said; then nobody waits, for the ledger neither."""
    store = Asked()
    circuit = Circuit(0.5, store.seconds)
    guarded = GuardedMailStore(store, circuit)
    assert guarded.ring("one") == "one"
    for _ in range(2):
        with pytest.raises(StoreDown):
            guarded.take_day("email:1", TODAY)
        with pytest.raises(StoreDown):
            guarded.give_back("email:1", TODAY)
        with pytest.raises(StoreDown), circuit.attempt():
            pytest.fail("it was silent")
    assert store.waits == [0.5]
