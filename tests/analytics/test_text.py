"""Text: what goes, what stays, and that no line is one that a client wrote."""

# ruff: noqa: E501, RUF001  # tables
from __future__ import annotations

import re
import string
import uuid
from base64 import urlsafe_b64encode
from hashlib import sha1, sha256
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shopprivacy.analytics import LogRules, Text
from shopprivacy.analytics.text import LONGEST
from tests.analytics.canaries import BEHIND_NAMES, CANARIES, SECRET, USEFUL
from tests.analytics.real_lines import LOSING, STAYING

TEXT = Text(LogRules(query=frozenset({"page", "sort"})))
RANDOM = CANARIES["random"]

TABLE = [
    # addresses
    ("client 203.0.113.77:443 and [2001:db8::1]:80, ::1", "client 203.0.113.0 and [2001:db8::]:80, ::"),
    ("from 127.0.0.1: refused", "from 127.0.0.0: refused"),
    ("version 1.2.3.4 of 1.2.3.4", "version 1.2.3.4 of 1.2.3.0"),
    ("X-Forwarded-For: 203.0.113.9, 10.0.0.1", "X-Forwarded-For: 203.0.113.0, 10.0.0.0"),
    # mail, accounts, numbers
    ("Sending email to jan.o'brien@example.nl.", "Sending email to -."),
    ("mailto:an@example.nl jan:jansen@example.nl", "mailto:- jan:-"),
    ("card 4111111111111111, pan=4111111111111111 kaart: 4111 1111 1111 1111", "card -, pan=- kaart: -"),
    ("card 4111111111111112 card", "card 4111111111111112 card"),
    ("bsn 123456782 BSN: 123456782 bsn=123456782 burgerservicenummer 123.456.782", "bsn - BSN: - bsn=- burgerservicenummer -"),
    ("bsn 123456789", "bsn 123456789"),
    ("NL92ABNA0417164300 NL91-ABNA-0417-1643-00 AB12 CD34", "NL92ABNA0417164300 - AB12 CD34"),
    ("+31 (0)6 1234 5678 404 +1 2 +123", "- 404 +1 2 +123"),
    ("+12345 67890 12345678 +1 23456789", "- 12345678 -"),
    ("/Yw BhbkBleGFtcGxlLm5s /yBhbkBleGFtcGxlLm5s Yw5AZXhhbXBsZ", "/Yw BhbkBleGFtcGxlLm5s /yBhbkBleGFtcGxlLm5s Yw5AZXhhbXBsZ"),
    ("an%2525252525252540example.nl", "-"),
    ("4111 1111 1111 1112 3000 units", "4111 1111 1111 1112 3000 units"),
    # names
    ("token=abc123 password: hunter2 'password': 'hun ter2'", "token=- password: - 'password': '-'"),
    ('{"token": 12345, "n": 1, "secret": {"a": [1]}, "x": 2}', '{"token": "-", "n": 1, "secret": "-", "x": 2}'),
    ('password="a b c" api_key => zz accessToken=1', 'password="-" api_key => - accessToken=-'),
    ("Authorization: Basic YW5AZXhhbXBsZS5ubDpnZWhlaW0= more", "Authorization: -"),
    ("Cookie: session=abc; cart=xyz", "Cookie: -"),
    ("cookie=a=b; c=d", "cookie=-"),
    ("{'Cookie': 'a=b', 'x': [1]} [(b'cookie', b'a=b'), (b'host', b'x')]", "{'Cookie': '-', 'x': [1]} [(b'cookie', b'-'), (b'host', b'x')]"),
    ("token expired; session started, token", "token expired; session started, token"),
    ("token: ", "token: "),
    ("secret=(open", 'secret="-"'),
    ("shop.session: started shop.cookies: cookie", "shop.session: started shop.cookies: cookie"),
    ("basic setup of Basic QWxhZGRpbjpvcGVu", "basic setup of Basic -"),
    (f"_ga=GA1.1.42 gclid={RANDOM[:20]} _hjSession_1: x", "_ga=- gclid=- _hjSession_1: -"),
    # URLs
    ("GET /s?tok%65n=abc&page=2 HTTP/1.1", "GET /s?page=2 HTTP/1.1"),
    ("/search?q=jan+jansen&page=2&sort=price", "/search?page=2&sort=price"),
    ("/s?page=an@example.nl&sort=%ff", "/s"),
    ("/s?page=an%40example.nl&sort=1", "/s?sort=1"),
    ("http://user:pw@shop.example/a;jsessionid=AB12?x=1#frag", "http://shop.example/a"),
    ("http://203.0.113.77/ https://shop.example/v/x?page=2", "http://203.0.113.0/ https://shop.example/v/x?page=2"),
    ("http://203.0.113.77:8080/a http://[2001:db8:1:2::3]:80/ http://127.0.0.1:5000", "http://203.0.113.0:8080/a http://[2001:db8:1::]:80/ http://127.0.0.1:5000"),
    ("postgresql+psycopg://shop:geheim@localhost:5432/shop", "postgresql+psycopg://localhost:5432/shop"),
    ("/dashboard/users/?email=karel&name=", "/dashboard/users/"),
    ("/visitors/203.0.113.77/x /a/an%40example.nl /a/%ff/b", "/visitors/203.0.113.0/x /a/- /a/-/b"),
    (f"/accounts/order-status/100017/100017:{RANDOM}/", "/accounts/order-status/100017/100017:-/"),
    ("/order/100017:1tABCD:oKgIqP6i4Cv3u9cwfzi8s5-iLDc/", "/order/100017:-:-/"),
    ("/password-reset/confirm/MQ/c9k1ab-9dd4e461268c8034f5c8564e155c67a6/", "/password-reset/confirm/MQ/-/"),
    ("/reset-password/Xk3vQ9sTz7Lw2RbY5NcJ8m", "/reset-password/-"),
    ("email=karel&name=jan&password=x a=1&page=2", "- page=2"),
    ("\"query_string\": \"q=jan&page=2\" query=b'a=b&page=3' query=x=1", "\"query_string\": \"page=2\" query=b'page=3' query=-"),
    ("/a/nl91 abna 0417 1643 00/x /b/+31 6 12 34 56 78/y /c/4111 1111 1111 1111?z /d/4111", "/a/-/x /b/-/y /c/- /d/4111"),
    ("/s?page=+31612345678 /s?page=1+2", "/s /s?page=1+2"),
    ("What is that? Yes/no?(ok) query of", "What is that? Yes/no?(ok) query of"),
    ("?next=/reset%3Ftoken%3Dabc", ""),
    ("a&an@example.nl x;y:an@example.nl a/b/an@example.nl", "a&- x;y:- a/b/-"),
    # user agents
    (
        'x - - [29/Nov/2026:15:20:40 +0100] "GET /a?b=c HTTP/1.1" 200 512 "https://x.nl/?email=karel" "JanBot/1.0"',
        '- - - [29/Nov/2026:15:20:40 +0100] "GET /a HTTP/1.1" 200 512 "https://x.nl/" "other"',
    ),
    ('1.2.3.4 - karel [29/Nov/2026:15:20:40 +0100] "GET / HTTP/1.1"', '1.2.3.0 - - [29/Nov/2026:15:20:40 +0100] "GET / HTTP/1.1"'),
    ("from Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 x", "from Chrome/120 desktop x"),
    # what is not printed
    ("GET /a\nINFO forged\x1b[31m \u2028\u202e\ud800\u200b", "GET /a\\x0aINFO forged\\x1b[31m \\u2028\\u202e\\ud800\\u200b"),
    ("GET /a%0aINFO%20forged%1b[31m HTTP/1.1", "GET /-[31m HTTP/1.1"),
    # what shops ran into
    ("Parameters: ('an@example.nl', 'scrypt:32768:8:1$Zx8aBwCd$5f1d7ee1c2a3')", "Parameters: ('-', '-')"),
    ("session=eyJhbmRydUBleGFtcGxlLm5sIn0.ZxAbCd.uTqk; _ga=GA1.1.42 token=Drmhze6EPcv0fN_81Bj-nA", "session=-; _ga=- token=-"),
    ("Referer: https://shop.example/dashboard/users/?email=karel&name=", "Referer: https://shop.example/dashboard/users/"),
    ("a\n  | b\n |c", "a\n  | b\\x0a |c"),
    ("a\\x0ab \\x0a", "a\\x0ab \\x0a"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "cleaned"), TABLE)
