"""Pieces of Cookie fields that parsers are known to differ on, for everything that makes up fields of its own."""

from __future__ import annotations

TOKENS = [b"s", b"cart", b"lang", b"_ga", b"_gid", b"debug_id", b"x", b"a", b"$Version", b"path", b"secure"]
"""Names, some of which mean something to one parser."""

PIECES = [
    b"=",
    b";",
    b"; ",
    b",",
    b" ",
    b"\t",
    b'"',
    b"\\",
    b"\\054",
    b"\\303",
    b"{",
    b"}",
    b"\x00",
    b"\xa0",
    b"\x85",
    b"\xc3\xa9",
    b"\xe2\x80\x83",
    b"1",
    b"2",
    b"ok",
    b"$",
    b"\x0b",
    b"\r\n",
    b"Wed, 01 Jan 2020 00:00:00 GMT",
    b'{"x"}',
    b"\xff",
]
"""What fields are put together from: separators, quotes, escapes, white space of every kind, broken UTF-8."""

HARD = [
    b"a=1, _ga=2",
    b's=ok; {"x"}=1; _ga=2',
    b"=_ga=1",
    b'a="x; _ga=2"',
    b"a=1 _ga=2",
    b"a=1 $x=2; s=3",
    b'a="x\\"; _ga=2"; s=1',
    b'a="\\303\\251"',
    b"a=\xc3\xa9; s=1",
    b"a=\xa0; s=1",
    b"s=1; s=2; _ga=1; _ga=2; lang=nl",
    b"a=Wed, 01 Jan 2020 00:00:00 GMT; s=1",
    b'cart={"a":1}; s=1',
    b"\xa0_ga=1; s=2",
    b"a=1;; s=2;",
    b"a= \\x",
    b"a= \xe9(",
    b'a= b"c',
    b"a =\\x; s=1",
    b"a=\t1; s=1",
    b"s=1;_ga =2",
    b"s=1;x _ga=2; lang=nl",
    b"s=1; a =\\x; _ga=\xe9; lang=nl",
    b's=1; a=b="x"; lang=nl',
    b'a="\\303\\251"; s= "x"',
]
"""Whole fields that a parser reads in a way of its own."""
