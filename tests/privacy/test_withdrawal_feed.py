"""The withdrawal feed: its thread goes on whatever the store does, says so once, and nothing is allowed unseen."""

from __future__ import annotations

import gc
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Condition
from typing import Any

import pytest

from shopprivacy import StoreDown
from shopprivacy.consent.account_merge import subject_of
from shopprivacy.decision import Action
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.policy import Duration
from shopprivacy.privacy import withdrawal_feed
from shopprivacy.privacy.withdrawal_feed import WithdrawalFeed
from shopprivacy.storage.memory import MemoryStore
from tests.gate.exchange import KEYSET, NOW

ACCOUNT = bytes(range(20))
OTHER = bytes(20)
SECONDS = int(NOW.timestamp())
SIX_MONTHS = Duration.parse("6 months")


class Store(MemoryStore):
    """A store that can be switched off, and tells which rows were read one by one."""

    error: Exception | None = None
    parsed = 0

    def saved(self) -> tuple[Any, Any]:
        """Return a backup."""
        return [*self._rows], self._head

    def restore(self, backup: tuple[Any, Any]) -> None:
        """Put a backup in the place of what is there."""
        self._rows, self._head = [*backup[0]], backup[1]

    def rows_after(self, seq: int, limit: int = 1000) -> Any:
        if self.error is not None:
            raise self.error
        found = super().rows_after(seq, limit)
        self.parsed += len(found)
        return found


class Clock:
    """A clock that a test moves."""

    time = NOW

    def __call__(self) -> datetime:
        return self.time


def closing(
    subject: str, action: Action = Action.WITHDRAWN, purpose: str | None = "ads", at: datetime = NOW
) -> Entry:
    """Return a row of the ledger."""
    proof = "a" * 64 if action is Action.GRANTED else None
    return Entry(at, subject, purpose, action, "v", proof, proof, CollectionMethod.ACCOUNT)


@pytest.fixture
def store() -> Store:
    """An empty store."""
    return Store()


@pytest.fixture
def ledger(store: Store) -> Ledger:
    """A ledger on it."""
    return Ledger(store, KEYSET, os.urandom)


@pytest.fixture
def clock() -> Clock:
    """A clock at NOW."""
    return Clock()


Follow = Callable[..., WithdrawalFeed]


def _known(feed: WithdrawalFeed, account: bytes) -> dict[str, int]:
    """Return what a feed knows that an account said no to, and when last."""
    found = feed.withdrawals(account)
    assert found is not None
    return {no.purpose: no.at for no in found.values()}


@pytest.fixture
def follow(ledger: Ledger, clock: Clock) -> Iterator[Follow]:
    """Make followers whose thread is stopped at the end; by default it looks once an hour."""
    made: list[WithdrawalFeed] = []

    def make(seconds: float = 3600) -> WithdrawalFeed:
        made.append(WithdrawalFeed(ledger, SIX_MONTHS, clock, seconds=seconds))
        return made[-1]

    yield make
    for feed in made:
        feed.stop()


