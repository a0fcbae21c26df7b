"""What recording a choice costs beside a bare INSERT, both durable: ``python -m benchmarks.ledger [--quick]``.

Both write one row per transaction to a file with a write-ahead log and full synchronisation, in shuffled,
interleaved rounds. The ratio of a round is less noisy than its times; the median over the rounds is printed.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from itertools import count, cycle
from pathlib import Path

from benchmarks.rounds import Case, rounds_of, typical
from shopprivacy.consent.ledger import Ledger
from shopprivacy.consent.row_format import row_fields
from shopprivacy.decision import Action
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.samples import NOON, sample_entry, sample_keyset, sample_random, sample_subject

ROWS = 50


def appends(folder: Path) -> Callable[[int], None]:
    store = SqlStore(f"sqlite:///{folder / 'ledger.sqlite3'}")
    ledger = Ledger(store, sample_keyset(), sample_random())
    subject = sample_subject()
    entries = [sample_entry(action, subject=subject) for action in (Action.GRANTED, Action.WITHDRAWN)]

    def write(number: int) -> None:
        ledger.append([entries[number % 2]])

    return write


def in_memory() -> Case:
    """Return a case that appends to a ledger in memory: our own code, and no database."""
    ledger = Ledger(MemoryStore(), sample_keyset(), sample_random())
    subject = sample_subject()
    entries = cycle(
        [[sample_entry(action, subject=subject)] for action in (Action.GRANTED, Action.WITHDRAWN)]
    )
    return lambda: ledger.append(next(entries))


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


def main() -> None:
    rounds = 3 if "--quick" in sys.argv else 15
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cases = {
            case: counted(write) for case, write in (("ledger", appends(folder)), ("raw", inserts(folder)))
        }
        measured = rounds_of(cases, rounds=rounds, calls=ROWS)
    for case in cases:
        print(f"{case:<7} {typical(measured, lambda r, c=case: r[c] / 1000):8.0f} µs a row")
    print(f"ratio   {typical(measured, lambda r: r['ledger'] / r['raw']):8.2f}")


def counted(write: Callable[[int], None]) -> Case:
    """Return a case that writes one more row at every call."""
    numbers = count()
    return lambda: write(next(numbers))


if __name__ == "__main__":
    main()
