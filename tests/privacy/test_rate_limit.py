"""How often a client may post: turns are counted for each client and window, in a table that stays small."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shopprivacy.privacy.rate_limit import RateLimit

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_each_client_has_its_turns() -> None:
    """Beyond the limit the answer is no, for that client and kind alone, until the next window."""
    limit = RateLimit(bytes(32), count=2, seconds=60)
    assert [limit.take("grants", "a", NOON) for _ in range(3)] == [True, True, False]
    assert limit.take("grants", "b", NOON)
    assert limit.take("refusals", "a", NOON)
    assert limit.take("grants", "a", NOON + timedelta(minutes=1))


def test_the_table_of_clients_stays_small() -> None:
    """A flood of new clients never makes it remember more than it was told to."""
    limit = RateLimit(bytes(32), clients=10)
    for number in range(1000):
        assert limit.take("grants", f"2001:db8::{number:x}", NOON)
        assert len(limit._turns) <= 10


def test_no_address_is_remembered() -> None:
    """What stands in memory is a keyed hash, another one under another secret."""
    one, other = RateLimit(bytes(32)), RateLimit(b"x" * 32)
    for limit in (one, other):
        limit.take("grants", "192.0.2.7", NOON)
    assert not set(one._turns) & set(other._turns)
    assert not any(b"192.0.2.7" in key for key in one._turns)