def test_table(text: str, cleaned: str) -> None:
    """Each kind goes, and what is beside it stays; twice is once."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "around", ["{}", "GET /a/{} HTTP/1.1", "/a?x={}", "note={}", "({})", "'{}',", "a: {}.", '"{}"']
)
@pytest.mark.parametrize("kind", CANARIES)
def test_canary_goes(kind: str, around: str) -> None:
    """No value of its kind survives, wherever it stands in a line."""
    canary = CANARIES[kind]
    if " " in canary and around in {"GET /a/{} HTTP/1.1", "/a?x={}"}:
        canary = canary.replace(" ", "%20")
    assert canary not in TEXT.clean(f"before {around.format(canary)} behind")


@pytest.mark.parametrize(
    "around",
    [*(f"{mark}{{}}{mark}" for mark in "*~#:=/|-_%$@&?!.,;…“”„«»‹›’–—→\xa0\t"), "a:{}:b", "a={}=b", "a/{}/b", "a;{};b", "{}: y", "({}) y"],
)  # fmt: skip
def test_canary_goes_whatever_is_around(around: str) -> None:
    """Marks that stand close to a value hide none."""
    for kind, canary in CANARIES.items():
        if not (" " in canary and around in {"/{}/", "a={}=b"}):
            assert canary not in TEXT.clean(f"x {around.format(canary)}"), kind


@pytest.mark.parametrize("kind", BEHIND_NAMES)
def test_secret_behind_its_name_goes(kind: str) -> None:
    """What stands behind the name of a secret goes, whatever it looks like."""
    assert SECRET not in TEXT.clean(f"before {BEHIND_NAMES[kind].format(SECRET)}")


@pytest.mark.parametrize("useful", USEFUL)
def test_useful_stays(useful: str) -> None:
    """What a log is read for stays, alone, in brackets and behind a name."""
    for text in (useful, f"x {useful} y", f"({useful})", f"id={useful}", f"id: {useful},"):
        assert TEXT.clean(text) == text


@pytest.mark.parametrize("line", LOSING)
def test_lines_lose_what_points_to_a_person(line: tuple[str, ...]) -> None:
    """Whatever the language and the form of a line, nothing of what points to a person survives; twice is once."""
    text, *secrets = line
    cleaned = TEXT.clean(text)
    assert [secret for secret in secrets if secret in cleaned] == []
    assert TEXT.clean(cleaned) == cleaned


def test_lines_stay() -> None:
    """Lines with orders, products, times, traces, prices and code stay as they are."""
    assert [line for line in STAYING if TEXT.clean(line) != line] == []


PREFIXES = (
    "<34>1 2026-11-30T12:00:01.303Z web1 shop 1234 ID47 - ",  # RFC 5424
    "Nov 30 12:00:01 web1 gunicorn[1234]: ",  # RFC 3164, journald
    "web_1  | ",  # docker compose
    "2026-11-30T12:00:01.303456789Z stdout F ",  # containers under Kubernetes
    "[2026-11-30 12:00:01 +0000] [1234] [ERROR] ",  # gunicorn
    "[Mon Nov 30 12:00:01.123456 2026] [wsgi:error] [pid 1234:tid 139] ",  # Apache
    "2026/11/30 12:00:01 [error] 1234#1234: *5 ",  # nginx
    "I1130 12:00:01.123456    1234 app.py:42] ",  # glog
    "2026-11-30 12:00:01,303 INFO [shop.views:42] [4bf92f3577b34da6] ",
)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_prefixes_stay(prefix: str) -> None:
    """What a logging system puts before a line stays, and the line behind it is cleaned as without it."""
    for line, cleaned in (
        ("203.0.113.77 - karel [30/Nov/2026:12:00:01 +0000] \"GET /?q=x HTTP/1.1\" 200 5 \"-\" \"JanBot/1\"",
         "203.0.113.0 - - [30/Nov/2026:12:00:01 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"other\""),
        ("mail to an@example.nl: refused, client: 203.0.113.77, order 100254718", "mail to -: refused, client: 203.0.113.0, order 100254718"),
    ):  # fmt: skip
        assert TEXT.clean(prefix + line) == prefix + cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ('unknown - - [29/Nov/2026:15:20:40 +0100] "GET / HTTP/1.1" 200 5', '- - - [29/Nov/2026:15:20:40 +0100] "GET / HTTP/1.1" 200 5'),
        ('_hidden - karel [29/Nov/2026 15:20:40] "GET / HTTP/1.1" 200', '- - - [29/Nov/2026 15:20:40] "GET / HTTP/1.1" 200'),
        ('web_1  | "jan - - [29/Nov/2026:15:20:40 +0100] "GET / HTTP/1.1" 200', 'web_1  | "- - - [29/Nov/2026:15:20:40 +0100] "GET / HTTP/1.1" 200'),
        ('1.2.3.4:99 - - [29/Nov/2026:15:20:40 +0100] "GET / HTTP/1.1" 200', '1.2.3.0 - - [29/Nov/2026:15:20:40 +0100] "GET / HTTP/1.1" 200'),
        ('INFO:     JanJansen:0 - "GET /a?q=x HTTP/1.1" 200', 'INFO:     - - "GET /a HTTP/1.1" 200'),
        ('1.2.3.4:99:0 - "GET / HTTP/1.1" 200 2001:db8::1:46824 - "GET / HTTP/1.1"', '- - "GET / HTTP/1.1" 200 2001:db8:: - "GET / HTTP/1.1"'),
        ('203.0.113.77:443 - "GET / HTTP/1.1" 200', '203.0.113.0 - "GET / HTTP/1.1" 200'),
        ('2026-11-30 12:00:01 - django.server - INFO - "GET / HTTP/1.1" 200 5', '2026-11-30 12:00:01 - django.server - INFO - "GET / HTTP/1.1" 200 5'),
        ('localhost:8000 - "what is this" and - "GET nothing"', 'localhost:8000 - "what is this" and - "GET nothing"'),
    ],
)  # fmt: skip
def test_a_client_that_is_no_address_is_a_hyphen(text: str, cleaned: str) -> None:
    """A server that believes a forwarding header logs what a client has written there as the client's address."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "letters",
    [
        "Ünïcödé żółw",
        "Ελληνικά",
        "Кириллица",
        "עברית",
        "العربية",
        "हिन्दी",
        "ไทย",
        "한국어",
        "日本語の注文",
        "中文",
    ],
)
def test_letters_of_any_script_stay(letters: str) -> None:
    """A name of a product is printed as it is written."""
    assert TEXT.clean(f"order of {letters}, 3 x {letters}.") == f"order of {letters}, 3 x {letters}."


