"""What a process does now and then, off the request path: jobs, which the services of a shop hand to its root."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime

Period = Callable[[datetime], Hashable]
"""Names the period that a moment lies in. A job is due once in each; None: it is due whenever somebody looks."""


def every_pass(_now: datetime) -> None:
    """Whenever somebody looks: about once a second."""


def every_five_seconds(now: datetime) -> int:
    """Once in five seconds."""
    return int(now.timestamp()) // 5


def every_ten_minutes(now: datetime) -> int:
    """Six times in each hour (UTC)."""
    return int(now.timestamp()) // 600


def hourly(now: datetime) -> str:
    """Once in each hour (UTC)."""
    return now.astimezone(UTC).strftime("%Y-%m-%d %H")


def daily(now: datetime) -> str:
    """Once in each day (UTC)."""
    return now.astimezone(UTC).strftime("%Y-%m-%d")


def monthly(now: datetime) -> str:
    """Once in each calendar month (UTC)."""
    return now.astimezone(UTC).strftime("%Y-%m")


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done in each period, in every process: whether another one did it already, the job asks.

    ``run`` takes the current time. What it raises is logged under ``name``, once until it succeeds again; no other job
    is the worse for it, and it is tried again when somebody next looks.
    """

    name: str
    run: Callable[[datetime], object]
    period: Period = every_pass
