"""What a start costs with a long ledger and a long journal: ``python -m benchmarks.ledger start [--quick]``.

A million opt-outs of addresses, each in the ledger and in the journal, beside a shop that has none: `Privacy.from_file`
in a process of its own each time, in shuffled, interleaved rounds; the median of the rounds' differences is printed.
*Restored* is the same ledger without its last thousand rows: the whole journal is read, and what lacks appended.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.gate import KEYSET
from benchmarks.shop_files import write_files
from shopprivacy.decision import Action
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.samples import sample_entry, sample_random

ROWS = 1_000_000
AT_ONCE = 2000
LACKING = 1000
ROUNDS = 5

_START = """
import json, resource, sys, time
from shopprivacy import Privacy
began = time.perf_counter()
privacy = Privacy.from_file(*sys.argv[1:2], keys=sys.argv[2], store=sys.argv[3], journal=sys.argv[4])
seconds = time.perf_counter() - began
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
privacy.close()
print(json.dumps({"seconds": seconds, "megabytes": memory, "rows": privacy.ledger.head().count}))
"""


def started(folder: Path, store: str, journal: str) -> dict[str, float]:
    """Start a shop on these files; gives the seconds it took and the most memory it had."""
    places = ("privacy.toml", "keys.json", f"sqlite:///{folder / store}", journal)
    said = subprocess.run(
        [sys.executable, "-c", _START, *places], check=True, cwd=folder, capture_output=True
    )
    measured: dict[str, float] = json.loads(said.stdout)
    return measured


def fill(folder: Path, rows: int) -> None:
    """Write the long ledger and its journal, and the ledger as an older backup has it."""
    store, journal = SqlStore(f"sqlite:///{folder / 'long.sqlite3'}"), JournalFile(folder / "long-journal")
    book = Ledger(store, KEYSET, sample_random(), journal=journal)
    draw = random.Random(1).randbytes
    now = datetime.now(UTC)
    began = perf_counter()
    for start in range(0, rows, AT_ONCE):
        if start == rows - AT_ONCE:
            book.keep_in_step()
            store.close()
            shutil.copy(folder / "long.sqlite3", folder / "older.sqlite3")
        subjects = (f"email:{draw(20).hex()}" for _ in range(AT_ONCE))
        book.append(sample_entry(Action.OBJECTED, at=now, subject=subject) for subject in subjects)
    book.keep_in_step()
    journal.close()
    store.close()
    shutil.copy(folder / "long-journal.sqlite3", folder / "older-journal.sqlite3")
    print(f"written in {perf_counter() - began:.0f} s")


def main(*, quick: bool, place: Path | None) -> None:
    """Fill, start and print."""
    rows = 20_000 if quick else ROWS
    with tempfile.TemporaryDirectory(dir=place) as name:
        folder = Path(name)
        write_files(folder)
        fill(folder, rows)
        shops = {"empty": "empty", "long": "long"}
        measured: list[Mapping[str, Mapping[str, float]]] = []
        for _ in range(ROUNDS):
            names = random.sample(sorted(shops), len(shops))
            measured.append({shop: started(folder, f"{shop}.sqlite3", f"{shop}-journal") for shop in names})
        sizes = {kind: (folder / f"long{kind}.sqlite3").stat().st_size / 2**20 for kind in ("", "-journal")}
        print(f"{rows:,} rows: ledger {sizes['']:.0f} MB, journal {sizes['-journal']:.0f} MB")
        for figure, unit in (("seconds", "s"), ("megabytes", "MB")):
            empty = median(one["empty"][figure] for one in measured)
            more = median(one["long"][figure] - one["empty"][figure] for one in measured)
            print(f"  start, empty {empty:.2f} {unit}; with {rows:,} rows {more:+.2f} {unit}")
        restored = started(folder, "older.sqlite3", "older-journal")
        assert restored["rows"] == rows
        print(f"  start, restored {restored['seconds']:.1f} s, {restored['megabytes']:.0f} MB")
