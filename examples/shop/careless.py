"""What the shop does wrong, on purpose.

Like many a shop, this one sets tracking cookies on every page without asking anybody, and one that a developer
forgot. Nothing here looks at consent: whether any of it reaches a visitor is up to the library alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from secrets import randbelow, token_hex

TWO_YEARS = 2 * 365 * 24 * 3600


def tracking_cookies(seen: Mapping[str, str], now: datetime) -> Iterator[tuple[str, str]]:
    """Yield the name and value of each cookie the shop sets on every page, keeping the ids it sees."""
    seconds = int(now.timestamp())
    visitor = f"{randbelow(10**9)}.{seconds}"
    yield "_ga", seen.get("_ga", f"GA1.1.{visitor}")
    yield "_gid", seen.get("_gid", f"GA1.1.{visitor}")
    yield "_fbp", seen.get("_fbp", f"fb.1.{seconds}000.{randbelow(10**9)}")
    yield "muc_ads", seen.get("muc_ads", token_hex(16))
    yield "debug_id", seen.get("debug_id", token_hex(4))  # declared nowhere: a developer's leftover
