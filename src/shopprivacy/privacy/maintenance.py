"""What a process does now and then beside following the ledger, in the same thread."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from shopprivacy.ledger.ledger import Ledger
from shopprivacy.privacy.effect_handler import EffectHandler


class Maintenance:
    """Appends what the ledger had to be spared, and signs a checkpoint where this month has none yet."""

    def __init__(self, ledger: Ledger, handler: EffectHandler, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._effects = handler
        self._now = now
        self._signed = ""

    def __call__(self) -> None:
        """Do what is due. Raises StoreDown."""
        self._effects.catch_up()
        now = self._now()
        month = now.astimezone(UTC).strftime("%Y-%m")
        if month != self._signed:  # asks the store once a month, not once a second
            self._ledger.checkpoint_if_due(now)
            self._signed = month
