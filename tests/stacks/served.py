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
SPLIT = ("X-Careless", "1\r\nSet-Cookie: _ga=1; Path=/\r\nX-Split: yes")
"""A field whose value would be three, where a server writes it as it is."""
