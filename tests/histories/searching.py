"""Making histories up from a seed, and making one that violates something smaller."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from tests.histories.oracle import ACCOUNTS, History, Step, Violated
from tests.histories.world import POLICIES, World

_LENGTH = 30
_DEVICES = 3
_WORKERS = 3
_PURPOSES = ("statistics", "ads", "counting", "heatmap")
_WHAT = {
    "accept": 8,
    "refuse": 6,
    "withdraw": 4,
    "sign_in": 4,
    "sign_out": 1,
    "visit": 4,
    "look": 5,
    "silence": 1,
    "down": 1,
    "up": 2,
    "back_up": 2,
    "restore": 1,
    "restart": 2,
    "clock": 2,
    "wait": 3,
    "keep": 1,
    "bring_back": 1,
    "check": 1,
}
_SKEWS = (0, 0, -50, 50, -3600, 7200, -86400, 86400, -400 * 86400, 400 * 86400, -300 * 86400)
_WAITS = (1, 1, 5, 60, 3600, 86400)


class Script(NamedTuple):
    """With which policy and keyset each worker starts, and what happens then."""

    workers: tuple[tuple[int, int], ...]
    steps: tuple[Step, ...]


def made(seed: str) -> Script:
    """Make a history up."""
    chance = Random(seed)
    workers = tuple((chance.randrange(len(POLICIES)), int(chance.random() < 0.7)) for _ in range(_WORKERS))
    steps = tuple(_step(chance) for _ in range(chance.randint(4, _LENGTH)))
    windows = Random(f"windows: {seed}")  # a seed's steps stay what they are
    if windows.random() < 0.5:
        steps = tuple(_overlapped(step, windows) for step in steps)
    return Script(workers, steps)


def _overlapped(step: Step, windows: Random) -> Step:
    refused_at = windows.choice((None, None, *range(_WORKERS)))
    return step._replace(meanwhile=refused_at) if step.what in {"accept", "sign_in"} else step


def _step(chance: Random) -> Step:
    [what] = chance.choices([*_WHAT], [*_WHAT.values()])
    some = tuple(name for name in _PURPOSES if chance.random() < 0.4)
    if what in {"accept", "refuse"} and chance.random() < 0.6:
        some = ()
    number = {
        "clock": chance.choice(_SKEWS),
        "wait": chance.choice(_WAITS),
        "restart": chance.randrange(2 * len(POLICIES)),
    }.get(what, 0)
    device, worker = chance.randrange(_DEVICES), chance.randrange(_WORKERS)
    return Step(what, device, worker, chance.choice(ACCOUNTS), some, number)


def violation(script: Script) -> str | None:
    """Play a history; gives what does not hold, or None."""
    logging.disable(logging.CRITICAL)
    try:
        history = History(World(script.workers, _DEVICES))
        for step in script.steps:
            if step.what == "check":
                history.check()
            else:
                history.play(step)
        history.check()
    except Violated as violated:
        return str(violated)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        logging.disable(logging.NOTSET)
    return None


def smaller(script: Script) -> Script:
    """Return a history that still violates something, from which no step can be left out."""
    for at in reversed(range(len(script.steps))):
        fewer = script._replace(steps=script.steps[:at] + script.steps[at + 1 :])
        if violation(fewer):
            return smaller(fewer)
    return script


def findings(seeds: Sequence[str]) -> list[str]:
    """Play a history for each seed; gives those that violate something, made smaller."""
    found = []
    for seed in seeds:
        script = made(seed)
        if violation(script):
            least = smaller(script)
            lines = [
                f"seed {seed}: {violation(least)}",
                f"  workers {least.workers}",
                *(f"  {step}" for step in least.steps),
            ]
            found.append("\n".join(lines))
    return found
