"""The gate under generated requests, through both shells and for four parsers.

    python -m tests.fuzz [--cases 1000000] [--seed 1] [--processes 2]
    python -m tests.fuzz unsubscribe [--cases 1000000] [--seed 1] [--processes 2]

The second sends requests to the unsubscribe link.

Prints how many cases it tried, and the smallest case that it could make of each promise that did not hold. Ends with
1 where there is one, or where something grows faster than what is sent. ``docs/how-to/slow-checks.md`` says when to
run it.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from multiprocessing import get_context

from tests.fuzz.growth import MOST, growths
from tests.fuzz.searching import findings
from tests.fuzz.unsubscribe import broken

_BATCH = 2000


def _fuzz(seed: str, count: int, processes: int) -> dict[str, str]:
    batches = [(f"{seed}/{at}", min(_BATCH, count - at)) for at in range(0, count, _BATCH)]
    found: dict[str, str] = {}
    done = 0
    with get_context("spawn").Pool(processes) as pool:
        for (_, size), more in zip(batches, pool.imap(findings, batches), strict=True):
            done += size
            for promise, told in more.items():
                if promise not in found:
                    found[promise] = told
                    print(f"after {done} cases: {told}\n", flush=True)
            if done % (50 * _BATCH) == 0:
                print(f"{done} cases", flush=True)
    return found


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description="The gate under generated requests."
    )
    parser.add_argument("what", nargs="?", choices=["gate", "unsubscribe"], default="gate")
    parser.add_argument("--cases", type=int, default=1_000_000, help="how many cases (default: %(default)s)")
    parser.add_argument("--seed", default="1", help="fixes the cases (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=2, help="processes at work (default: %(default)s)")
    parser.add_argument("--no-growth", action="store_true", help="leave out how time grows with what is sent")
    options = parser.parse_args()
    if options.what == "unsubscribe":
        sys.exit(_unsubscribe(options.seed, options.cases, options.processes))
    begin = time.monotonic()
    found = _fuzz(options.seed, options.cases, options.processes)
    print(
        f"{options.cases} cases through {{WSGIGate, ASGIGate}} x {{http.cookies, Werkzeug, Starlette, Django}} "
        f"in {time.monotonic() - begin:.0f} s, seed {options.seed}: {len(found)} promises broken"
    )
    steep = 0 if options.no_growth else _too_steep()
    sys.exit(1 if found or steep else 0)


def _unsubscribe(seed: str, count: int, processes: int) -> int:
    batches = [(f"{seed}/{at}", min(_BATCH, count - at)) for at in range(0, count, _BATCH)]
    begin, told = time.monotonic(), list[str]()
    quiet = logging.disable  # a line for every cookie that is held back
    with get_context("spawn").Pool(processes, quiet) as pool:
        for more in pool.imap_unordered(broken, batches):
            told += more
    for line in told[:20]:
        print(line)
    took = time.monotonic() - begin
    print(f"{count} requests to unsubscribe links in {took:.0f} s, seed {seed}: {len(told)} wrong")
    return 1 if told else 0


def _too_steep() -> int:
    tried = list(growths())
    steep = [(what, growth) for what, growth in tried if growth > MOST]
    for what, growth in steep:
        print(f"four times {what} takes {growth:.1f} times as long; at most {MOST:.0f}")
    print(f"time grows faster than what is sent in {len(steep)} of {len(tried)} ways to send more")
    return len(steep)


if __name__ == "__main__":
    main()
