"""Random histories of devices, accounts, deploys, clocks, restores, restarts and outages, against an oracle.

    python -m tests.histories [--histories 10000] [--seed 1] [--processes 2]

Prints the smallest form of each history in which something was allowed that had been withdrawn with success. Ends with
1 where there is one.
"""

from __future__ import annotations

import argparse
import sys
import time
from multiprocessing import get_context

from tests.histories.searching import findings

_BATCH = 100


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.histories", description=__doc__.partition("\n")[0])
    parser.add_argument("--histories", type=int, default=10_000, help="how many (default: %(default)s)")
    parser.add_argument("--seed", default="1", help="fixes them (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=2, help="processes at work (default: %(default)s)")
    options = parser.parse_args()
    begin = time.monotonic()
    seeds = [f"{options.seed}/{number}" for number in range(options.histories)]
    batches = [seeds[at : at + _BATCH] for at in range(0, len(seeds), _BATCH)]
    count = 0
    with get_context("spawn").Pool(options.processes) as pool:
        for found in pool.imap(findings, batches):
            count += len(found)
            for told in found:
                print(told, end="\n\n", flush=True)
    print(
        f"{options.histories} histories from seed {options.seed}, {count} violations, {time.monotonic() - begin:.0f} s"
    )
    sys.exit(count > 0)


if __name__ == "__main__":
    main()
