"""What one decision costs, beside what every request pays anyway.

    python -m benchmarks.decision [--quick]

Absolute times on a shared machine vary by half. So every case runs once in each round, the rounds are shuffled, and
what is printed is the median of each round's ratio to a peer of the same round: one HMAC-SHA-256 of 100 bytes (what
checking a signed cookie costs at least) and one look-up in a dictionary.
"""

from __future__ import annotations

import hmac
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from benchmarks.rounds import rounds_of, typical
from shopprivacy.decision import Action, Event, Record, SubjectState, may
from shopprivacy.policy import Policy

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
            POLICY.purpose_fingerprint("newsletter"),
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


def main() -> None:
    every = cases()
    measured = rounds_of(every, rounds=5 if "--quick" in sys.argv else 50, calls=2_000)
    print(f"{'':32}{'ns/call':>10}{'x hmac':>10}{'x dict':>10}")
    for name in every:
        times = [
            typical(measured, lambda r, n=name, p=peer: r[n] / r.get(p, 1))
            for peer in ("", "hmac", "dictionary")
        ]
        print(f"{name:32}{times[0]:>10.0f}{times[1]:>10.2f}{times[2]:>10.1f}")


if __name__ == "__main__":
    main()
