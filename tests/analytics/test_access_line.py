"""Lines of access logs: what is cleaned in each format, and that all other bytes stay."""

# ruff: noqa: E501  # tables
from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.analytics import LogRules, Text, access_line
from shopprivacy.analytics.access_line import AccessLines

TEXT = Text(LogRules(query=frozenset({"page"})))
TIME = b"[29/Nov/2026:15:20:40 +0100]"
MOZILLA = (
    b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
)

TABLE = [
    (b'203.0.113.77 - - %b "GET /a?q=jan&page=2 HTTP/1.1" 200 512', b'203.0.113.0 - - %b "GET /a?page=2 HTTP/1.1" 200 512'),
    (b'203.0.113.77 - jan %b "GET / HTTP/1.1" 200 -', b'203.0.113.0 - - %b "GET / HTTP/1.1" 200 -'),
    (
        b'2001:db8:1:2::5 - - %b "GET / HTTP/1.1" 200 5 "https://x.nl/?e=an" "' + MOZILLA + b'"',
        b'2001:db8:1:: - - %b "GET / HTTP/1.1" 200 5 "https://x.nl/" "Chrome/120 desktop"',
    ),
    (b'shop.example:443 203.0.113.77 - - %b "-" 408 0 "-" "-"', b'shop.example:443 203.0.113.0 - - %b "-" 408 0 "-" "-"'),
    (b'198.51.100.9:443 203.0.113.77 - - %b "-" 408 0 "-" "-"', b'198.51.100.0 203.0.113.0 - - %b "-" 408 0 "-" "-"'),
    (b'unknown - - %b "GET /an@example.nl/x\\x22 HTTP/1.1" 200 5 "x" "JanBot"', b'- - - %b "GET /-/x\\x22 HTTP/1.1" 200 5 "x" "other"'),
    (b'203.0.113.77 - - %b "\\x16\\x03an@example.nl" 400 0 "-" "-"', b'203.0.113.0 - - %b "\\x16\\x03-" 400 0 "-" "-"'),
    (
        b'203.0.113.77 - - %b "GET / HTTP/1.1" 200 5 "-" "-" 0.012 "203.0.113.9, 10.1.2.3"',
        b'203.0.113.0 - - %b "GET / HTTP/1.1" 200 5 "-" "-" 0.012 "203.0.113.0, 10.1.2.0"',
    ),
    (b'203.0.113.77 - - %b "GET /\xe9 HTTP/1.1" 200 5 "-" "a\\"b" 0.5', b'203.0.113.0 - - %b "GET /\xe9 HTTP/1.1" 200 5 "-" "other" 0.5'),
    (b'203.0.113.77 - - %b "GET / HTTP/1.1" 200 5 "-" "curl/8" "198.51.100.9" 0.01', b'203.0.113.0 - - %b "GET / HTTP/1.1" 200 5 "-" "curl robot" "198.51.100.0" 0.01'),
    (b'198.51.100.9, 10.0.0.1 - - %b "-" 408 0 "-" "-"', b'198.51.100.0, 10.0.0.0 - - %b "-" 408 0 "-" "-"'),
    (b'a.nl 198.51.100.9,10.0.0.1 - - %b "-" 408 0', b'a.nl 198.51.100.0,10.0.0.0 - - %b "-" 408 0'),
    (b'jan@example.nl 203.0.113.77 - - %b "-" 408 0 "-" "-"', b'- 203.0.113.0 - - %b "-" 408 0 "-" "-"'),
]  # fmt: skip

JSON_TABLE = [
    (
        b'{"ts":1646861401.5241024, "request":{"remote_ip":"203.0.113.77","uri":"/a?q=jan&page=2","headers":{"User-Agent":["JanBot/1"],"Cookie":["a=b"]}},"n":1e3}',
        b'{"ts":1646861401.5241024, "request":{"remote_ip":"203.0.113.0","uri":"/a?page=2","headers":{"User-Agent":["other"],"Cookie":["-"]}},"n":1e3}',
    ),
    (
        b'{"remote_addr":"203.0.113.77","remote_user":"jan","args":"q=1&page=3","request":"GET /x?q=1 HTTP/1.1","http_referer":"","http_x_forwarded_for":"203.0.113.9, x","note":"\\u0061n@example.nl"}',
        b'{"remote_addr":"203.0.113.0","remote_user":"-","args":"page=3","request":"GET /x HTTP/1.1","http_referer":"","http_x_forwarded_for":"203.0.113.0, -","note":"-"}',
    ),
]  # fmt: skip