class Passes:
    """Counts looks at the ledger, and waits for some."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._count = 0

    def __call__(self) -> None:
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    def wait(self, more: int) -> None:
        """Wait until there were so many more."""
        with self.counting(more):
            pass

    @contextmanager
    def counting(self, more: int) -> Iterator[None]:
        """Wait at the end until there were so many more since the beginning."""
        target = self._count + more
        yield
        with self._condition:
            assert self._condition.wait_for(lambda: self._count >= target, timeout=20)


def test_only_what_accounts_close_is_kept(ledger: Ledger, follow: Follow) -> None:
    """Rows of browsers, and grants, change nothing, be they read at start or followed."""
    rows = [
        closing("browser:" + "00" * 20),
        closing(subject_of(ACCOUNT)),
        closing(subject_of(ACCOUNT), Action.GRANTED),
        closing(subject_of(ACCOUNT), Action.OBJECTED, "counting"),
    ]
    early, late = follow(), follow()
    early.begin()
    ledger.append(rows)
    early.catch_up()
    late.begin()
    for feed in (early, late):
        assert _known(feed, ACCOUNT) == {"ads": SECONDS, "counting": SECONDS}
        assert feed.withdrawals(OTHER) == {}


def test_the_order_is_that_of_the_ledger(ledger: Ledger, follow: Follow) -> None:
    """Whatever the clocks say, be the rows read at start or followed; each is known by its own row."""
    early, late = follow(), follow()
    early.begin()
    rows = ledger.append(
        [
            closing(subject_of(ACCOUNT)),
            closing(subject_of(ACCOUNT), purpose="counting", at=NOW - timedelta(days=1)),
            closing(subject_of(ACCOUNT), Action.GRANTED),
            closing(subject_of(ACCOUNT), Action.OBJECTED),
        ]
    )
    early.catch_up()
    late.begin()
    marks = [row.digest[:6] for row in rows if row.entry and row.entry.action is not Action.GRANTED]
    for feed in (early, late):
        found = feed.withdrawals(ACCOUNT)
        assert found is not None
        assert [*found] == marks
        assert [no.purpose for no in found.values()] == ["ads", "counting", "ads"]


def test_a_restored_ledger_is_read_anew(
    store: Store, ledger: Ledger, follow: Follow, caplog: pytest.LogCaptureFixture
) -> None:
    """Be it shorter than what was known or longer by now: what it holds is known, and what it lacks still is."""
    feed = follow()
    feed.begin()
    ledger.append([closing(subject_of(ACCOUNT))])
    backup = store.saved()
    ledger.append([closing(subject_of(ACCOUNT), purpose="lost"), closing(subject_of(OTHER), purpose="more")])
    feed.catch_up()
    for added in (["new"], ["other", "another", "third", "fourth"]):
        store.restore(backup)
        ledger.append([closing(subject_of(ACCOUNT), purpose=name) for name in added])
        feed.catch_up()
        assert [*_known(feed, ACCOUNT)][:2] == ["ads", "lost"]
        assert {*added} <= _known(feed, ACCOUNT).keys()
    feed.catch_up()
    ledger.append([closing(subject_of(OTHER))])
    feed.catch_up()
    assert _known(feed, OTHER) == {"more": SECONDS, "ads": SECONDS}
    assert len([message for message in caplog.messages if "was restored" in message]) == 2


def test_a_clock_that_was_wrong_for_a_while_opens_nothing(
    ledger: Ledger, clock: Clock, follow: Follow
) -> None:
    """A look a year ahead forgets what would have lapsed by then; put right, it is known again."""
    ledger.append([closing(subject_of(ACCOUNT))])
    feed = follow()
    feed.begin()
    clock.time += timedelta(days=400)
    feed.catch_up()
    clock.time = NOW
    feed.catch_up()
    assert _known(feed, ACCOUNT) == {"ads": SECONDS}


def test_starting_reads_no_rows(ledger: Ledger, store: Store, follow: Follow) -> None:
    """However long the ledger is: the store finds what still closes something, the rest is not read."""
    ledger.append(
        [
            closing(subject_of(OTHER), at=NOW - timedelta(days=200)),
            *(closing(f"browser:{number:040x}") for number in range(50)),
            closing(subject_of(ACCOUNT)),
        ]
    )
    feed = follow()
    feed.begin()
    feed.catch_up()
    assert store.parsed == 1, "the last one, which must still be there"
    assert _known(feed, ACCOUNT) == {"ads": SECONDS}
    assert feed.withdrawals(OTHER) == {}


def test_lapsed_closings_are_forgotten(ledger: Ledger, clock: Clock, follow: Follow) -> None:
    """The grants that they closed have lapsed as well: memory does not grow for ever."""
    ledger.append([closing(subject_of(ACCOUNT)), closing(subject_of(OTHER))])
    clock.time += timedelta(days=150)
    ledger.append([closing(subject_of(ACCOUNT), purpose="statistics", at=clock.time)])
    feed = follow()
    feed.begin()
    assert _known(feed, OTHER) == {"ads": SECONDS}
    clock.time += timedelta(days=60)
    feed.catch_up()
    feed.catch_up()
    assert feed.withdrawals(OTHER) == {}
    assert _known(feed, ACCOUNT) == {"statistics": SECONDS + 150 * 86400}


def test_it_follows_from_the_start(ledger: Ledger, follow: Follow) -> None:
    """Nobody has to come by first: a withdrawal made elsewhere is known at the first question."""
    feed = follow(0.01)
    feed.on_pass = passes = Passes()
    feed.begin()
    ledger.append([closing(subject_of(ACCOUNT))])
    passes.wait(2)
    assert _known(feed, ACCOUNT) == {"ads": SECONDS}


def test_what_nobody_can_know_is_not_known(follow: Follow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a look in the last seconds there is no answer; a follower that was stopped makes no promise."""
    feed = follow()
    feed.begin()
    assert feed.withdrawals(ACCOUNT) == {}
    monkeypatch.setattr(withdrawal_feed, "monotonic", lambda: time.monotonic() + 5.5)
    assert feed.withdrawals(ACCOUNT) is None
    feed.catch_up()
    assert feed.withdrawals(ACCOUNT) == {}
    monkeypatch.setattr(withdrawal_feed, "monotonic", lambda: time.monotonic() + 60)
    feed.stop()
    assert feed.withdrawals(ACCOUNT) == {}


