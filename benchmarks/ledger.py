"""What recording a choice costs beside a bare INSERT into SQLite, both durable: ``python -m benchmarks.ledger``.

Both write one row per transaction to a file with a write-ahead log and full synchronisation, in shuffled,
interleaved rounds. The ratio of a round is less noisy than its times; the median over the rounds is printed.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from shopprivacy.consent.ledger import Ledger
from shopprivacy.consent.row_format import row_fields
from shopprivacy.decision import Action
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.samples import NOON, sample_entry, sample_keyset, sample_random, sample_subject

ROWS = 50
ROUNDS = 15


def appends(folder: Path) -> Callable[[int], None]:
    store = SqlStore(f"sqlite:///{folder / 'ledger.sqlite3'}")
    ledger = Ledger(store, sample_keyset(), sample_random())
    subject = sample_subject()
    entries = [sample_entry(action, subject=subject) for action in (Action.GRANTED, Action.WITHDRAWN)]

    def write(number: int) -> None:
        ledger.append([entries[number % 2]])

    return write


def inserts(folder: Path) -> Callable[[int], None]:
    connection = sqlite3.connect(folder / "raw.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    store = SqlStore(f"sqlite:///{folder / 'sample.sqlite3'}")
    entry = sample_entry(at=NOON + timedelta(seconds=1))
    (row,) = Ledger(store, sample_keyset(), sample_random()).append([entry])
    fields = row_fields(row)
    columns = ", ".join(name if name != "seq" else "seq INTEGER PRIMARY KEY" for name in fields)
    connection.execute(f"CREATE TABLE ledger ({columns})")
    statement = f"INSERT INTO ledger VALUES ({', '.join('?' * len(fields))})"
    values = list(fields.values())[1:]

    def write(number: int) -> None:
        connection.execute(statement, [number + 1, *values])

    return write


def seconds(write: Callable[[int], None], start: int) -> float:
    began = time.perf_counter()
    for number in range(start, start + ROWS):
        write(number)
    return (time.perf_counter() - began) / ROWS


def main() -> None:
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        folder = Path(name)
        cases = {"ledger": appends(folder), "raw": inserts(folder)}
        rounds: list[dict[str, float]] = []
        for turn in range(ROUNDS):
            order = list(cases)
            random.shuffle(order)
            rounds.append({case: seconds(cases[case], turn * ROWS) for case in order})
        ratio = statistics.median(taken["ledger"] / taken["raw"] for taken in rounds)
        for case in cases:
            print(f"{case:<7} {statistics.median(taken[case] for taken in rounds) * 1e6:8.0f} µs a row")
        print(f"ratio   {ratio:8.2f}")


if __name__ == "__main__":
    main()