JSON_TABLE += [
    (  # of an application: nested, in lists, by names of personal data, numbers too
        b'{"level": "INFO", "name": "shop.views", "message": "mail to an@example.nl", "extra": {"email": "karel", "phone": 31612345678, "order": 100254718, "card": {"number": "4111111111111111"}, "bsn": 123456782}}',
        b'{"level": "INFO", "name": "shop.views", "message": "mail to -", "extra": {"email": "-", "phone": "-", "order": 100254718, "card": {"number": "-"}, "bsn": "-"}}',
    ),
    (
        b'{"form": [["email", "karel"], ["qty", "2"]], "session": {"a": [1, true, null, "x"]}, "headers": [{"name": "Cookie", "value": "a=b"}, {"name": "Host", "value": "x.nl"}], "first_name": "Jan", "address": "203.0.113.9:443", "an@example.nl": 1}',
        b'{"form": [["email", "-"], ["qty", "2"]], "session": {"a": ["-", "-", null, "-"]}, "headers": [{"name": "Cookie", "value": "-"}, {"name": "Host", "value": "x.nl"}], "first_name": "-", "address": "203.0.113.0", "-": 1}',
    ),
    (  # of docker: the line of the server within
        b'{"log":"203.0.113.77 - - [29/Nov/2026:15:20:40 +0100] \\"GET /a?q=jan HTTP/1.1\\" 200 5 \\"-\\" \\"JanBot/1\\"\\n","stream":"stdout","time":"2026-11-29T14:20:40Z"}',
        b'{"log":"203.0.113.0 - - [29/Nov/2026:15:20:40 +0100] \\"GET /a HTTP/1.1\\" 200 5 \\"-\\" \\"other\\"\\n","stream":"stdout","time":"2026-11-29T14:20:40Z"}',
    ),
]  # fmt: skip


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
@pytest.mark.parametrize(("line", "cleaned"), TABLE)
def test_table(line: bytes, cleaned: bytes, end: bytes) -> None:
    """Address, user, request, referrer and agent are cleaned, and all other bytes stay; twice is once."""
    lines = AccessLines(TEXT)
    line, cleaned = line.replace(b"%b", TIME) + end, cleaned.replace(b"%b", TIME) + end
    assert lines.clean(line) == cleaned
    assert lines.clean(cleaned) == cleaned
    assert lines.unreadable == 0


@pytest.mark.parametrize(("line", "cleaned"), JSON_TABLE)
def test_json(line: bytes, cleaned: bytes) -> None:
    """In JSON the strings are cleaned by their keys, and numbers and blanks stay as they were written."""
    lines = AccessLines(TEXT)
    assert lines.clean(line + b"\n") == cleaned + b"\n"
    assert lines.clean(cleaned + b"\n") == cleaned + b"\n"
    assert lines.unreadable == 0


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (b"203.0.113.77 - - " + TIME + b' "GET /an@example.nl', b"- - - " + TIME + b' "-" - -'),
        (b"2026/11/29 15:20:40 [error] 203.0.113.77", b'- - - 2026/11/29 15:20:40 "-" - -'),
        (b'{"time": "2026-11-29T15:20:40Z", broken 203.0.113.77', b'- - - 2026-11-29T15:20:40Z "-" - -'),
        (b"203.0.113.77 - Jan van Dijk " + TIME + b' "-" 408 0', b"- - - " + TIME + b' "-" - -'),
        (b"\xff\xfe203.0.113.77", b"-"),
        (b"a b [" + TIME[1:] + b' "GET / HTTP/1.1" 200 5', b"- - - " + TIME + b' "-" - -'),
    ],
)
def test_unreadable_keeps_its_time(line: bytes, kept: bytes) -> None:
    """A line in no known format keeps its time, has a hyphen for the rest, and is counted."""
    lines = AccessLines(TEXT)
    assert lines.clean(line + b"\n") == kept + b"\n"
    assert lines.unreadable == 1
    assert lines.clean(b"\n") == b"\n"
    assert lines.unreadable == 1


