"""What both served shops have to say."""

from __future__ import annotations

SEVERAL = (
    "cart=1; Path=/; Expires=Wed, 01 Jan 2042 00:00:00 GMT",
    "_ga=2; Path=/",
    "lang=nl; Path=/",
)
"""Cookies of which the second is nobody's before consent."""
UNCHANGED = '"unchanged"'
STREAMED = (b"first\n", b"second\n")
