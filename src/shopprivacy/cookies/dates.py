"""The date in ``Expires``, read as a browser reads it (draft-ietf-httpbis-rfc6265bis-22, section 5.1.1).

The algorithm is forgiving on purpose, so ``email.utils`` and ``strptime`` give other answers for many dates
that browsers accept. Whether a cookie is being deleted hangs on the browser's answer, not on theirs.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

# delimiter = %x09 / %x20-2F / %x3B-40 / %x5B-60 / %x7B-7E
_DELIMITERS = re.compile(rb"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
# Each production ends in [ non-digit *OCTET ]: what follows the digits is ignored, unless it is one more digit.
_TIME = re.compile(rb"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?![0-9])")
_DAY = re.compile(rb"([0-9]{1,2})(?![0-9])")
_YEAR = re.compile(rb"([0-9]{2,4})(?![0-9])")
_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"),
        start=1,
    )
}


def parse_cookie_date(text: bytes) -> datetime | None:
    """Return the moment (UTC) that a browser reads in ``text``, or None where it finds no date.

    Each token is tried as time, day of month, month and year, in that order, and each is found once.
    """
    time: re.Match[bytes] | None = None
    day = month = year = None
    for token in _DELIMITERS.split(text):
        if time is None and (match := _TIME.match(token)):
            time = match
        elif day is None and (match := _DAY.match(token)):
            day = int(match[1])
        elif month is None and (number := _MONTHS.get(token[:3].lower())):
            month = number
        elif year is None and (match := _YEAR.match(token)):
            year = int(match[1])
    if time is None or day is None or month is None or year is None:
        return None
    if year < 70:
        year += 2000
    elif year < 100:
        year += 1900
    if year < 1601:
        return None
    try:
        return datetime(year, month, day, int(time[1]), int(time[2]), int(time[3]), tzinfo=UTC)
    except ValueError:  # 31 February, 24:00:00: the algorithm fails, and the attribute is ignored
        return None