@pytest.mark.parametrize(
    "target", ["/a?q=jan", "/a?q=x\\\\x22 y", "/an@example.nl?x", "a?b", "/a?b c", "/a?x=(y)&page=2"]
)
def test_a_query_without_listed_parameters_goes_at_once(target: str) -> None:
    """Where nothing is listed, a request is what it is in the shop's own logs."""
    line = f'203.0.113.77 - - {TIME.decode()} "GET {target} HTTP/1.1" 200 5'
    assert AccessLines(Text()).clean(line.encode()).decode() == Text().clean(line)


@given(
    st.sampled_from(["/a", "/a/an@example.nl", "/d/4111", "/x/nl91", "/reset/Xk3vQ9sTz7Lw", "/a/-", "/"]),
    st.lists(
        st.sampled_from(["page=1", "page=an%40example.nl", "q=x", "page=%ff", "sort=+31612345678", "page=", "page", "", "sort=a.b-c"]),
        min_size=1,
    ).map("&".join),
    st.sampled_from(["HTTP/1.1", "HTTP/2.0", "1111 1111 1111", "abna 0417 1643 00"]),
)  # fmt: skip
def test_a_query_by_itself_is_what_it_is_in_a_line(path: str, query: str, protocol: str) -> None:
    """Path and query are cleaned apart from each other, and come out as when they are cleaned together."""
    text = Text(LogRules(query=frozenset({"page", "sort"})))
    line = f'203.0.113.77 - - {TIME.decode()} "GET {path}?{query} {protocol}" 200 5'
    assert AccessLines(text).clean(line.encode()).decode() == text.clean(line)


def test_addresses_only() -> None:
    """Asked for addresses alone, all else stays."""
    lines = AccessLines(TEXT, addresses_only=True)
    rest = b' - - [x] "GET /?q=jan HTTP/1.1" 200 5 "-" "JanBot"\n'
    assert lines.clean(b"203.0.113.77" + rest) == b"203.0.113.0" + rest
    assert lines.clean(b"shop.example 203.0.113.77" + rest) == b"shop.example 203.0.113.0" + rest
    written = b'{"remote_addr": "203.0.113.77", "email": "karel", "for": "203.0.113.9, 10.1.2.3", "n": 1}\n'
    cut = b'{"remote_addr": "203.0.113.0", "email": "karel", "for": "203.0.113.0, 10.1.2.0", "n": 1}\n'
    assert lines.clean(written) == lines.clean(cut) == cut
    within = rb'{"log": "203.0.113.77 - - [x] \"GET /?q=jan\" 200\n", "m": "from (203.0.113.77), at 12:00:01 v1.2"}'
    assert lines.clean(within) == within.replace(b".77", b".0")
    forwarded = (
        b'198.51.100.9, 203.0.113.77 - jan %b "GET /?q=jan HTTP/1.1" 200 5 "-" "x" 0.1 "192.0.2.9"' % TIME
    )
    cut = forwarded.replace(b"100.9", b"100.0").replace(b"113.77", b"113.0").replace(b"2.9", b"2.0")
    assert lines.clean(forwarded) == cut
    assert lines.clean(b"what 203.0.113.77x\n") == b"-\n"


