"""The same promises with atheris, which looks for cases that reach code which none has reached before.

    python -m tests.fuzz.guided -max_total_time=600 [CORPUS-FOLDER]

Its options are libFuzzer's. It ends with an error and a file ``crash-…`` at the first promise that does not hold, and
prints a small case. atheris is in the dependency group ``fuzz``.
"""

from __future__ import annotations

import sys
from random import Random

import atheris

with atheris.instrument_imports(
    include=[
        "shopprivacy.cookies",
        "shopprivacy.consent.cookie",
        "shopprivacy.http",
        "shopprivacy.gate",
        "shopprivacy.pages",
    ]
):
    from tests.fuzz.grammar import Grammar
    from tests.fuzz.oracle import Broken, check
from tests.fuzz.shrinking import shrunk

_SHOPS = 64


class BytesAsRandom(Random):
    """What atheris writes is what is drawn; where it ends, zeros are."""

    def __init__(self, given: bytes) -> None:
        super().__init__(0)
        self._given = given
        self._at = 0

    def getrandbits(self, k: int, /) -> int:
        """Return the next ``k`` bits."""
        size = (k + 7) // 8
        part = self._given[self._at : self._at + size].ljust(size, b"\0")
        self._at += size
        return int.from_bytes(part) >> (8 * size - k)


_FRONTS = [Grammar(Random(f"shop {number}")).front() for number in range(_SHOPS)]


def one(given: bytes) -> None:
    """Try one case. Raises Broken."""
    front = _FRONTS[given[0] % _SHOPS if given else 0]
    case = Grammar(BytesAsRandom(given[1:])).case(front)
    try:
        check(case)
    except Broken as broken:
        print(shrunk(case, broken.promise), file=sys.stderr, flush=True)
        raise


def main() -> None:
    """Run from the command line, with libFuzzer's options."""
    # Of a few bytes no case is made; what the caller says comes later and counts.
    atheris.Setup([sys.argv[0], "-max_len=1024", "-len_control=0", *sys.argv[1:]], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