def test_no_number_is_lost() -> None:
    """Of order numbers, EAN-13, UUIDs, hashes and times in milliseconds none is taken for something else."""
    chance = Random(1)
    numbers = [
        text
        for _ in range(1000)
        for text in (
            str(chance.randrange(10**8, 10**9)),
            f"87{chance.randrange(10**11):011}",
            str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            sha1(chance.randbytes(8)).hexdigest(),
            sha256(chance.randbytes(8)).hexdigest(),
            str(1764428400000 + chance.randrange(10**10)),
        )
    ]
    text = Text()
    assert [number for number in numbers if text.clean(f"n {number} x") != f"n {number} x"] == []


def test_random_text_goes() -> None:
    """Of tokens of 256 and 192 bits about one in two hundred is taken for words."""
    chance = Random(1)
    for size in (32, 24):
        tokens = [urlsafe_b64encode(chance.randbytes(size)).decode().rstrip("=") for _ in range(1000)]
        assert sum(token in TEXT.clean(token) for token in tokens) < 12, size


PIECES = st.sampled_from(
    [
        *CANARIES.values(), *USEFUL, "token=", "password: ", "'password': ", "Cookie: ", "Authorization: Basic ", "bsn ",
        "card ", "/s?q=1&page=2", "http://u:p@h/a;b=c?page=1", "\n", "\x1b[31m", "\u2028", "\\", "\\x0a", "\n  | ", "'", '"',
        *"()[]{} ,;=:&?/-.%@", "b'", "query=", "Mozilla/5.0 (X11) Chrome/120.0", "Bearer ", "version", "_ga=", "%2B",
        '" 200 1 "', '" "', ':0 - "GET / HTTP/1.1', " - x [29/Nov/2026:", "(at)", " 2e ", "61 6e 40 65 2e 6e 6c", "+31612345678x", "reset/", "/u/", "User-Agent: ", "user_agent=", "'user-agent': '", "Dalvik/2.1 (Linux; Android 14)", "Firefox/128 desktop", "Xk3", "#", "phone ", "tel: 06", " 12 34 ", "06-12345678", "0612345678", "email=", "first_name='",
        "<password>", "</", "\r\n", "->", " is ", "_203.0.113.9", "ip-203-0-113-77", "77.113.0.203.in-addr.arpa", "-203.0.113.9.", "anon_2001:db8:1:2::3", "iban=NL91", " ABNA 0417 1643 00",
        " @ ", "@ example.nl", '"an"@example.nl', "616e406578616d706c652e6e6c", "\uff14\uff11\uff11\uff11", "\u0662", "0031", "-0-113-77.provider.nl",
        "password=b", "SecretStr(", "pesel ", "44051401359", "input_value=", "cvc ", "123", "sk_live_51Hx8JkK2eZ",
    ]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=4), max_size=9).map("".join))
