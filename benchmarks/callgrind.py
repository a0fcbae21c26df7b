"""How many machine instructions a call takes, which repeats to a thousandth whatever else the machine is doing.

Callgrind (valgrind 3.19 or later) counts them, in a process of its own that runs nothing else.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import count
from pathlib import Path

CALLS = 300
_WARMING = 50
# What callgrind writes a file at, each time it is called: a call of the system that nothing in the cases makes.
_MARK = "os_getppid"


def counted(cases: str, *arguments: str) -> dict[str, int]:
    """Return the instructions of one call of each case.

    ``cases`` names a function as ``module:function``; called with ``arguments``, it returns the cases by name.
    """
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise SystemExit("valgrind is not installed")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind"
        options = ["--tool=callgrind", f"--dump-before={_MARK}", f"--callgrind-out-file={out}"]
        command = [valgrind, "-q", *options, sys.executable, "-m", "benchmarks.callgrind", cases, *arguments]
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
    """Run every case between two marks. This is what callgrind counts."""
    module, _, function = sys.argv[1].partition(":")
    every: dict[str, Callable[[], object]] = getattr(import_module(module), function)(*sys.argv[2:])
    for case in every.values():
        for _ in range(_WARMING):
            case()
    gc.disable()
    print(json.dumps(list(every)), flush=True)
    for case in every.values():
        os.getppid()
        for _ in range(CALLS):
            case()
    os.getppid()


if __name__ == "__main__":
    main()
