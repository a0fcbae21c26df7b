"""What recording a choice costs beside sqlite3 alone: ``python -m benchmarks.ledger [--quick] [--folder FOLDER]``.

One choice in a transaction, many in one, and one in ledgers of growing length; all durable (a write-ahead log, full
synchronisation), in shuffled, interleaved rounds. Two peers, both the sqlite3 module and nothing else:

- raw: an INSERT of the same columns into a table without any index;
- same work: the ledger's own tables with their indexes, the head read and moved, the last choice looked up; but no
  chain, no checks, and rows made beforehand.

The ratio of a round is less noisy than its times; the median over the rounds is printed. ``--folder`` says where the
files are: on a disk whose synchronisation costs something, or in memory, where only the computing shows.

``python -m benchmarks.ledger start`` measures something else: see `benchmarks.ledger_start`.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import cycle, islice, product
from os import urandom
from pathlib import Path

from benchmarks import ledger_start
from benchmarks.rounds import Case, rounds_of, typical
from shopprivacy.decision import Action
from shopprivacy.ledger.entry import Entry
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.ledger.serialize import ROW_FIELDS, Fields, row_fields
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.samples import NOON, sample_entry, sample_keyset, sample_random, sample_subject

SUBJECTS = 20
"""Who choose; where more choices stand in one transaction, each is another subject's."""
MADE = 30_000
HOUR = timedelta(hours=1)
SUBJECT, PURPOSE, DIGEST = map(ROW_FIELDS.index, ("subject", "purpose", "digest"))
ACTIONS = (Action.GRANTED, Action.WITHDRAWN)
LAST = (
    "SELECT * FROM shopprivacy_ledger WHERE subject = ? AND (purpose = ? OR purpose IS NULL) "
    "ORDER BY seq DESC LIMIT 1"
)
MOVE = "UPDATE shopprivacy_ledger_head SET counted = ?, hash = ?, rolling = ? WHERE id = 1"


def choices(subjects: int = SUBJECTS) -> Iterator[Entry]:
    """Return choices without end, each at a moment of its own: every subject grants, then all withdraw, and so on."""
    every = [sample_subject(str(number)) for number in range(subjects)]
    asked = list(product(ACTIONS, every))
    return cycle(
        sample_entry(action, subject=subject, at=NOON + number * HOUR)
        for number, (action, subject) in enumerate(asked)
    )


def rows(number: int, subjects: int = SUBJECTS) -> Iterator[Fields]:
    """Return rows as they stand in the table, for what makes none itself."""
    [sample] = Ledger(MemoryStore(), sample_keyset(), sample_random()).append([sample_entry()])
    fields = row_fields(sample)
    for seq, entry in enumerate(islice(choices(subjects), number), start=1):
        action = entry.action.value
        yield {**fields, "seq": seq, "subject": entry.subject, "action": action, "digest": urandom(32).hex()}


def supply(at_once: int) -> Iterator[tuple[object, ...]]:
    """Return rows that were made beforehand, so that making them is not measured."""
    return iter([tuple(row.values()) for row in rows(MADE, max(SUBJECTS, at_once))])


def ledger(file: Path, at_once: int = 1) -> Case:
    """Return a case that records choices, that many in a transaction."""
    book = Ledger(SqlStore(f"sqlite:///{file}"), sample_keyset(), urandom)
    entries = choices(max(SUBJECTS, at_once))
    return lambda: book.append(islice(entries, at_once))


def in_memory() -> Case:
    """Return a case that appends to a ledger in memory: our own code, and no database."""
    book = Ledger(MemoryStore(), sample_keyset(), sample_random())
    entries = choices(1)
    return lambda: book.append([next(entries)])


def connected(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def raw(file: Path, at_once: int = 1) -> Case:
    """Return a case that inserts rows into a table without any index."""
    connection = connected(file)
    made = supply(at_once)
    columns = (name if name != "seq" else "seq INTEGER PRIMARY KEY" for name in ROW_FIELDS)
    connection.execute(f"CREATE TABLE raw ({', '.join(columns)})")
    statement = insertion("raw")

    def one() -> None:
        connection.execute(statement, next(made))

    def many() -> None:
        connection.execute("BEGIN")
        connection.executemany(statement, islice(made, at_once))
        connection.execute("COMMIT")

    return one if at_once == 1 else many


def same_work(file: Path, at_once: int = 1) -> Case:
    """Return a case that reads and writes what the ledger does, in its own tables."""
    SqlStore(f"sqlite:///{file}").close()
    connection = connected(file)
    made = supply(at_once)
    statement = insertion("shopprivacy_ledger")

    def write() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("SELECT * FROM shopprivacy_ledger_head").fetchall()
        added = list(islice(made, at_once))
        for row in added:
            connection.execute(LAST, (row[SUBJECT], row[PURPOSE])).fetchall()
        connection.executemany(statement, added)
        connection.execute(MOVE, (added[-1][0], added[-1][DIGEST], added[-1][DIGEST]))
        connection.execute("COMMIT")

    return write


def insertion(table: str) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' * len(ROW_FIELDS))})"


def filled(file: Path, length: int) -> Path:
    """Return the file with a ledger of this length. Nobody who appends reads the rows that the others have."""
    SqlStore(f"sqlite:///{file}").close()
    connection = connected(file)
    made = (tuple({**row, "subject": f"customer:{urandom(20).hex()}"}.values()) for row in rows(length))
    connection.execute("BEGIN")
    connection.executemany(insertion("shopprivacy_ledger"), made)
    connection.execute(MOVE, (length, "00" * 32, "00" * 32))
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file


def compared(
    title: str, cases: Mapping[str, Case], peer: str, *, rounds: int, calls: int, each: int = 1
) -> None:
    """Measure the cases and print the microseconds of each, and what they are of a peer's."""
    measured = rounds_of(cases, rounds=rounds, calls=calls)
    print(f"{title:32}{'µs':>10}{f'of {peer}':>20}")
    for name in cases:
        time = typical(measured, lambda r, c=name: r[c] / 1000 / each)
        print(f"  {name:30}{time:10.0f}{typical(measured, lambda r, c=name: r[c] / r[peer]):20.2f}")


KINDS: Mapping[str, Callable[[Path, int], Case]] = {"ledger": ledger, "raw": raw, "same work": same_work}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger")
    parser.add_argument("what", nargs="?", choices=("append", "start"), default="append")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.what == "start":
        ledger_start.main(quick=asked.quick, place=asked.folder)
        return
    rounds = 3 if asked.quick else 25
    lengths = (1000, 10_000) if asked.quick else (1000, 10_000, 100_000, 1_000_000)
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        folder = Path(name)
        for at_once, calls in ((1, 50), (100, 2), (1000, 1)):
            cases = {kind: make(folder / f"{kind} {at_once}", at_once) for kind, make in KINDS.items()}
            title = f"{at_once} in a transaction, each"
            compared(title, cases, "raw", rounds=rounds, calls=calls, each=at_once)
        growing = {f"{length:,} rows": ledger(filled(folder / f"{length}", length)) for length in lengths}
        compared("one in a transaction", growing, "1,000 rows", rounds=rounds, calls=50)


if __name__ == "__main__":
    main()
