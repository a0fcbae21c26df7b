"""Polls the ledger, so that a withdrawal on one device holds on the account's other devices within seconds.

The consent cookie carries a browser's own choices; what an account withdraws elsewhere is not in it. Each process
keeps those withdrawals in memory and learns of new ones from the ledger's sequence numbers, in a thread of its own.
While that thread has not looked for as long as a withdrawal may take, nobody can know: no grant of a browser that is
tied to an account is then allowed. Nor is it while the ledger can be read and not written: a withdrawal may then be
acknowledged that stands in a journal alone.

What counts is the ledger's order, never a clock. A ledger whose end is not the one that was known has been restored: it
is then read anew, and what it lacks is still known here, as long as this process lives or until the ledger has it
again.
"""

from __future__ import annotations

import logging
import os
import weakref
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from threading import Event, RLock, Thread
from time import monotonic
from typing import Final

from shopprivacy.consent.account_merge import ACCOUNT_KIND, account_of, mark_of, said_no, withdrawals
from shopprivacy.consent.choices import Withdrawals
from shopprivacy.ledger.chain import GENESIS, Pin
from shopprivacy.ledger.entry import Row
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.policy import Duration
from shopprivacy.privacy.callbacks import redact
from shopprivacy.storage.patience import patience

log = logging.getLogger("shopprivacy.ledger")

WITHIN: Final = 5.0
"""Seconds in which a withdrawal reaches every process, or nothing of that account's is allowed there."""

_NOTHING: Withdrawals = {}
_NEVER: Final = float("-inf")
# Duration.after counts forward; counted back from today, a term of the calendar differs by a few days.
_MARGIN: Final = timedelta(days=7)


