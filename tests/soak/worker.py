"""A worker that takes opt-outs until each of its own is acknowledged: see ``tests.soak.optouts``.

    python -m tests.soak.worker STORE JOURNAL LEFT

The file ``LEFT`` holds the numbers of addresses. Each that is acknowledged it tells on its standard output, a pipe,
which no full disk stops: the number, and when, in nanoseconds since the machine began. SIGUSR1 fills its disk, and
SIGUSR2 makes room again.
"""

from __future__ import annotations

import logging
import os
import resource
import signal
import sys
from pathlib import Path
from time import monotonic_ns
from typing import Final

from shopprivacy import Privacy, StoreDown
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.sql import SqlStore
from tests.gate.exchange import KEYSET
from tests.mail.desk import only

PURPOSE: Final = "newsletter"
POLICY: Final = only(PURPOSE)
PATIENCE: Final = 0.2
"""Seconds that an opt-out waits for the database."""


def address(number: int) -> str:
    """Somebody's."""
    return f"{number}@klant.example"


def opened(store: str, journal: str) -> Privacy:
    """The shop; it waits for a database that is not there yet."""
    while True:
        try:
            return Privacy(
                POLICY,
                keyset=KEYSET,
                store=SqlStore(store),
                journal=None if journal == "none" else JournalFile(journal),
                patience=PATIENCE,
            )
        except StoreDown:
            continue


def main(store: str, journal: str, left: str) -> None:
    """Take them."""
    logging.disable()
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    log = Path(f"{journal}-wal")

    def fill(*_: object) -> None:
        size = log.stat().st_size if log.exists() else 0
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))

    def make_room(*_: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)

    signal.signal(signal.SIGUSR1, fill)
    signal.signal(signal.SIGUSR2, make_room)
    numbers = [int(number) for number in Path(left).read_text().split()]
    privacy = opened(store, journal)
    while numbers:
        refused: list[int] = []
        for number in numbers:
            try:
                privacy.mail.opted_out(address(number), PURPOSE, how=CollectionMethod.ONE_CLICK_MAIL)
            except StoreDown:
                refused.append(number)
            else:
                os.write(1, f"{number} {monotonic_ns()}\n".encode())
        numbers = refused


if __name__ == "__main__":
    main(*sys.argv[1:])
