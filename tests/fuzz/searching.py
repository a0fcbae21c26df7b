"""Trying the cases of a seed, in batches that processes take turns at."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.fuzz.case import Case
from tests.fuzz.grammar import Grammar
from tests.fuzz.oracle import Broken, check
from tests.fuzz.shrinking import shrunk

_CASES_OF_A_SHOP = 50


def cases(seed: str, count: int) -> Iterator[Case]:
    """Yield the cases of a seed, always the same ones, with a new policy now and then."""
    grammar = Grammar(Random(seed))
    for number in range(count):
        if number % _CASES_OF_A_SHOP == 0:
            front = grammar.front()
        yield grammar.case(front)


def findings(batch: tuple[str, int]) -> dict[str, str]:
    """Try a seed's first cases; return promises that did not hold, each with a small case for which it does not."""
    found: dict[str, str] = {}
    for case in cases(*batch):
        try:
            check(case)
        except Broken as broken:
            if broken.promise not in found:
                found[broken.promise] = _told(case, broken.promise)
    return found


def _told(case: Case, promise: str) -> str:
    small = shrunk(case, promise)
    try:
        check(small)
    except Broken as broken:
        return f"{broken}\n{small}"
    return f"{promise}, the first time\n{small}"