@pytest.mark.parametrize("as_text", [True, False])
def test_a_line_that_fails_keeps_its_time(as_text: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line on which the cleaner fails is counted and keeps its time, and the next one is cleaned as before."""
    lines = AccessLines(TEXT, as_text=as_text)
    with monkeypatch.context() as patched:
        patched.setattr("shopprivacy.analytics.text.Text.clean", lambda *_: 1 / 0)
        assert lines.clean_all(b"203.0.113.77 - - " + TIME + b' "GET / HTTP/1.1" 200 5 "x" "y"\n') == b"- - - " + TIME + b' "-" - -\n'  # fmt: skip
    assert lines.unreadable == 1
    assert lines.clean_all(b"12:00 an@example.nl\n") == (b"12:00 -\n" if as_text else b"-\n")


COMBINED = b'203.0.113.77 - jan %b "GET /?q=1 HTTP/1.1" 200 5 "https://x.nl/?e=an" "%b"\n' % (TIME, MOZILLA)
UNLIKE = [
    b"",
    b'203.0.113.77 - - %b "GET / HTTP/1.1" 200 5 "-" "curl/8" 0.5',
    b'203.0.113.77 - - [x "GET / HTTP/1.1" 200 5 "-" "curl/8"',
    b'203.0.113.77 - - %b 203.0.113.9 "GET / HTTP/1.1" 200 5 "-" "curl/8"',
    b'203.0.113.77 - - %b "GET / HTTP/1.1" 2 5 "-" "curl/8"',
    b'x"203.0.113.77 - - %b "GET / HTTP/1.1" 200 5 "-" curl/8"',
    b'an %b "GET / HTTP/1.1" 200 5 "-" "curl/8"',
]


def is_its_lines(block: bytes, *, addresses_only: bool) -> bool:
    """Whether a block is cleaned as each of its lines is."""
    by_line, at_once = (AccessLines(TEXT, addresses_only=addresses_only) for _ in range(2))
    cleaned = b"".join(map(by_line.clean, BytesIO(block).readlines()))
    return at_once.clean_all(block) == cleaned and at_once.unreadable == by_line.unreadable


@pytest.mark.parametrize("addresses_only", [True, False])
@pytest.mark.parametrize("line", [*UNLIKE, *(line for line, _ in (*TABLE, *JSON_TABLE))])
def test_a_block_is_its_lines(addresses_only: bool, line: bytes) -> None:
    """Lines that are cleaned at once come out as each by itself; what is no such line, too."""
    for end in (b"\n", b"\r\n", b""):
        block = COMBINED + line.replace(b"%b", TIME) + end
        assert is_its_lines(block, addresses_only=addresses_only)
        assert is_its_lines(block + COMBINED, addresses_only=addresses_only)


@given(
    st.integers(0, len(COMBINED) - 1),
    st.sampled_from([b'"', b"[", b"]", b"\\", b" ", b"\n", b"\r", b"-", b"{", b"5", b" [", b'"\n']),
    st.booleans(),
    st.booleans(),
)
def test_a_block_with_any_mark_is_its_lines(
    place: int, mark: bytes, is_put: bool, addresses_only: bool
) -> None:
    """The same where any mark stands anywhere in a line, between others or in the place of one."""
    changed = COMBINED[:place] + mark + COMBINED[place + (not is_put) :]
    assert is_its_lines(COMBINED + changed + COMBINED, addresses_only=addresses_only)


def test_other_lines_as_text() -> None:
    """Asked to, lines of an application's log are cleaned as they would be today; tabs and ends stay."""
    lines = AccessLines(TEXT, as_text=True)
    for line, cleaned in (
        (b"2026-11-30 12:00:01,303 INFO shop: order 100254718 of an@example.nl\r\n", b"2026-11-30 12:00:01,303 INFO shop: order 100254718 of -\r\n"),
        (b'  File "shop.py", line 3\n', b'  File "shop.py", line 3\n'),
        (b"203.0.113.77\tGET\t/a?q=jan\n", b"203.0.113.0\tGET\t/a\n"),
        (b"\xff an@example.nl", b"\\xff -"),
        (TABLE[0][0].replace(b"%b", TIME) + b"\n", TABLE[0][1].replace(b"%b", TIME) + b"\n"),
    ):  # fmt: skip
        assert lines.clean_all(line) == cleaned
        assert lines.clean_all(cleaned) == cleaned
    assert lines.unreadable == 0


@given(st.binary(max_size=60), st.sampled_from([b"", b"203.0.113.77 - - " + TIME, b'{"a":"', TIME]))
def test_any_bytes_are_one_line(noise: bytes, before: bytes) -> None:
    """Whatever stands in a line, one line comes of it, and it stays when it is cleaned again."""
    lines = AccessLines(TEXT)
    line = (before + noise).replace(b"\n", b"") + b"\n"
    cleaned = lines.clean(line)
    assert cleaned.count(b"\n") == 1
    assert lines.clean(cleaned) in (cleaned, b"-\n") or lines.unreadable


def test_what_is_known_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many addresses a log has, what is remembered of them is bounded."""
    monkeypatch.setattr(access_line, "_MOST", most := 500)
    lines = AccessLines(TEXT, addresses_only=True)
    for number in range(most + 10):
        lines.clean(b"%d.%d.0.1 x\n" % (number // 256 % 256, number % 256))
        lines.clean(b"w%d x\n" % number)
    assert len(lines._heads) <= most
    lines = AccessLines(TEXT)
    assert lines.clean(b'203.0.113.77 - - %b "GET /%b HTTP/1.1" 200 5' % (TIME, b"x" * 300))
    assert all(len(raw) <= 256 for raw in lines._texts)