@example("token=\n")
@example("\r\n0'user-agent': '")
@example("\n@ example.nl 1&#64;4111 1111 1111 1111-0-113-77.provider.nl")
@example("YW5AZXhhbXBsZS5ubA==#http://u:p@h/a;b=c?page=1")
def test_twice_is_once_and_one_line(text: str) -> None:
    """Cleaned text stays as it is, and each of its lines but the first begins with the prefix."""
    cleaned = TEXT.clean(text)
    assert TEXT.clean(cleaned) == cleaned
    _, *others = cleaned.split("\n")
    assert all(line.startswith("  | ") for line in others)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]", cleaned)


def test_long_text_loses_its_middle() -> None:
    """Of text that is too long the beginning and the end stay, no token is cut, and how much is gone is told."""
    cleaned = TEXT.clean("begin " + "x an@example.nl " * 5000 + "end")
    assert len(cleaned) <= LONGEST
    assert cleaned.startswith("begin x - x -")
    assert cleaned.endswith("x - end")
    assert re.search(r"\[[0-9]+ characters\]", cleaned)
    assert TEXT.clean("a" * 100_000) == TEXT.clean("b" * 100_000)
    assert TEXT.clean("a " * 5000).startswith("a a")


@pytest.mark.parametrize("unit", ["1.", "a@", "/", "%25", "+1", "1111 ", "password=", "'", "[{(", "a=b&", "Mozilla/5.0 (", "WinkelApp/12.3.4 (iOS (", "user_agent=", '" 200 1 "', "\\", "?", "cookie:", "query='", "token: {", "x@y.", "-"])  # fmt: skip
def test_hard_text_ends(unit: str) -> None:
    """A megabyte of what is hard to judge is cleaned like any other text."""
    assert len(TEXT.clean(unit * (1_000_000 // len(unit)))) <= LONGEST


def test_known_tokens_are_bounded() -> None:
    """However many tokens clients send, what is remembered of them is bounded."""
    text = Text()
    for number in range(30):
        text.clean(" ".join(f"w{number}x{index}" for index in range(1000)))
    assert len(text._known) <= text._known.MOST
    text.clean("y" * 3000)
    assert "y" * 3000 not in text._known


def test_kinds_are_the_policys_to_keep() -> None:
    """Without their kinds UUIDs and digests go, and what a pattern says stays whatever it looks like."""
    none = Text(LogRules(keep=frozenset()))
    assert (
        none.clean("6ba7b810-9dad-11d1-80b4-00c04fd430c8 11f6ad8ec52a2984abaafd7c3b516503785c2072") == "- -"
    )
    own = Text(LogRules(patterns=(re.compile(r"[A-Z]{2}\d{2}[A-Z]{4}\d{10}"), re.compile(r"X:[\w:]+"))))
    assert (
        own.clean("NL91ABNA0417164300 X:Xk3vQ9sTz7Lw2RbY5NcJ8mHfD4gPaE1uKo6")
        == "NL91ABNA0417164300 X:Xk3vQ9sTz7Lw2RbY5NcJ8mHfD4gPaE1uKo6"
    )


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("https://shop.nl/products/4512?utm_source=https://x.nl/", "https://shop.nl/products/4512"),
        ("see /c/4111?b=/1111 1111 1111 1111", "see /c/-"),
        ("11f6ad8ec52a2984abaafd7c3b516503785c2072/c/4111?b=/1111", "-"),
        ("/c/4111?b=/x 1111 1111 1112", "/c/4111 1111 1111 1112"),
        ("at 4111. 1111 1111 1111", "at 4111. 1111 1111 1111"),
    ],
)
def test_what_hangs_on_a_url_counts_without_its_query(text: str, cleaned: str) -> None:
    """Whether a number goes on behind a URL is judged by what is left of the URL."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "GET /x " + "a=" * 400 + "b",
        "a:" * 400 + "b",
        "%" + "25" * 3000 + "40",
        "/a?page=" * 900,
        "/a?page=" + "/a%3Fpage%3D" * 600,
    ],
)
def test_deep_text_ends(text: str) -> None:
    """Names within names, encodings within encodings and URLs within URLs are cleaned; twice is once."""
    cleaned = TEXT.clean(text)
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "name",
    [
        "session_id",
        "sessionId",
        "session.id",
        "pass",
        "passWord",
        "PGPASSWORD",
        "passwords",
        "tokens",
        "secrets",
        "auth",
        "db_pass",
    ],
)
def test_names_of_secrets(name: str) -> None:
    """However people write the name of a secret, what stands behind it goes."""
    assert TEXT.clean(f"x {name}={SECRET} y") == f"x {name}=- y"
    assert TEXT.clean("max_tokens=5 compass=3 author: Jan") == "max_tokens=5 compass=3 author: Jan"


@pytest.mark.parametrize("name", ["card_number", "credit_card", "cardNumber", "shop_card2"])
def test_names_of_card_numbers(name: str) -> None:
    """A card number goes behind every name that ends as theirs do; another number stays."""
    assert TEXT.clean(f"{name}=4111111111111111 {name}: 4111111111111111") == f"{name}=- {name}: -"
    assert TEXT.clean(f"{name}=4111111111111112") == f"{name}=4111111111111112"


@pytest.mark.parametrize("name", ["bsn_number", "customer_bsn"])
def test_names_of_citizen_numbers(name: str) -> None:
    """The same for citizen service numbers."""
    assert (
        TEXT.clean(f"{name}=123456782 {name} 123456782 {name}=123456789")
        == f"{name}=- {name} - {name}=123456789"
    )


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("hash $argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g x", "hash - x"),
        ("of $scrypt$ln=16,r=8,p=1$c2FsdA$aGFzaA", "of -"),
        ("an@example.nl_1 an@example.nl2 an@example.nl@x", "- - -"),
        ("to BE68539007547034, NL91ABNA0417164300", "to -, -"),
        ("logo@2x.png core@3.4.1 user@host.x", "logo@2x.png core@3.4.1 user@host.x"),
    ],
)
def test_whole_values_go(text: str, cleaned: str) -> None:
    """Of hashed passwords and addresses of mail nothing is left, whatever is written behind them."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned


_BASE62 = string.ascii_letters + string.digits


@given(st.binary(min_size=16, max_size=48))
def test_a_token_of_the_librarys_own_links_never_stays(drawn: bytes) -> None:
    """Whatever a token looks like, behind our own paths it is a hyphen."""
    token = urlsafe_b64encode(drawn).decode().rstrip("=")
    assert TEXT.clean(f"GET /u/{token} 200") == "GET /u/- 200"
    assert (
        TEXT.clean(f"https://shop.example/privacy/confirm/{token}")
        == "https://shop.example/privacy/confirm/-"
    )


@given(st.text(_BASE62, min_size=6, max_size=24).filter(lambda token: any(map(str.isupper, token))))
def test_behind_a_word_for_it_a_token_goes(token: str) -> None:
    """Behind such words in a path only words in lower case, numbers and files of a program stay."""
    assert TEXT.clean(f"/reset/{token}") == "/reset/-"
    assert TEXT.clean(f"/magic-login/MQ/{token}/") == "/magic-login/MQ/-/"


@pytest.mark.parametrize(
    "path",
    [
        "/login/oauth2/authorize", "/confirm/100254718", "/reset/zurücksetzen/", "/password/reset/done", "/auth/:token",
        "/app/auth/migrations/0001_initial.py", "/src/auth/LoginForm.tsx", "/auth/__init__.py", "/invite/nl_NL",
    ],
)  # fmt: skip
def test_behind_a_word_for_tokens_pages_and_files_stay(path: str) -> None:
    """Pages, orders and files whose folder has such a name are none."""
    assert TEXT.clean(path) == path


@pytest.mark.parametrize(
    "token", ["e0Cw5hX-tB_ROVUDUcpRlw", "rvtntsgkznmweikfhm0jkbrdknwwpv0v", "GnKapxWzZacDqrBtLmXcDe"]
)
def test_a_token_behind_its_name_goes(token: str) -> None:
    """Without a sign between them, too, and however much it looks like words."""
    assert TEXT.clean(f"token {token} made") == "token - made"


@pytest.mark.parametrize(
    "words",
    ["Xbox-Series-X-2024", "iPhone15-Pro-Max-256gb", "Checkout-Step-2-Payment", "getElementsByClassName"],
)
def test_words_behind_such_a_name_stay(words: str) -> None:
    """Articles, steps and names in a program are no tokens."""
    assert TEXT.clean(f"token {words} made") == f"token {words} made"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("{'Host': 'shop', 'User-Agent': 'JanJansenBot/1.0'}", "{'Host': 'shop', 'User-Agent': 'other'}"),
        ("[(b'user-agent', b'JanJansenBot/1.0'), (b'host', b'x')]", "[(b'user-agent', b'other'), (b'host', b'x')]"),
        ('{"HTTP_USER_AGENT": "Jan \\"J\\" Jansen", "n": 1}', '{"HTTP_USER_AGENT": "other", "n": 1}'),
        ("user_agent=JanJansenBot/1.0 (+jan) status=200", "user_agent=other status=200"),
        ('user_agent="Jan Jansen" status=200', 'user_agent="other" status=200'),
        ("User-Agent: Jan Jansen browser", "User-Agent: other"),
        ("User-Agent: curl/8.5.0", "User-Agent: curl robot"),
        ("userAgent: Firefox/128 desktop, took 3 ms", "userAgent: Firefox/128 desktop, took 3 ms"),
        ("{'user-agent': ['Jan']}", "{'user-agent': \"-\"}"),
        ("by Dalvik/2.1.0 (Linux; U; Android 14; SM-S918B Build/UP1A) at 3", "by other tablet at 3"),
        ("ShopApp/3.1 (iPhone; iOS 17.1; Scale/3.00)", "other phone"),
        ("Shop/12 CFNetwork/1474 Darwin/23.0.0", "other"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 [FBAN/FBIOS;FBCR/KPN] 200", "other phone 200"),
        ("Mozilla/5.0 (iPhone) Instagram 142.0.0.22 (iPhone12,5; nl_NL) 200", "other phone 200"),
        ("the user-agent parser failed (agent: Jan)", "the user-agent parser failed (agent: Jan)"),
        ("nginx/1.25 (see docs) and user_agent= ", "nginx/1.25 (see docs) and user_agent= "),
    ],
)  # fmt: skip
def test_a_user_agent_behind_its_name_or_by_its_form_is_reduced(text: str, cleaned: str) -> None:
    """In headers, dictionaries, pairs and running text no words of the client's own stay; twice is once."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("PTR 77.113.0.203.in-addr.arpa.", "PTR -.in-addr.arpa."),
        ("from ip-203-0-113-77.eu-west-1.compute.internal", "from ip-203-0-113-0.eu-west-1.compute.internal"),
        ("from ip203.0.113.77 and ip-203-0-113-77:443", "from ip203.0.113.0 and ip-203-0-113-0:443"),
        ("zip-1-2-3-4 ip-999-0-0-1 strip", "zip-1-2-3-4 ip-999-0-0-1 strip"),
    ],
)
def test_a_host_named_after_its_address_is_cut(text: str, cleaned: str) -> None:
    """Whether in reverse, with hyphens or without a mark before it; twice is once."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("date_of_birth: 1980-05-31", "date_of_birth: -"),
        ("Geburtsdatum:31.05.1980 x", "Geburtsdatum:- x"),
        ("voornaam: Jan, achternaam: de Vries", "voornaam: -, achternaam: -"),
        ("last_name: de Vries order: 100254718", "last_name: - order: 100254718"),
        ("adres: Keizersgracht 12, 1015 AB Amsterdam; order 12", "adres: -; order 12"),
        ("postcode: 1015 AB", "postcode: -"),
        ("mail: sent, address: not found, email: sent at 12:00", "mail: sent, address: not found, email: sent at 12:00"),
        ("address: 203.0.113.77:443", "address: 203.0.113.0"),
        ("username:", "username:"),
    ],
)  # fmt: skip
def test_answers_of_forms_go_without_quotes(text: str, cleaned: str) -> None:
    """Behind the name of what a form asks the answer goes, as many words as it has; a word of its own stays."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ('{"x": "an\\u{40}example.nl", "n": 1}', '{"x": "-", "n": 1}'),
        ("a@b.nl,an&#x0040;example.nl token=x", "-,- token=-"),
        ("an%26%2364%3Bexample.nl an\u3002b@example\u3002nl", "- -"),
        ("an\\100example.nl an\\U00000040example.nl an&#1114112;example.nl", "- - an&#1114112;example.nl"),
        ("an\\UFFFFFFFFexample.nl a=40 b=40px.png R&D&amp;co caf\\xe9 100%", "an\\UFFFFFFFFexample.nl a=40 b=40px.png R&D&amp;co caf\\xe9 100%"),
        ("x\nan&#64;example.nl&#10;INFO forged", "x\\x0a-\\x0aINFO forged"),
        ("&" + "amp;" * 40 + "commat;", "-"),
        ("/reset?e=an&#64;example.nl /a/an=40example.nl/x", "/reset /a/-/x"),
    ],
)  # fmt: skip
def test_no_writing_of_a_character_hides_an_address(text: str, cleaned: str) -> None:
    """However the @ is written, and in whatever that is written again, the address of mail goes."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("to an @ example.nl, an@ example.nl and an\xa0&#64; example.nl", "to -, - and -"),
        ("to \"an 'x'\"@example.nl <an>@example.nl an(x)@example.nl an.\"x\" @ example.nl", "to - - - -"),
        ('{"to": "\\"an\\"@example.nl", "x": "y"}', '{"to": "-", "x": "y"}'),
        ("to an@[IPv6:2001:db8::1] x", "to - x"),
        ("an%20@%20example.nl /a/an%20@%20example.nl", "- /a/-"),
        ('5 @ 3.50 x @app.get("/") {"a": "@x.nl"} logo @2x.png', '5 @ 3.50 x @app.get("/") {"a": "@x.nl"} logo @2x.png'),
    ],
)  # fmt: skip
def test_blanks_quotes_and_comments_hide_no_address(text: str, cleaned: str) -> None:
    """What may stand around the @ of an address of mail goes with it; prices, decorators and files stay."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("{0} 0x{0} id={0} /x/{0}/y X'{0}'", "- - id=- /x/-/y X'-'"),
        ("{0}ff e{0} {0}zz", "{0}ff e{0} {0}zz"),
    ],
)
def test_hexadecimal_digits_hide_no_address(text: str, cleaned: str) -> None:
    """Digits that read as an address of mail go; where they read as nothing they stay, as digests do."""
    digits = b"an@example.nl".hex()
    assert TEXT.clean(text.format(digits)) == cleaned.format(digits)
    assert TEXT.clean(cleaned.format(digits)) == cleaned.format(digits)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\uff14\uff11\uff11\uff11\uff0d1111\uff0d1111\uff0d1111 \u00bd\u2026", "- \u00bd\u2026"),
        ("\uff0b\uff13\uff11612345678 \u0662\u0660\u0663.0.113.77", "- 203.0.113.0"),
        (
            "\uff12\uff10\uff12\uff16\u5e74 \u0661\u0662 an@example.nl",
            "\uff12\uff10\uff12\uff16\u5e74 \u0661\u0662 -",
        ),
    ],
)
def test_no_digits_of_another_script_hide_a_number(text: str, cleaned: str) -> None:
    """In whatever digits, a number is one; where they hide none they stay as they are."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("call 0031 6 12345678 or 0049-30-1234567 or 0032 (0)2 123 45 67.", "call - or - or -."),
        ("x=0031(0)612345678 00352 26 12 34 56", "x=- -"),
        ("0031 6 12345678:0 +31 6 12 34 56 78:443 +31 6 12345678 12:30 +31 612345678 11/12", "-:0 -:443 - 12:30 - 11/12"),
        ("0031612345678 0031 612345678 0031 200 45 x 0031 2026-11-30", "0031612345678 0031 612345678 0031 200 45 x 0031 2026-11-30"),
    ],
)  # fmt: skip
def test_a_number_as_it_is_dialled_goes_in_groups(text: str, cleaned: str) -> None:
    """Behind 00 and a country a number in groups goes; bare digits and columns of them stay."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("4111\xa01111\xa01111\xa01111 x", "- x"),
        ("+31\u202f6\xa012\u200934 56 78 x", "- x"),
        ("NL91\xa0ABNA 0417\xa01643\u202f00", "-"),
        ("a;p=4111 1111 1111 1111 /a%3Bp%3D4111%201111%201111%201111", "a;p=- /-"),
        ("/a?p=4111 1111 1111 1111 x /a?q=+31 6 12345678 x", "/a x /a x"),
        ("4111\xa01111\xa01111\xa01112 x", "4111\xa01111\xa01111\xa01112 x"),
    ],
)
def test_groups_of_a_number_hang_together_by_any_blank(text: str, cleaned: str) -> None:
    """A blank at which no line breaks hides no number, and stays where there is none."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("from 203-0-113-77.adsl.provider.nl:", "from -.adsl.provider.nl:"),
        ("203-0-113-77.provider.nl. https://77.113.0.203.x.nl/y (ec2-203-0-113-77.eu-west-1.compute.example.com)", "-.provider.nl. https://-.x.nl/y (ec2--.eu-west-1.compute.example.com)"),
        ("rdns=203_000_113_077.provider.nl 203-0-113-77-dsl.provider.nl", "rdns=-.provider.nl --dsl.provider.nl"),
        ("8.4.3.7.0.7.3.0.e.2.a.8.9.1.3.1.3.d.8.0.3.a.5.8.8.b.d.0.1.0.0.2.ip6.arpa 8.b.d.0.1.0.0.2.ip6.arpa", "-.ip6.arpa 8.b.d.0.1.0.0.2.ip6.arpa"),
        ("2001-db8-85a3-8d3-1319-8a2e-370-7348.fixed6.x.net cpe-2001-db8--5.x.net", "-.fixed6.x.net cpe--.x.net"),
        ("pcb00714d.dip0.t-ipconnect.de deadbeef.preview.shop.nl", "-.dip0.t-ipconnect.de deadbeef.preview.shop.nl"),
        ("p203-0-113-77.dip0.t-ipconnect.de", "p-.dip0.t-ipconnect.de"),
        ("host-203-0-113-77.cust.provider.be IP-203-0-113-77", "host--.cust.provider.be IP-203-0-113-0"),
        ("size-10-20-30-40.jpg app-1-2-3-4.min.js lib-1-2-3-4.tar.gz 2026-11-30-12 1-2-3-4-5.a.nl 10-20-30-40.orders.html", "size-10-20-30-40.jpg app-1-2-3-4.min.js lib-1-2-3-4.tar.gz 2026-11-30-12 1-2-3-4-5.a.nl 10-20-30-40.orders.html"),
        ("host-999-0-113-77.cust.provider.be", "host-999-0-113-77.cust.provider.be"),
    ],
)  # fmt: skip
def test_a_customers_host_is_cut(text: str, cleaned: str) -> None:
    """Hosts that providers name after their customers' addresses lose these; files, dates and digests stay."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned
