"""What one decision costs, beside what every request pays anyway.

    python -m benchmarks.decision [ROUNDS]

Absolute times on a shared machine vary by half. So every case runs once in each round, the rounds are shuffled, and
what is printed is the median of each round's ratio to a peer of the same round: one HMAC-SHA-256 of 100 bytes (what
checking a signed cookie costs at least) and one look-up in a dictionary.
"""

from __future__ import annotations

import hmac
import random
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from statistics import median
from time import perf_counter_ns

from shopprivacy.decision import Action, Event, Record, SubjectState, may
from shopprivacy.policy import Policy

CALLS = 2_000
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

POLICY = Policy.model_validate(
    {
        "effective": date(2026, 1, 1),
        "jurisdiction": "NL",
        "languages": ["nl"],
        "controller": {"name": "Shop", "address": "Street 1", "email": "privacy@shop.example"},
        "data": {
            "identity": ["Customer.name"],
            "contact": ["Customer.email"],
            "address": ["Address.*"],
            "sales": ["Order.*"],
        },
        "purposes": {
            "orders": {
                "basis": "contract",
                "data": ["identity", "contact", "address", "sales"],
                "keep": "7 years after last_order",
            },
            "newsletter": {"basis": "consent", "data": ["contact"], "keep": "2 years after last_contact"},
        },
    }
)


def history(length: int) -> SubjectState:
    """A subject who changed their mind about the newsletter again and again."""
    records = tuple(
        Record(
            NOW - timedelta(days=length - index),
            "newsletter",
            Action.WITHDRAWN if index % 2 else Action.GRANTED,
            POLICY.meaning("newsletter"),
        )
        for index in range(length)
    )
    return SubjectState(records, (Event(NOW - timedelta(days=30), "last_order"),), born=date(1980, 1, 1))


def cases() -> dict[str, Callable[[], object]]:
    short, long = history(1), history(101)
    numbers = {str(number): number for number in range(1000)}
    key, message = b"k" * 32, b"m" * 100
    return {
        "dictionary": lambda: numbers["500"],
        "hmac": lambda: hmac.digest(key, message, "sha256"),
        "contract purpose": lambda: may(POLICY, short, "orders", at=NOW),
        "contract purpose, one field": lambda: may(POLICY, short, "orders", "Address.street", at=NOW),
        "consent purpose, 1 record": lambda: may(POLICY, short, "newsletter", "contact", at=NOW),
        "consent purpose, 101 records": lambda: may(POLICY, long, "newsletter", "contact", at=NOW),
        "undeclared purpose": lambda: may(POLICY, short, "resale_list", at=NOW),
        "with its reason": lambda: may(POLICY, short, "resale_list", at=NOW).reason,
    }


def measured(call: Callable[[], object]) -> float:
    begun = perf_counter_ns()
    for _ in range(CALLS):
        call()
    return (perf_counter_ns() - begun) / CALLS


def main(rounds: int) -> None:
    every = cases()
    taken: dict[str, list[float]] = {name: [] for name in every}
    for _ in range(rounds):
        order = list(every)
        random.shuffle(order)
        for name in order:
            taken[name].append(measured(every[name]))
    print(f"{'':32}{'ns/call':>10}{'x hmac':>10}{'x dict':>10}")
    for name, times in taken.items():
        to_hmac = median(time / peer for time, peer in zip(times, taken["hmac"], strict=True))
        to_dict = median(time / peer for time, peer in zip(times, taken["dictionary"], strict=True))
        print(f"{name:32}{median(times):>10.0f}{to_hmac:>10.2f}{to_dict:>10.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
