"""A worker of a shop: ``python -m tests.mail.mailing_worker STORE JOURNAL CLOCK CHECK``.

It takes opt-outs and sends a campaign: it reads orders and writes what came of them, a line of JSON each. ``CHECK`` is
``clearance``, or ``may`` to see what happens without it. ``CLOCK`` is a file that holds by how many seconds the shop's
clock is ahead.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic_ns
from typing import Any

from shopprivacy import Privacy, StoreDown
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.sql import SqlStore
from tests.gate.exchange import KEYSET
from tests.mail.desk import only

PURPOSE = "newsletter"
POLICY = only(PURPOSE)
PATIENCE = 0.5
"""Seconds that an opt-out waits for the database."""


class Worker:
    """One process of a shop."""

    def __init__(self, store: str, journal: str, clock: str, check: str) -> None:
        ahead = Path(clock)
        self._privacy = Privacy(
            POLICY,
            keyset=KEYSET,
            store=SqlStore(store),
            journal=None if journal == "none" else JournalFile(journal),
            clock=lambda: datetime.now(UTC) + timedelta(seconds=int(ahead.read_text())),
            patience=PATIENCE,
        )
        mail = self._privacy.mail
        self._check: Any = mail.clearance if check == "clearance" else mail.may

    def opt_out(self, addresses: Sequence[str]) -> dict[str, Any]:
        """Take an opt-out of each; gives when each was acknowledged, in nanoseconds since the machine began."""
        acknowledged: dict[str, int] = {}
        for address in addresses:
            try:
                self._privacy.mail.opted_out(address, PURPOSE, how=CollectionMethod.ONE_CLICK_MAIL)
            except StoreDown:
                continue
            acknowledged[address] = monotonic_ns()
        return {"acknowledged": acknowledged}

    def send(self, addresses: Sequence[str]) -> dict[str, Any]:
        """Hand a message to each who may have it; gives to whom, with when the check began."""
        handed_off: list[tuple[str, int]] = []
        closed = 0
        for address in addresses:
            began = monotonic_ns()
            try:
                decision = self._check(address, PURPOSE)
            except StoreDown:
                closed += 1
                continue
            if decision:
                handed_off.append((address, began))
        return {"handed off": handed_off, "closed": closed}


def main(*arguments: str) -> None:
    """Do what is asked for until nothing more is."""
    worker = Worker(*arguments)
    reply: dict[str, Any] = {"ready": True}
    while True:
        sys.stdout.write(f"{json.dumps(reply)}\n")
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            return
        order = json.loads(line)
        reply = (worker.opt_out if order["do"] == "opt out" else worker.send)(order["addresses"])


if __name__ == "__main__":
    main(*sys.argv[1:])
