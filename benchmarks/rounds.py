"""Measuring on a machine that is shared: every case once a round, rounds shuffled, medians of per-round ratios.

Absolute times vary by half here; ratios to a peer of the same round vary by a few per cent.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter_ns

Case = Callable[[], object]
Clock = Callable[[], int]


def nanoseconds(case: Case, calls: int, clock: Clock = perf_counter_ns) -> float:
    """Return how long one call takes, from ``calls`` of them."""
    started = clock()
    for _ in range(calls):
        case()
    return (clock() - started) / calls


def rounds_of(
    cases: Mapping[str, Case], *, rounds: int, calls: int, clock: Clock = perf_counter_ns
) -> list[dict[str, float]]:
    """Return the nanoseconds of every case, round by round; ``process_time_ns`` counts processor time alone."""
    names = list(cases)
    shuffle = random.Random(1).shuffle
    measured = []
    for _ in range(rounds):
        shuffle(names)
        measured.append({name: nanoseconds(cases[name], calls, clock) for name in names})
    return measured


def typical(measured: list[dict[str, float]], value: Callable[[dict[str, float]], float]) -> float:
    """Return the median over the rounds of a value computed within each."""
    return median(value(one_round) for one_round in measured)
