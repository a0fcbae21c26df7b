"""The system's clock, which a shop's Privacy goes by unless it is given another, and the times that there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LAST: Final = datetime.fromtimestamp(2**32 - 1, UTC)
"""In February 2106. The consent cookie counts seconds in four bytes, and what is that far off is a clock at fault."""


def utc_now() -> datetime:
    """Return the time of the system's clock, in UTC."""
    return datetime.now(UTC)


def bounded(clock: Callable[[], datetime]) -> Callable[[], datetime]:
    """Return ``clock`` as one that never goes beyond `FIRST` and `LAST`: a wrong one ends no request with an error."""

    def now() -> datetime:
        time = clock()
        return time if FIRST <= time <= LAST else min(max(time, FIRST), LAST)

    return now
