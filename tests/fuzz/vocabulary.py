"""What cases are made up from: what is usual, and more of what browsers, parsers and frameworks read differently."""

from __future__ import annotations

from typing import Any

from tests.cookies.fragments import TOKENS

PURPOSES: list[tuple[str, dict[str, Any]]] = [
    ("orders", {"basis": "contract"}),
    ("statistics", {"basis": "consent", "asked": "browser"}),
    ("ads", {"basis": "consent", "asked": "browser"}),
    ("personalisation", {"basis": "consent", "asked": "browser"}),
    ("counting", {"basis": "legitimate_interest", "interest": "knowing what works"}),
]
STEMS = ["_ga", "_gid", "_fbp", "session", "sessionid", "cart", "lang", "a", "A", "s", "x", "_", "consent"]
PREFIXES = ["", "", "", "", "__Host-", "__Secure-", "__host-", "_", "_ga_"]
ENDINGS = ["", "", "", "*", "_*", "-*"]
LIVES = ["session", "30 minutes", "1 day", "2 weeks", "13 months", "4 years"]
STRANGERS = [
    b"debug_id",
    b"_ga",
    b"_ga_X1",
    b"session",
    b"A",
    b"__Host-x",
    b"__Secure-x",
    b"_",
    b"",
    *TOKENS,
]
VALUES = [
    b"1",
    b"",
    b"GA1.2.3",
    b"a=b",
    b"%20",
    b'"x"',
    b'"a b"',
    b"x y",
    b'{"a":1}',
    b"a,b",
    b"\xe9",
    b"=",
    b"__Host-y",
]
SEPARATORS = [b"; "] * 9 + [b";", b" ;\t", b";; ", b", ", b",", b" ", b"\t", b"; ;"]
DAYS = 86400
AGES = [0, 0, 0, 5, 100 * DAYS, 170 * DAYS, 190 * DAYS, 3000 * DAYS, -30, -200]
DENIED = [-10, 0, 10, 150 * DAYS]
ATTRIBUTES = [b"Path=/", b"Path=/", b"Path=/shop", b"Path=shop", b"Path", b"Secure", b"Secure", b"HttpOnly"]
ATTRIBUTES += [
    b"SameSite=None",
    b"Partitioned",
    b"Domain=shop.example",
    b"Domain=.SHOP.example",
    b"Domain=evil.example",
]
ATTRIBUTES += [
    b"Domain=",
    b"Comment=x",
    b"",
    b" ",
    b"=",
    b"Priority=High",
    b"path=/; path=/x",
    b'Path="/"',
    b"\xff=\xff",
]
MAX_AGES = [
    b"0",
    b"60",
    b"-1",
    b"9999999999",
    b"x",
    b"",
    b"+5",
    b'"9"',
    b"1.5",
    b"0x10",
    b"00",
    b"-",
    b"- 1",
    b"1 2",
]
MAX_AGES += [b"9" * 900, b"0" * 1100, b"\xb2", b"34560000", b"-0"]
DATES = [
    b"Thu, 01 Jan 1970 00:00:00 GMT",
    b"Fri, 01 Jan 2100 00:00:00 GMT",
    b"Mon, 02 Mar 2026 12:00:00 GMT",
    b"never",
]
DATES += [
    b"",
    b"0",
    b"Thu, 01-Jan-70 00:00:01 GMT",
    b"1 Jan 69 0:0:0",
    b"31 Feb 2030 00:00:00",
    b"24:00:00 1 Jan 2030",
]
DATES += [
    b"Sun, 01 Mar 2026 12:00:00 GMT",
    b"Jan 1 2030 01:02:03x",
    b"9999 dec 31 23:59:59",
    b"1601 jan 1 00:00:00",
]
HOSTS = ["www.shop.example"] * 6 + [
    "shop.co.uk",
    "example",
    "127.0.0.1",
    "[::1]:8000",
    "shop.example:443",
    "SHOP.Example.",
]
HOSTS += [
    ".".join("abcdefghijklmnop"),
    "x;Secure=.example",
    "shop..example",
    "-.example",
    "x" * 70 + ".example",
    "",
]
PATHS = ["/", "/", "/shop", "/shop/x", "/shopping", "/cart"]
SIGNALS = [
    {},
    {},
    {},
    {"Sec-GPC": "1"},
    {"DNT": "1"},
    {"Sec-GPC": "1", "DNT": "1"},
    {"Sec-GPC": "0"},
    {"DNT": "1, 1"},
]
SITES = [None, None, "same-origin", "cross-site", "none"]
OTHER_FIELDS = [
    (b"cache-control", b"public, max-age=60"),
    (b"vary", b"Cookie"),
    (b"x-a", b"set-cookie: _ga=1"),
]
OTHER_FIELDS += [
    (b"set-cookie2", b"_ga=1"),
    (b"surrogate-control", b"max-age=5"),
    (b"vary", b"*"),
    (b"location", b"/"),
]
SET_COOKIE = [b"set-cookie", b"set-cookie", b"set-cookie", b"Set-Cookie", b"SET-COOKIE"]
EQUALS = [b"="] * 10 + [b" =", b"= ", b"=="]
PLAIN_VALUES = [b"1", b"1", b"GA1.2.3", b"", b"a=b", b"x,y"]
NEARLY_SEPARATORS = [b"; "] * 10 + [b";", b" ;", b";x ", b" "]
