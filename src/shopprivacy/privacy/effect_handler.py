"""Doing what endpoints ask for: the one place where a choice on the web meets clock, randomness and stores."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from shopprivacy.decision.state import WIDENING
from shopprivacy.errors import StoreDown
from shopprivacy.http.effects import CountRefusals, Effect, Effects, RandomBytes, Record, TakeTurn, run
from shopprivacy.ledger.entry import SALT_BYTES, Entry, Row
from shopprivacy.ledger.journal import Journal, recorded
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.privacy.callbacks import call_each
from shopprivacy.privacy.rate_limit import RateLimit

if TYPE_CHECKING:
    from starlette.responses import Response

log = logging.getLogger("shopprivacy.ledger")

ConsentCallback = Callable[[Entry], object]


class EffectHandler:
    """Performs an endpoint's steps. ``callbacks`` hear of every recorded choice, after it counts.

    ``ledger`` keeps ``journal``; ``bare`` is the same ledger without it, for the day on which the journal's disk is
    full.
    """

    def __init__(
        self, ledger: Ledger, bare: Ledger, journal: Journal | None, now: Callable[[], datetime]
    ) -> None:
        self._ledger = ledger
        self._bare = bare
        self._journal = journal
        self._now = now
        self._rates = RateLimit(secrets.token_bytes(32))
        self._behind = False
        self._unwritten: dict[tuple[str, str | None], Entry] = {}
        self._lock = Lock()
        self.callbacks: list[ConsentCallback] = []

    def answer(self, effects: Effects) -> Response:
        """Run an endpoint to its reply. Whoever listens hears of its choices when they count for the visitor, too."""
        heard: list[Entry] = []
        try:
            return run(effects, lambda effect: self.perform(effect, heard))
        finally:
            self._tell(heard)

    def perform(self, effect: Effect, heard: list[Entry]) -> object:
        """Perform one step; what it recorded is added to ``heard``. Raises StoreDown where ``Record`` says so."""
        match effect:
            case RandomBytes(count):
                return secrets.token_bytes(count)
            case TakeTurn(client):
                return self._rates.take(client, self._now())
            case CountRefusals(purposes):
                self._count(purposes)
            case Record(entries):
                heard += self._append(entries)
        return None

    def record(self, entries: Sequence[Entry]) -> None:
        """Append choices to the ledger, as ``Record`` says, and tell who listens.

        Raises StoreDown when a grant is among them, or when neither ledger nor journal can be written.
        """
        self._tell(self._append(entries))

    def catch_up(self) -> None:
        """Append what the ledger did not take while it was down. Raises StoreDown while it still is."""
        if self._behind:
            self._ledger.bring_up_to_date()
            self._behind = False
        with self._lock:
            waiting = dict(self._unwritten)
        if waiting:
            self._tell(self._write(list(waiting.values())))
            with self._lock:
                for which, entry in waiting.items():
                    if self._unwritten.get(which) is entry:
                        del self._unwritten[which]

    def _append(self, entries: Sequence[Entry]) -> list[Entry]:
        try:
            written = self._write(entries)
        except StoreDown:
            if all(entry.action not in WIDENING for entry in entries):
                with self._lock:
                    self._unwritten.update({(entry.subject, entry.purpose): entry for entry in entries})
                log.critical(
                    "neither the ledger nor the journal can be written: %d withdrawals stand in their browsers alone, "
                    "and are lost to the ledger if this process ends before one of them is mended",
                    len(entries),
                )
            raise
        if self._unwritten:  # a later choice of the same person
            with self._lock:
                for entry in entries:
                    self._unwritten.pop((entry.subject, entry.purpose), None)
        return written

    def _write(self, entries: Sequence[Entry]) -> list[Entry]:
        """Write to the ledger, else to the journal alone, else to the ledger alone; a grant only the first way."""
        try:
            return _entries(self._ledger.append(entries))
        except StoreDown:
            if self._journal is None or any(entry.action in WIDENING for entry in entries):
                raise
        try:
            self._journal.append([recorded(entry, secrets.token_bytes(SALT_BYTES)) for entry in entries])
        except StoreDown as full:
            written = _entries(self._bare.append(entries))
            log.critical(
                "%s: %d choices are in the database alone, and a restored backup would lose them",
                full,
                len(entries),
            )
            return written
        self._behind = True
        log.error("the ledger does not answer: %d choices are in the journal alone", len(entries))
        return list(entries)

    def _tell(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            call_each("on_consent_change", self.callbacks, entry)

    def _count(self, purposes: Sequence[str]) -> None:
        try:
            self._ledger.count_refusals(self._now().date(), purposes)
        except StoreDown:
            # A number for the operator; no visitor's refusal hangs on it.
            log.error("the ledger does not answer: a refusal was not counted")


def _entries(rows: Sequence[Row]) -> list[Entry]:
    return [row.entry for row in rows if row.entry is not None]
