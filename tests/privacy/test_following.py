"""Following the ledger: the thread goes on whatever the store does, and says so once."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from shopprivacy import StoreDown
from shopprivacy.consent.entry import Entry, How
from shopprivacy.consent.ledger import Ledger
from shopprivacy.consent.signing_in import account_of, subject_of
from shopprivacy.decision import Action
from shopprivacy.privacy.following import Follower
from shopprivacy.storage.memory import MemoryStore
from tests.web.exchange import KEYSET, NOW

ACCOUNT = bytes(range(20))


class Passes:
    """Stands in for the pause between two looks: runs one step of a test before each, and then ends."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self._steps = iter(steps)

    def wait(self, _seconds: float) -> bool:
        step = next(self._steps, None)
        if step is not None:
            step()
        return step is None


class Store(MemoryStore):
    """A store that can be switched off."""

    down = False

    def rows_after(self, seq: int, limit: int = 1000) -> Any:
        if self.down:
            raise StoreDown("the database does not answer")
        return super().rows_after(seq, limit)

    def switch(self, *, down: bool) -> None:
        self.down = down


def closing(subject: str, action: Action = Action.WITHDRAWN, purpose: str = "ads") -> Entry:
    """Return a row of the ledger."""
    proof = "a" * 64 if action is Action.GRANTED else None
    return Entry(NOW, subject, purpose, action, "v", proof, proof, How.ACCOUNT)


@pytest.fixture
def store() -> Store:
    """An empty store."""
    return Store()


@pytest.fixture
def ledger(store: Store) -> Ledger:
    """A ledger on it."""
    return Ledger(store, KEYSET, os.urandom)


def follow(follower: Follower, *steps: Callable[[], object]) -> None:
    """Run the thread's loop here, one pass after each step."""
    follower._stop = Passes(*steps)  # type: ignore[assignment]
    follower._follow()


def test_only_what_accounts_close_is_kept(ledger: Ledger) -> None:
    """Rows of browsers, and grants, change nothing; each purpose keeps its youngest closing."""
    ledger.append(
        [
            closing("browser:" + "00" * 20),
            closing(subject_of(ACCOUNT)),
            closing(subject_of(ACCOUNT), Action.GRANTED),
            closing(subject_of(ACCOUNT), Action.OBJECTED, "counting"),
        ]
    )
    follower = Follower(ledger)
    follower.catch_up()
    follower.stop()
    seconds = int(NOW.timestamp())
    assert follower.closings(ACCOUNT) == {"ads": seconds, "counting": seconds}
    assert follower.closings(bytes(20)) == {}


def test_the_thread_outlives_an_outage(
    ledger: Ledger, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """While the store is down it says so once, keeps what it knows, and catches up afterwards."""
    follower = Follower(ledger)
    passes: list[int] = []
    follower.on_pass = lambda: passes.append(1)

    def mend() -> None:
        ledger.append([closing(subject_of(ACCOUNT))])
        store.switch(down=False)

    follow(
        follower,
        lambda: store.switch(down=True),
        lambda: None,
        mend,
        lambda: store.switch(down=True),
    )
    assert len([m for m in caplog.messages if "other devices" in m]) == 2
    assert len(passes) == 1
    follower._process = os.getpid()
    assert "ads" in follower.closings(ACCOUNT)


def test_each_process_starts_its_thread_once(ledger: Ledger) -> None:
    """After a fork the first question starts it; the ones that come meanwhile find it started."""
    follower = Follower(ledger)
    follower.stop()
    follower.closings(ACCOUNT)
    assert follower._process == os.getpid()
    follower._start()
    assert account_of(subject_of(ACCOUNT)) == ACCOUNT