@pytest.mark.parametrize("error", [StoreDown("the database does not answer"), KeyError("an@klant.example")])
def test_the_thread_outlives_an_outage(
    store: Store, ledger: Ledger, follow: Follow, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """While the store is down it says so once, without anybody's data, and catches up afterwards."""
    feed = follow()
    passes, looks = list[int](), list[int]()
    feed.on_pass = lambda: passes.append(1)
    feed.on_look = lambda: looks.append(1)
    feed.begin()
    for _ in range(2):
        store.error = error
        feed.look()
        feed.look()
        store.error = None
        ledger.append([closing(subject_of(ACCOUNT))])
        feed.look()
    assert len([m for m in caplog.messages if "other devices" in m]) == 2
    assert "klant" not in caplog.text
    assert (len(passes), len(looks)) == (2, 6)
    assert _known(feed, ACCOUNT) == {"ads": SECONDS}


def test_each_process_starts_its_thread_once(follow: Follow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting again starts nothing, nor does a question."""
    started: list[object] = []

    class Counted(threading.Thread):
        def start(self) -> None:
            started.append(self)

    monkeypatch.setattr(withdrawal_feed, "Thread", Counted)
    feed = follow()
    feed.begin()
    feed.start()
    feed.withdrawals(ACCOUNT)
    assert len(started) == 1


def test_nobody_follows_for_somebody_who_is_gone(ledger: Ledger, clock: Clock) -> None:
    """A Privacy that nobody holds any more, in a test suite say, takes its thread with it."""
    feed = WithdrawalFeed(ledger, SIX_MONTHS, clock, seconds=0.01)
    feed.begin()
    known, threads = weakref.ref(feed), set(threading.enumerate())
    del feed
    deadline = time.monotonic() + 20
    while known() is not None and time.monotonic() < deadline:
        gc.collect()
    assert known() is None
    for thread in threads:
        if thread.name == "shopprivacy-ledger" and thread is not threading.current_thread():
            thread.join(0.05)


def _in_child(answer: Callable[[], bool]) -> bool:
    """Fork, and return what the child answers."""
    child = os.fork()
    if child == 0:  # pragma: no cover  # in the child, which leaves nothing behind
        right = False
        try:
            right = answer()
        finally:
            os._exit(0 if right else 1)
    return os.waitpid(child, 0)[1] == 0


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_follows_by_itself(follow: Follow) -> None:
    """Its parent's thread is not there: it starts one at once, and until that has looked nothing is known."""
    feed = follow()
    feed.on_pass = passes = Passes()
    feed.begin()
    right = feed.withdrawals(ACCOUNT) == {}

    def answer() -> bool:
        deadline = time.monotonic() + 20
        while feed.withdrawals(ACCOUNT) is None and time.monotonic() < deadline:
            pass
        return feed.withdrawals(ACCOUNT) == {} and passes is feed.on_pass

    assert right
    assert _in_child(answer)
    feed.stop()
    assert _in_child(lambda: feed.withdrawals(ACCOUNT) == {})


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_in_a_child_the_store_comes_first(follow: Follow) -> None:
    """No thread looks before a store that was made before the follower has let go of its parent's connections."""
    following: list[WithdrawalFeed] = []
    looking: list[bool] = []
    os.register_at_fork(
        after_in_child=lambda: looking.extend(feed._process == os.getpid() for feed in following)
    )
    following.append(feed := follow())
    feed.begin()
    assert _in_child(lambda: looking == [False])
    feed.stop()
    following.clear()


def test_a_fork_waits_for_the_look_at_the_ledger(follow: Follow, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child never inherits half a look; but a database that hangs does not hang the server that forks."""
    feed = follow()
    feed.begin()
    feed.hold()
    looking = threading.Thread(target=feed.catch_up)
    looking.start()
    assert looking.is_alive()
    feed.release()
    looking.join(20)
    assert not looking.is_alive()
    monkeypatch.setattr(withdrawal_feed, "WITHIN", 0.01)
    holding, done = threading.Event(), threading.Event()

    def hang() -> None:
        with feed._passing:
            holding.set()
            done.wait(20)

    hanging = threading.Thread(target=hang)
    hanging.start()
    holding.wait(20)
    feed.hold()
    feed.release()
    done.set()
    hanging.join(20)


def test_a_process_forked_past_python_is_noticed(follow: Follow) -> None:
    """A server in C may fork without telling: the first question starts the thread."""
    feed = follow()
    feed.begin()
    feed._process = -1
    feed.on_pass = passes = Passes()
    with passes.counting(1):
        feed.withdrawals(ACCOUNT)
    assert feed.withdrawals(ACCOUNT) == {}
