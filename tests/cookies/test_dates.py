"""Dates in Expires: the library's reading against the draft's algorithm written out a second time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shopprivacy.cookies.dates import parse_cookie_date
from tests.browser_jar import cookie_date

_PIECES = st.sampled_from(
    [
        *[
            "Wed",
            "Thu,",
            "01",
            "1",
            "31",
            "30",
            "29",
            "Jan",
            "feb",
            "FEBRUARY",
            "Dec",
            "1969",
            "69",
            "70",
            "99",
            "2024",
            "2023",
            "1600",
            "1601",
            "00:00:00",
        ],
        *["23:59:59", "24:00:00", "9:9:9", "1:2:3x", "12:30", "GMT", "-", "ÿ"],
    ]
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wed, 09 Jun 2021 10:18:14 GMT", datetime(2021, 6, 9, 10, 18, 14, tzinfo=UTC)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sun Nov  6 08:49:37 1994", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("1 jan 70 0:0:0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1 January 99 0:0:0", datetime(1999, 1, 1, tzinfo=UTC)),
        ("1 january 69 0:0:0", datetime(2069, 1, 1, tzinfo=UTC)),
        ("1 jan 00 0:0:0", datetime(2000, 1, 1, tzinfo=UTC)),
        ("1 jan 100 0:0:0", None),
        ("Mon, 01 Jan 1601 00:00:00 GMT", datetime(1601, 1, 1, tzinfo=UTC)),
        ("Thu, 29 Feb 2024 00:00:00 GMT", datetime(2024, 2, 29, tzinfo=UTC)),
        ("Thu, 29 Feb 2023 00:00:00 GMT", None),
        ("Thu, 01 Jan 1600 00:00:00 GMT", None),
        ("01 Jan 2024 24:00:00", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_known_dates(text: str, expected: datetime | None) -> None:
    """The forms of RFC 9110 and the ones that browsers forgive are read, impossible dates are not."""
    assert parse_cookie_date(text.encode("latin-1")) == expected


@given(
    st.lists(_PIECES, max_size=8).map(" ".join)
    | st.text(alphabet="0123456789:-/ ,JjAaNnFebGMT;\xe9", max_size=40)
)
@example("01 Jan 2024 1:2:345")
@example("123 Jan 2024 1:2:3")
def test_reads_as_the_draft_says(text: str) -> None:
    """Any text gives the date that the draft's algorithm gives, character by character."""
    assert parse_cookie_date(text.encode("latin-1")) == cookie_date(text)
