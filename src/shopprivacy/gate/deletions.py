"""Fitting deletions into a response: as many as it may carry, the rest with the next ones."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from shopprivacy.cookies.response import deletion
from shopprivacy.gate.cookie_rules import Place

DELETIONS_LIMIT = 4096
"""Bytes of Set-Cookie fields that one response carries at most for deletions."""
_TYPICAL_PART = 37  # deletions of usual length that fit in there
_MOST_TRIED = 200  # more than ever fit


def deletions_within(
    limit: int, cookies: Sequence[tuple[bytes, Sequence[Place]]], *, turn: int
) -> Sequence[bytes]:
    """Return deletions of these cookies in their places, as many as fit in ``limit`` bytes.

    Where not all fit, each ``turn`` begins about where the one before it ended, and goes round. Nothing is built
    that does not go out: how many cookies there are is the client's choice. A deletion that does not fit by itself
    is left out; the cookie in it is larger than browsers keep.
    """
    ends = list(accumulate(len(places) for _, places in cookies))
    fields: list[bytes] = []
    used = 0
    start = turn * _TYPICAL_PART % ends[-1]
    for position in range(start, start + min(ends[-1], _MOST_TRIED)):
        index = bisect_right(ends, position % ends[-1])
        name, places = cookies[index]
        path, domain, partitioned = places[
            position % ends[-1] - ends[index]
        ]  # counted from the cookie's last place
        field = deletion(name, path=path, domain=domain, partitioned=partitioned)
        size = len(b"set-cookie: \r\n") + len(field)
        if used + size <= limit:
            fields.append(field)
            used += size
        elif size <= limit:
            break
    return fields
