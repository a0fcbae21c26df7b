"""A store that hangs: who withdraws is answered, those after them do not wait, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shopprivacy import Privacy, StoreDown
from shopprivacy.errors import JournalDown
from shopprivacy.ledger.chain import Head
from shopprivacy.ledger.entry import CollectionMethod, Row
from shopprivacy.ledger.journal import JournalRecord
from shopprivacy.ledger.journal_state import JournalState
from shopprivacy.privacy.circuit import PAUSE
from shopprivacy.privacy.maintenance import PATIENCE
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.patience import seconds_of_patience
from tests.gate.exchange import KEYSET, NOW
from tests.ledger.memory_journal import MemoryJournal
from tests.privacy.shop import POLICY, Clock, entries


class Hanging(MemoryStore):
    """A store that can hang: whoever writes waits as long as they may, by a clock that this moves."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs = False
        self.now = 1000.0
        self.waits: list[float | None] = []

    def seconds(self) -> float:
        return self.now

    @contextmanager
    def writing(self) -> Iterator[Any]:
        if self.hangs:
            self._wait()
        with super().writing() as writer:
            yield writer

    def count_refusals(self, day: Any, purposes: Any) -> None:
        if self.hangs:
            self._wait()
        super().count_refusals(day, purposes)

    def rows_of(self, subject: str) -> Sequence[Row]:
        if self.hangs:
            self._wait()
        return super().rows_of(subject)

    def head(self) -> Head:
        if self.hangs:
            self._wait()
        return super().head()

    def journals(self) -> Sequence[JournalState]:
        if self.hangs:
            self._wait()
        return super().journals()

    def _wait(self) -> None:
        bound = seconds_of_patience()
        self.waits.append(bound)
        self.now += bound or 1e9
        raise StoreDown("the database does not answer")


@pytest.fixture
def store() -> Hanging:
    """A store that does not hang yet."""
    return Hanging()


@pytest.fixture
def privacy(store: Hanging, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Privacy:
    """A shop on it, which waits for half a second."""
    journal = JournalFile(tmp_path / "journal")
    made = Privacy(POLICY, keyset=KEYSET, store=store, journal=journal, clock=Clock(), patience=0.5)
    made.close()
    monkeypatch.setattr(made._effects.circuit, "_seconds", store.seconds)
    monkeypatch.setattr(made._effects, "_seconds", store.seconds)
    return made


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), 61, "1.5", None])
def test_a_patience_without_a_bound_is_refused(store: Hanging, seconds: Any) -> None:
    """By name, also as text from the environment."""
    with pytest.raises(ValueError, match="patience: must be seconds above 0"):
        Privacy(POLICY, keyset=KEYSET, store=store, patience=seconds)


def _withdraw(privacy: Privacy, *customers: int) -> None:
    for customer in customers:
        privacy.withdraw(customer, "newsletter", how=CollectionMethod.PREFERENCE_PAGE)


def test_one_waits_and_the_others_do_not(privacy: Privacy, store: Hanging) -> None:
    """The first withdrawal waits as long as the shop said; for five seconds the next ones go to the journal at once."""
    for customer in range(20):
        privacy.grant(customer, "newsletter")
    store.hangs = True
    _withdraw(privacy, *range(10))
    with pytest.raises(StoreDown):
        privacy.grant(50, "newsletter")
    privacy._effects.count_refusals(["ads"])
    assert store.waits == [0.5]
    store.now += PAUSE
    _withdraw(privacy, *range(10, 20))
    assert store.waits == [0.5, 0.5]
    privacy._feed.look()
    assert store.waits == [0.5, 0.5, 0.5, PATIENCE], "who follows the ledger tries too; then, a job"
    store.hangs = False
    privacy._feed.look()
    assert not any(privacy.may(customer, "newsletter") for customer in range(20))
    privacy.grant(50, "newsletter")
    assert privacy.may(50, "newsletter")
    privacy.ledger.verify().require()


def test_whoever_asks_waits_as_long_as_the_shop_said(privacy: Privacy, store: Hanging) -> None:
    """What a request hangs on is an error soon, whichever part of the library asks the ledger."""
    store.hangs = True
    for asks in (
        lambda: privacy.may(7, "newsletter"),
        lambda: privacy.was_allowed(7, "newsletter", NOW),
        lambda: privacy.mail.may("anna@klant.example", "newsletter"),
        lambda: privacy.ledger.open_journals(NOW),
        privacy.ledger.head,
    ):
        store.waits.clear()
        with pytest.raises(StoreDown):
            asks()
        assert store.waits == [0.5]


def test_with_a_full_journal_nobody_waits_twice(
    privacy: Privacy, store: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A withdrawal that nothing can take is answered after one wait, and for five seconds without one."""

    def full(_: object) -> None:
        raise JournalDown("the journal cannot be used")

    for guarded in (privacy._journal, privacy._effects._journal):
        monkeypatch.setattr(guarded, "append", full)
    store.hangs = True
    for customer in (1, 2, 3):
        with pytest.raises(StoreDown):
            _withdraw(privacy, customer)
    assert store.waits == [0.5]
    store.hangs = False
    store.now += PAUSE
    _withdraw(privacy, 4)
    privacy._feed.look()
    for customer in (1, 2, 3, 4):
        assert not privacy.may(customer, "newsletter").allowed
    assert {entry.subject for entry in entries(privacy)} == {privacy.subject(one) for one in (1, 2, 3, 4)}


class HangingJournal(MemoryJournal):
    """A journal that can hang as long as it may, by the store's clock."""

    def __init__(self, store: Hanging) -> None:
        super().__init__()
        self.store = store
        self.hangs = False
        self.waits: list[float | None] = []

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Wait."""
        if self.hangs:
            bound = seconds_of_patience()
            self.waits.append(bound)
            self.store.now += bound or 1e9
            raise JournalDown("the journal's database does not answer")
        super().append(records)


def test_a_journal_that_hangs_is_waited_for_once(store: Hanging, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes holds the ledger meanwhile: others do not wait for the journal, and nothing is refused."""
    journal = HangingJournal(store)
    privacy = Privacy(POLICY, keyset=KEYSET, store=store, journal=journal, clock=Clock(), patience=0.5)
    privacy.close()
    monkeypatch.setattr(privacy._effects.circuit, "_seconds", store.seconds)
    monkeypatch.setattr(privacy._effects, "_seconds", store.seconds)
    monkeypatch.setattr(privacy._journal._circuit, "_seconds", store.seconds)  # type: ignore[union-attr]
    journal.hangs = True
    began = store.now
    _withdraw(privacy, 1, 2, 3)
    assert journal.waits == [0.1]
    assert store.now - began == pytest.approx(0.1)
    assert len(entries(privacy)) == 3
    store.now += PAUSE
    journal.hangs = False
    _withdraw(privacy, 4)
    assert len(journal.kept) == 1
