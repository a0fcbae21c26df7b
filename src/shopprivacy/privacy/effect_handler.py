"""Doing what endpoints ask for: the one place where a choice on the web meets clock, randomness and stores."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Final, TypeVar

from shopprivacy.decision.state import WIDENING
from shopprivacy.errors import JournalDown, LedgerBroken, StoreDown
from shopprivacy.http.effects import Effect, Kind, run
from shopprivacy.ledger.effects import LedgerWorld
from shopprivacy.ledger.entry import SALT_BYTES, Entry, Row
from shopprivacy.ledger.journal import Journal, recorded
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.privacy.callbacks import call_each
from shopprivacy.privacy.circuit import Circuit
from shopprivacy.privacy.rate_limit import RateLimit
from shopprivacy.storage.patience import patience

T = TypeVar("T")

log = logging.getLogger("shopprivacy.ledger")

PATIENCE: Final = 1.5
"""Seconds that a choice waits for the ledger, unless the shop says otherwise."""
LONGEST_PATIENCE: Final = 60.0
"""More is no bound: a server's threads would be used up, and the visitor gone."""

ConsentCallback = Callable[[Entry], object]


class EffectHandler:
    """Performs an endpoint's effects. ``callbacks`` hear of every recorded choice, after it counts.

    ``ledger`` keeps ``journal``; ``bare`` is the same ledger without it, for the day on which the journal's disk is
    full. ``bound`` is how many seconds a choice waits for the ledger.
    """

    def __init__(
        self,
        ledger: Ledger,
        bare: Ledger,
        journal: Journal | None,
        now: Callable[[], datetime],
        *,
        bound: float = PATIENCE,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self._ledger = ledger
        self._bare = bare
        self._journal = journal
        self._now = now
        self._bound = bound
        self._seconds = seconds
        self.circuit = Circuit(bound, seconds)
        """Lets nobody wait for a database that has just let somebody wait in vain."""
        self._rates = RateLimit(secrets.token_bytes(32))
        self._behind = False
        self._unwritten: dict[tuple[str, str | None], Entry] = {}
        self._lock = Lock()
        self.callbacks: list[ConsentCallback] = []

    def answer(self, effects: Generator[Effect[LedgerWorld], object, T]) -> T:
        """Run an endpoint to its reply. Whoever listens hears of its choices when they count for the visitor, too."""
        world = _World(self)
        try:
            return run(effects, world)
        finally:
            self._tell(world.heard)

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return self._now()

    def take_turn(self, kind: Kind, client: str) -> bool:
        """Count something that this client makes us write; whether it is within the rate limit of its kind."""
        return self._rates.take(kind, client, self._now())

    def record(self, entries: Sequence[Entry]) -> None:
        """Append choices to the ledger, as ``LedgerWorld.record`` says, and tell who listens.

        Raises StoreDown when a grant is among them, or when neither ledger nor journal can be written.
        """
        self._tell(self.append(entries))

    def catch_up(self) -> None:
        """Append what the ledger did not take while it was down. Raises StoreDown while it still is."""
        if self._behind:
            self._behind = False  # first: what comes into the journal meanwhile is for the next time
            try:
                with patience(self._bound):
                    self._ledger.keep_in_step()
            except BaseException:
                self._behind = True
                raise
            self.circuit.answered()
        with self._lock:
            waiting = dict(self._unwritten)
        if waiting:
            self._tell(self._write(list(waiting.values())))
            with self._lock:
                for which, entry in waiting.items():
                    if self._unwritten.get(which) is entry:
                        del self._unwritten[which]

    @property
    def is_behind(self) -> bool:
        """Whether choices of this process stand in the journal alone; they are tried at every look."""
        return self._behind

    def append(self, entries: Sequence[Entry]) -> list[Entry]:
        """Append choices and return those that nobody who listens has heard of yet. Raises as ``record`` does."""
        try:
            written = self._write(entries)
        except StoreDown:
            if all(entry.action not in WIDENING for entry in entries):
                with self._lock:
                    self._unwritten.update({(entry.subject, entry.purpose): entry for entry in entries})
                log.critical(
                    "neither the ledger nor the journal can be written: %d withdrawals are only in the memory of "
                    "this process, and are lost to the ledger if it ends before one of them works again",
                    len(entries),
                )
            raise
        if self._unwritten:  # a later choice of the same person
            with self._lock:
                for entry in entries:
                    self._unwritten.pop((entry.subject, entry.purpose), None)
        return written

    def _write(self, entries: Sequence[Entry]) -> list[Entry]:
        """Write to the ledger, else to the journal alone, else to the ledger alone; a grant only the first way.

        Nobody waits twice for a ledger that hangs: the last way is open only where no wait for it was in vain.
        """
        began = self._seconds()
        elsewhere = self._journal is not None and not any(entry.action in WIDENING for entry in entries)
        try:
            with self.circuit.attempt(hurry=elsewhere):
                return _entries(self._ledger.append(entries))
        except StoreDown as error:
            if self._journal is None or not elsewhere:
                raise
            down = error
        if not isinstance(down, JournalDown):
            try:
                self._journal.append([recorded(entry, secrets.token_bytes(SALT_BYTES)) for entry in entries])
            except JournalDown as full:
                down = full
            else:
                self._behind = True
                log.error("the ledger does not answer: %d choices are only in the journal", len(entries))
                return list(entries)
        left = max(self._bound - (self._seconds() - began), self._bound / 2)
        with self.circuit.attempt(last_resort=True), patience(left):
            written = _entries(self._bare.append(entries))
        log.critical(
            "%s: %d choices are only in the database, and a restored backup would lose them",
            down,
            len(entries),
        )
        return written

    def rows_of(self, subject: str) -> Sequence[Row]:
        """Return a subject's rows in order. Raises StoreDown, also where one of them cannot be read."""
        with self.circuit.attempt():
            try:
                return self._ledger.rows_of(subject)
            except LedgerBroken as broken:  # to a visitor the same: what hangs on it is not granted now
                log.error("%s", broken)
                raise StoreDown(str(broken)) from None

    def _tell(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            call_each("on_consent_change", self.callbacks, entry)

    def count_refusals(self, purposes: Sequence[str]) -> None:
        """Count anonymous refusals for the day."""
        try:
            with self.circuit.attempt(hurry=True):
                self._ledger.count_refusals(self._now().date(), purposes)
        except StoreDown:
            # A number for the operator; no visitor's refusal hangs on it.
            log.error("the ledger does not answer: a refusal was not counted")


class _World:
    """What is lent while one request is answered. ``heard`` are the choices that were recorded meanwhile."""

    def __init__(self, handler: EffectHandler) -> None:
        self.heard: list[Entry] = []
        self._handler = handler
        self.now = handler.now
        self.random_bytes = secrets.token_bytes
        self.take_turn = handler.take_turn
        self.count_refusals = handler.count_refusals
        self.rows_of = handler.rows_of

    def record(self, entries: Sequence[Entry], /) -> None:
        self.heard += self._handler.append(entries)


def _entries(rows: Sequence[Row]) -> list[Entry]:
    return [row.entry for row in rows if row.entry is not None]