class WithdrawalFeed:
    """Keeps what accounts have withdrawn within ``term``, which is how long browsers keep what it is held against.

    ``now`` is the shop's clock, ``seconds`` the pause between two looks at the ledger.
    """

    def __init__(
        self, ledger: Ledger, term: Duration, now: Callable[[], datetime], *, seconds: float = 1.0
    ) -> None:
        self._ledger = ledger
        self._term = term
        self._now = now
        self._seconds = seconds
        self._known = GENESIS.pin
        self._withdrawn: dict[bytes, Withdrawals] = {}
        self._begun = date.min
        self._looked = _NEVER
        self._down = False
        self._held = False
        self._process = 0
        self._passing = RLock()
        self._stop = Event()
        self.on_pass: Callable[[], object] = lambda: None
        """Called after every look at the ledger that was answered, off the request path."""
        self.on_look: Callable[[], object] = lambda: None
        """The same after every look, while the ledger is down, too."""
        self.lacks: Callable[[], bool] = lambda: False
        """Whether the ledger may lack a choice that a journal has taken: then nobody can know."""
        _follow_through_forks(self)

    def withdrawals(self, account: bytes) -> Withdrawals | None:
        """Return what an account has refused, withdrawn or objected to, in the ledger's order. Does no I/O.

        None: this process has not looked at the ledger in time, and cannot know.
        """
        if self._process != os.getpid():  # a server that forks past Python's back
            self.forked()
        if monotonic() - self._looked > WITHIN and not self._stop.is_set():
            return None
        return self._withdrawn.get(account, _NOTHING)

    def begin(self) -> None:
        """Learn what accounts have withdrawn so far, and follow from there. Raises StoreDown."""
        looked = monotonic()
        self._read_anew({})
        self._looked = looked
        self.start()

    def catch_up(self) -> None:
        """Read what the ledger has gained. Raises StoreDown."""
        with self._passing:
            looked = monotonic()
            if self._begun != self._now().date():
                self._read_anew({})  # once a day, and so forget what no grant is left of that it could end
            while rows := self._gained():
                for row in rows:
                    if row.entry is not None and (account := account_of(row.entry.subject)) is not None:
                        self._apply(self._withdrawn, account, withdrawals([row]))
                self._known = Pin(rows[-1].seq, rows[-1].hash)
                self._ledger.saw(self._known.count)
            if not self.lacks():
                self._looked = looked

    def start(self) -> None:
        """Let a thread of this process look at the ledger from now on, if none does yet."""
        if self._process == os.getpid() or self._stop.is_set():
            return
        self._process = os.getpid()
        pause = 0.0 if self._looked == _NEVER else self._seconds
        arguments = (weakref.ref(self), self._stop, pause, self._seconds)
        Thread(target=_follow, args=arguments, name="shopprivacy-ledger", daemon=True).start()

    def stop(self) -> bool:
        """Let the thread end, and a look at the ledger; gives whether it was not to stop before.

        What is known by then is all that will be known.
        """
        stopped = self._stop.is_set()
        self._stop.set()
        if self._passing.acquire(timeout=WITHIN):
            self._passing.release()
        return not stopped

    @property
    def is_stopped(self) -> bool:
        """Whether it was to stop, and does not look at the ledger any more."""
        return self._stop.is_set()

    def resume(self) -> None:
        """Look at the ledger, and follow it again after ``stop``."""
        self._stop, self._process = Event(), 0
        self.look()
        self.start()

    def hold(self) -> None:
        """Before a fork: let a look at the ledger end, so that the child inherits none that nobody goes on with."""
        self._held = self._passing.acquire(timeout=WITHIN)

    def release(self) -> None:
        """After a fork, in the parent: go on."""
        if self._held:
            self._held = False
            self._passing.release()

    def forked(self) -> None:
        """After a fork, in the child: the parent's thread is not here, and what it knew may be old."""
        stopped, self._stop = self._stop.is_set(), Event()
        if stopped:
            self._stop.set()
        self._passing = RLock()
        self._looked = _NEVER
        self.start()

    def look_unless_stopped(self) -> None:
        """Look at the ledger once, unless it was to stop before."""
        with self._passing:
            if not self._stop.is_set():
                self.look()

    def look(self) -> None:
        """Look at the ledger once; what goes wrong is logged once, and the next look tries again."""
        try:
            with self._passing:  # a fork waits for all of it, and so does who stops it
                try:
                    with patience(WITHIN):  # silence is down; who waits without an end learns of nothing
                        self.catch_up()
                finally:
                    self.on_look()
                self.on_pass()
                if self.lacks():
                    self._looked = _NEVER
        except Exception as error:  # the thread must outlive whatever a store raises
            if not self._down:
                log.error("withdrawals on other devices are not seen until this is fixed: %s", redact(error))
            self._down = True
        else:
            self._down = False

    def _read_anew(self, still: Mapping[bytes, Withdrawals]) -> None:
        """Read what accounts have withdrawn within the term, behind what is ``still`` known."""
        store, begun = self._ledger.store, self._now().date()
        known = store.head().pin
        withdrawn = {**still}
        for subject, purpose, at, digest in store.withdrawals_since(ACCOUNT_KIND, self._oldest()):
            if (account := account_of(subject)) is not None:
                self._apply(withdrawn, account, {mark_of(digest): said_no(purpose, at)})
        self._withdrawn, self._known, self._begun = withdrawn, known, begun
        self._ledger.saw(known.count)

    def _gained(self) -> Sequence[Row]:
        """Return what stands behind the last row that was read, which must still be there."""
        known = self._known
        rows = self._ledger.store.rows_after(max(known.count - 1, 0))
        if not known.count:
            return rows
        if rows and Pin(rows[0].seq, rows[0].hash) == known:
            return rows[1:]
        log.warning(
            "row %d of the ledger is not the one that was read: the database was restored, and is read again",
            known.count,
        )
        self._read_anew(self._withdrawn)
        return self._gained()

    @staticmethod
    def _apply(withdrawn: dict[bytes, Withdrawals], account: bytes, more: Withdrawals) -> None:
        # A grant by the account allows nothing in browsers that were denied before it: each browser's own grant is
        # held against the withdrawals after it. A row that the journal has brought back stays in its old place.
        if more:
            withdrawn[account] = {**withdrawn.get(account, _NOTHING), **more}

    def _oldest(self) -> datetime:
        now = self._now()
        return now - (self._term.after(now) - now) - _MARGIN


def _follow(followed: weakref.ref[WithdrawalFeed], stop: Event, pause: float, seconds: float) -> None:
    """Look at the ledger again and again, until it is to stop or until nobody holds the feed any more."""
    while not stop.wait(pause):
        feed = followed()
        if feed is None:
            return
        feed.look_unless_stopped()
        del feed
        pause = seconds


def _follow_through_forks(feed: WithdrawalFeed) -> None:
    """Let a feed know of every fork.

    In a child, what was registered first runs first: a store, which is made before its feed, has then already let
    go of the connections it inherited when the feed's new thread asks it.
    """
    known = weakref.ref(feed)

    def tell(what: Callable[[WithdrawalFeed], None]) -> None:
        if (living := known()) is not None:
            what(living)

    os.register_at_fork(
        before=lambda: tell(WithdrawalFeed.hold),
        after_in_parent=lambda: tell(WithdrawalFeed.release),
        after_in_child=lambda: tell(WithdrawalFeed.forked),
    )
