"""How many machine instructions our own Python code costs, against what is on record: regressions show, noise does not.

    python -m benchmarks.instructions [--record]

Callgrind (valgrind 3.19 or later) counts what each case executes; the counts repeat to a thousandth whatever else the
machine is doing. Each is compared with ``benchmarks/instructions.json``; one that has grown by more than 3 % ends the
run with status 1. ``--record`` writes the counts down instead. They belong to one version of Python, which the file
names.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path

ON_RECORD = Path(__file__).with_suffix(".json")
TOLERATED = 0.03
CALLS = 300
_ALONE = "--alone"
# What callgrind writes a file at, each time it is called: a call of the system that nothing in the cases makes.
_MARK = "os_getppid"


def cases(folder: Path) -> Mapping[str, Callable[[], object]]:
    from benchmarks import gate, ledger

    return {
        **gate.cases(50),
        **gate.distinct(50),
        "ledger, one row in memory": ledger.in_memory(),
        "ledger, one row in SQLite": ledger.ledger(folder / "ledger"),
        "same work by sqlite3 alone": ledger.same_work(folder / "same work"),
        "bare INSERT by sqlite3 alone": ledger.raw(folder / "raw"),
    }


def run_alone() -> None:
    """Run every case between two marks. This is what callgrind counts."""
    with tempfile.TemporaryDirectory() as folder:
        run(cases(Path(folder)))


def run(every: Mapping[str, Callable[[], object]]) -> None:
    for case in every.values():
        for _ in range(50):
            case()
    gc.disable()
    print(json.dumps(list(every)), flush=True)
    for case in every.values():
        os.getppid()
        for _ in range(CALLS):
            case()
    os.getppid()


def counted() -> dict[str, int]:
    """Return the instructions of one call of each case."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise SystemExit("valgrind is not installed")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind"
        options = ["--tool=callgrind", f"--dump-before={_MARK}", f"--callgrind-out-file={out}"]
        command = [valgrind, "-q", *options, sys.executable, "-m", "benchmarks.instructions", _ALONE]
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
        names: list[str] = json.loads(done.stdout)
        totals = list(_totals(out))[1:]  # the first is the start of Python
    if len(totals) < len(names):
        raise SystemExit(f"callgrind did not see {_MARK}: this Python has no symbols")
    return {name: total // CALLS for name, total in zip(names, totals, strict=False)}


def _totals(out: Path) -> Iterator[int]:
    for number in count(1):
        dump = out.with_name(f"{out.name}.{number}")
        if not dump.exists():
            return
        found = [line for line in dump.read_text().splitlines() if line.startswith(("summary:", "totals:"))]
        yield int(found[-1].split()[1])


def main() -> None:
    if _ALONE in sys.argv:
        run_alone()
        return
    python = platform.python_version()
    now = counted()
    if "--record" in sys.argv:
        ON_RECORD.write_text(json.dumps({"python": python, "instructions": now}, indent=2) + "\n")
    record = json.loads(ON_RECORD.read_text())
    then: dict[str, int] = record["instructions"]
    if record["python"] != python:
        print(
            f"on record is Python {record['python']}, and this is {python}: nothing to compare with; --record"
        )
        then = now
    peer = now["SessionMiddleware"] - now["raw ASGI"]
    print(f"{'':42}{'instructions':>13}{'on record':>12}{'of a session':>14}")
    for name, total in now.items():
        bare = now["raw WSGI" if "WSGI" in name else "raw ASGI"] if name.startswith(("gate", "no-op")) else 0
        share = f"{(total - bare) / peer:14.2f}" if bare else ""
        print(f"{name:42}{total:13}{then.get(name, 0):12}{share}")
    grown = [name for name, total in now.items() if total > then.get(name, 0) * (1 + TOLERATED)]
    if grown:
        raise SystemExit(f"more than {TOLERATED:.0%} above what is on record: {', '.join(grown)}")


if __name__ == "__main__":
    main()
