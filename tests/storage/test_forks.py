"""Forks wait for transactions of SQLite that other threads have under way, and not longer than these take."""

from __future__ import annotations

from threading import Event, Thread

import pytest

from shopprivacy.storage.forks import Forks


def test_a_fork_goes_on_when_the_last_transaction_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever forks is told that another thread's transaction has ended, the inner one of two aside."""
    monkeypatch.setattr("shopprivacy.storage.forks.LONGEST", 60.0)
    forks, told = Forks(), Event()
    seen: list[dict[int, int]] = []

    def fork() -> None:
        forks.before()
        seen.append(dict(forks._under_way))
        forks.in_parent()
        told.set()

    forking = Thread(target=fork, daemon=True)
    with forks:
        with forks:
            forking.start()
            while not vars(forks._condition)["_waiters"]:
                assert not told.wait(0.001)
        assert seen == []
    assert told.wait(20)
    assert seen == [{}]
    forking.join()


def test_a_fork_does_not_wait_for_its_own_transaction() -> None:
    """The child of a thread that forks in its transaction is still in it, and others' are not its own."""
    forks = Forks()
    with forks:
        forks.before()
        forks.in_child()
        assert len(forks._under_way) == 1
    assert not forks._under_way
