"""Doing what endpoints ask for: the one place where a choice on the web meets clock, randomness and stores."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from shopprivacy.consent.entry import SALT_BYTES, Entry
from shopprivacy.consent.ledger import Journal, Ledger
from shopprivacy.consent.replay import recorded
from shopprivacy.decision.state import WIDENING
from shopprivacy.errors import StoreDown
from shopprivacy.privacy.rates import RateLimit
from shopprivacy.web.steps import CountRefusals, RandomBytes, Record, Step, TakeTurn

log = logging.getLogger("shopprivacy.ledger")

ConsentCallback = Callable[[Entry], object]


class Performer:
    """Performs an endpoint's steps. ``callbacks`` hear of every recorded choice, after it is recorded."""

    def __init__(self, ledger: Ledger, journal: Journal | None, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._journal = journal
        self._now = now
        self._rates = RateLimit(secrets.token_bytes(32))
        self._behind = False
        self.callbacks: list[ConsentCallback] = []

    def __call__(self, step: Step) -> object:
        """Perform one step. Raises StoreDown where ``Record`` says so."""
        match step:
            case RandomBytes(count):
                return secrets.token_bytes(count)
            case TakeTurn(client):
                return self._rates.take(client, self._now())
            case CountRefusals(purposes):
                self._count(purposes)
            case Record(entries):
                self.record(entries)
        return None

    def record(self, entries: Sequence[Entry]) -> None:
        """Append choices to the ledger; ones that only narrow go to the journal when it does not answer.

        Raises StoreDown when a grant is among them, or when the journal cannot be written either.
        """
        try:
            recorded_now = [row.entry for row in self._ledger.append(entries)]
        except StoreDown:
            if self._journal is None or any(entry.action in WIDENING for entry in entries):
                raise
            self._journal.append([recorded(entry, secrets.token_bytes(SALT_BYTES)) for entry in entries])
            self._behind = True
            log.error("the ledger does not answer: %d choices are in the journal alone", len(entries))
            recorded_now = list(entries)
        for entry in recorded_now:
            if entry is not None:
                for callback in self.callbacks:
                    callback(entry)

    def catch_up(self) -> None:
        """Append what went to the journal while the ledger was down. Raises StoreDown while it still is."""
        if self._behind:
            self._ledger.bring_up_to_date()
            self._behind = False

    def _count(self, purposes: Sequence[str]) -> None:
        try:
            self._ledger.count_refusals(self._now().date(), purposes)
        except StoreDown:
            # A number for the operator; no visitor's refusal hangs on it.
            log.error("the ledger does not answer: a refusal was not counted")
