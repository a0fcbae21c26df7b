"""How many machine instructions our own Python code costs, against what is on record: regressions show, noise does not.

    python -m benchmarks.instructions [--record]

Callgrind counts what each case executes. Each is compared with ``benchmarks/instructions.json``; one that has grown by
more than 3 % ends the run with status 1, as does one that is on one side only. ``--record`` writes the counts down
instead. They belong to one version of Python, which the file names; on another they are compared by what they are of a
session there, to within 10 %.
"""

from __future__ import annotations

import atexit
import json
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.callgrind import counted

ON_RECORD = Path(__file__).with_suffix(".json")
TOLERATED = 0.03
TOLERATED_ELSEWHERE = 0.1
PEER = "SessionMiddleware"


def cases() -> Mapping[str, Callable[[], object]]:
    from benchmarks import gate, ledger

    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return {
        **gate.cases(50),
        **gate.distinct(50),
        "ledger, one row in memory": ledger.in_memory(),
        "ledger, one row in SQLite": ledger.ledger(folder / "ledger"),
        "same work by sqlite3 alone": ledger.same_work(folder / "same work"),
        "bare INSERT by sqlite3 alone": ledger.raw(folder / "raw"),
    }


def main() -> None:
    python = platform.python_version()
    now = counted("benchmarks.instructions:cases")
    if "--record" in sys.argv:
        ON_RECORD.write_text(json.dumps({"python": python, "instructions": now}, indent=2) + "\n")
    record = json.loads(ON_RECORD.read_text())
    then: dict[str, float] = record["instructions"]
    if then.keys() != now.keys():
        raise SystemExit(f"not on both sides: {', '.join(then.keys() ^ now.keys())}; --record")
    tolerated = TOLERATED
    if record["python"] != python:
        print(f"on record is Python {record['python']}, and this is {python}: scaled by what a session takes")
        tolerated = TOLERATED_ELSEWHERE
        then = {name: total * now[PEER] / then[PEER] for name, total in then.items()}
    peer = now[PEER] - now["raw ASGI"]
    print(f"{'':42}{'instructions':>13}{'on record':>12}{'of a session':>14}")
    for name, total in now.items():
        bare = now["raw WSGI" if "WSGI" in name else "raw ASGI"] if name.startswith(("gate", "no-op")) else 0
        share = f"{(total - bare) / peer:14.2f}" if bare else ""
        print(f"{name:42}{total:13}{then[name]:12.0f}{share}")
    grown = [name for name, total in now.items() if total > then[name] * (1 + tolerated)]
    if grown:
        raise SystemExit(f"more than {tolerated:.0%} above what is on record: {', '.join(grown)}")


if __name__ == "__main__":
    main()
