"""Following the ledger, so that a withdrawal on one device closes the account's other devices within seconds.

The consent cookie carries a browser's own choices; what an account withdraws elsewhere is not in it. Each process
keeps those withdrawals in memory and learns of new ones from the ledger's sequence numbers, off the request path.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from threading import Event, Lock, Thread

from shopprivacy.consent.ledger import Ledger
from shopprivacy.consent.signing_in import account_of, closings
from shopprivacy.errors import PrivacyError

log = logging.getLogger("shopprivacy.ledger")

_NOTHING: Mapping[str, int] = {}


class Follower:
    """Keeps what accounts have closed. ``seconds`` is the pause between two looks at the ledger."""

    def __init__(self, ledger: Ledger, *, seconds: float = 1.0) -> None:
        self._ledger = ledger
        self._seconds = seconds
        self._seen = 0
        self._closed: dict[bytes, dict[str, int]] = {}
        self._process = 0
        self._lock = Lock()
        self._stop = Event()
        self.on_pass: Callable[[], object] = lambda: None
        """Called with every look at the ledger, off the request path."""

    def closings(self, account: bytes) -> Mapping[str, int]:
        """Return the purposes that an account has closed: purpose to POSIX seconds. Does no I/O."""
        if self._process != os.getpid():  # servers fork their workers after loading the application
            self._start()
        return self._closed.get(account, _NOTHING)

    def catch_up(self) -> None:
        """Read what the ledger has gained. Raises StoreDown."""
        while rows := self._ledger.store.rows_after(self._seen):
            for row in rows:
                if row.entry is not None and (account := account_of(row.entry.subject)) is not None:
                    self._apply(account, closings([row.entry]))
                self._seen = row.seq

    def stop(self) -> None:
        """Let the thread end."""
        self._stop.set()

    def _apply(self, account: bytes, closed: Mapping[str, int]) -> None:
        # A grant by the account does not open browsers that were closed before it: each browser's own grant is
        # compared with the time of the withdrawal, and a younger one stands.
        if closed:
            self._closed[account] = {**self._closed.get(account, {}), **closed}

    def _start(self) -> None:
        with self._lock:
            if self._process != os.getpid():
                self._process = os.getpid()
                Thread(target=self._follow, name="shopprivacy-ledger", daemon=True).start()

    def _follow(self) -> None:
        down = False
        while not self._stop.wait(self._seconds):
            try:
                self.catch_up()
                self.on_pass()
            except PrivacyError as error:
                if not down:
                    log.error("withdrawals on other devices are not seen until this is mended: %s", error)
                down = True
            else:
                down = False
