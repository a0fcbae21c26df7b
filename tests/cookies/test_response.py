"""Reading and writing Set-Cookie: what the library takes for a deletion is what a browser's jar forgets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shopprivacy.cookies.response import LONGEST_LIFE, clamp, deletion, emptied, is_prefixed, parse_set_cookie
from tests.browser_jar import Jar

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://shop.example.nl/cart"

_AGES = ["0", "-1", "1", "9999", "-", "", "+5", "1.5", "0x1", "abc", "99999999999", " 60 ", "\t0", "1" * 1025]
_DATES = [
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Fri, 31 Dec 2027 23:59:59 GMT",
    "Sun, 01 Mar 2026 12:00:00 GMT",
    "soon",
    "",
]
_attributes = st.one_of(
    st.sampled_from(_AGES).map(lambda v: f"Max-Age={v}"),
    st.sampled_from(_DATES).map(lambda v: f"Expires={v}"),
    st.sampled_from(
        ["max-AGE =0", " expires= 1 jan 70 0:0:0", "Path=/", "Path=/cart", "Secure", "Domain=example.nl"]
    ),
    st.sampled_from(["SameSite=Lax", "HttpOnly", "Max-Age", "=0", "", "Partitioned"]),
)
fields = st.tuples(
    st.sampled_from(
        ["a=1", " a=1", "a", "=1", "a=", "__Host-a=1", "__host-x", "a\x00=1", "a\x7f=1", "a\t=\t1", ""]
    ),
    st.lists(_attributes, max_size=5),
).map(lambda parts: "; ".join((parts[0], *parts[1])).encode("latin-1"))


@given(fields)
@example(b"a=1; Max-Age=0; Max-Age=9999")
@example(b"a=1; Max-Age=0; Expires=Fri, 31 Dec 2027 23:59:59 GMT")
@example(b"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60")
@example(b"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Expires=soon")
def test_a_deletion_is_what_empties_the_jar(field: bytes) -> None:
    """The effective expiry decides: Max-Age beats Expires, the last of each wins, an unparsable one is ignored."""
    jar = Jar()
    jar.store([field], URL, NOW)
    read = parse_set_cookie(field)
    held = jar.held(NOW)
    if held:
        assert read is not None
        assert read.name == held[0].name
        assert not read.is_deletion(NOW)
        expiry = read.expiry(NOW)
        assert (expiry and min(expiry, NOW + LONGEST_LIFE)) == held[0].expiry
    elif read is not None and read.is_deletion(NOW):
        planted = (
            field.split(b";")[0]
            + b"; "
            + b"; ".join(
                a for a in field.split(b";")[1:] if not a.strip().lower().startswith((b"max-age", b"expires"))
            )
        )
        jar.store([planted], URL, NOW)
        jar.store([field], URL, NOW)
        assert not jar.held(NOW)


@given(fields, st.integers(0, 800), st.booleans())
def test_a_clamped_cookie_lives_no_longer_than_declared(field: bytes, days: int, session: bool) -> None:
    """Lifetimes are cut to the declared life; a cookie that ends in time keeps its very bytes."""
    latest = None if session else NOW + timedelta(days=days)
    before, after = Jar(), Jar()
    before.store([field], URL, NOW)
    clamped = clamp(field, latest, NOW)
    after.store([clamped], URL, NOW)
    for cookie in after.held(NOW):
        assert cookie.expiry is None or (latest is not None and cookie.expiry <= latest)
    if after.held(NOW) and clamped != field:
        (old,), (new,) = before.held(NOW), after.held(NOW)
        assert (old.name, old.value, old.path, old.domain) == (new.name, new.value, new.path, new.domain)
        assert new.expiry == (latest and min(latest, NOW + LONGEST_LIFE))


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (b" lang=nl; Path=/", b"lang"),
        (b"_ga\t =1", b"_ga"),
        (b"a%20b=1", b"a%20b"),
        (b"A=1", b"A"),
        (b"a=1, b=2", b"a"),
        (b"plain", b""),
        (b"=plain", b""),
    ],
)
def test_the_name_is_what_stands_before_the_first_equals_sign(field: bytes, name: bytes) -> None:
    """Trimmed of spaces and tabs (Django begins with a space), case-sensitive, not percent-decoded, never split."""
    read = parse_set_cookie(field)
    assert read is not None
    assert read.name == name


@pytest.mark.parametrize("field", [b"__Host-consent", b"=__hOsT-x=1", b" __SECURE-x", b"=\t__secure-"])
def test_a_nameless_cookie_cannot_play_a_prefixed_one(field: bytes) -> None:
    """Nameless with a value that starts with __Host- or __Secure-, in any case, is dropped."""
    assert parse_set_cookie(field) is None


@pytest.mark.parametrize("control", [*range(9), *range(10, 32), 127])
def test_a_control_character_drops_the_whole_string(control: int) -> None:
    """Any control character but a tab, wherever it stands, drops the field as it does in a browser."""
    for field in (b"a%c=1", b"a=%c", b"a=1; Path=/%c"):
        assert parse_set_cookie(field % control) is None


@pytest.mark.parametrize("prefix", ["", "__Host-", "__Secure-", "__hOST-", "__sECURE-"])
@pytest.mark.parametrize("partitioned", [False, True])
@pytest.mark.parametrize("domain", [None, "example.nl"])
def test_a_deletion_deletes(prefix: str, partitioned: bool, domain: str | None) -> None:
    """A deletion empties the jar of the cookie it was made for, prefixed and partitioned ones included."""
    if prefix.lower() == "__host-" and domain:
        return  # browsers accept no such cookie
    name = f"{prefix}x".encode()
    field = name + b"=1; Path=/" + (b"; Domain=example.nl" if domain else b"")
    field += b"; Secure" if prefix or partitioned else b""
    field += b"; Partitioned" if partitioned else b""
    jar = Jar()
    jar.store([field], URL, NOW)
    assert jar.names(NOW) == {name}
    jar.store([deletion(name, path="/", domain=domain, partitioned=partitioned)], URL, NOW)
    assert not jar.names(NOW)
    assert is_prefixed(name) is bool(prefix)


@pytest.mark.parametrize(
    "field",
    [
        b"X=1; Max-Age=0; Max-Age=x",
        b" X = 1;Expires=x; Path=/cart",
        b"X==1; Max-Age=0",
        b"X=",
        b"\tX\t=x=y",
        b"X=; Expires=a=b",
    ],
)
def test_an_emptied_deletion_says_so_once(field: bytes) -> None:
    """No value and one expiry of each kind, long past: every browser forgets, whichever attribute it heeds."""
    left = emptied(field)
    pair, _, attributes = left.partition(b";")
    assert pair == b"X="
    assert attributes.endswith(b" Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
    assert attributes.count(b"Max-Age") == attributes.count(b"Expires") == 1


@pytest.mark.parametrize("field", [b"a; Max-Age=0", b" a ;Max-Age=-1", b"=a; Max-Age=0", b" = a; Max-Age=0"])
def test_an_emptied_deletion_of_what_has_no_name_deletes_nothing_else(field: bytes) -> None:
    """The cookie without a name goes; the one whose name is its value stays."""
    jar = Jar()
    jar.store([b"a; Path=/", b"a=1; Path=/"], URL, NOW)
    jar.store([emptied(field + b"; Path=/")], URL, NOW)
    assert jar.names(NOW) == {b"a"}


def test_attributes_that_browsers_ignore_are_ignored() -> None:
    """One longer than 1024 bytes is as if absent; an age beyond all bounds is a date."""
    long = b"a=1; Max-Age=0; Max-Age=" + b"1" * 1025
    read = parse_set_cookie(long)
    assert read is not None
    assert read.is_deletion(NOW)
    before = parse_set_cookie(b"a=1; Max-Age=" + b"1" * 1025 + b"; Max-Age=0" + b"0" * 1023)
    assert before is not None
    assert before.is_deletion(NOW)
    endless = parse_set_cookie(b"a=1; Max-Age=" + b"9" * 1000)
    assert endless is not None
    assert not endless.is_deletion(NOW)


@pytest.mark.parametrize(
    ("attribute", "deletes"),
    [
        ("Max-Age=0", True),
        ("Max-Age=1", False),
        ("Max-Age=-1", True),
        ("Expires=0", True),
        ("Expires=1", False),
    ],
)
def test_a_cookie_that_ends_now_is_being_deleted(attribute: str, *, deletes: bool) -> None:
    """In the very second: what has no time left is not kept."""
    name, _, seconds = attribute.partition("=")
    moment = _date(NOW + timedelta(seconds=int(seconds))).decode()
    read = parse_set_cookie(f"a=1; {name}={moment if name == 'Expires' else seconds}".encode())
    assert read is not None
    assert read.is_deletion(NOW) is deletes


def test_what_ends_by_then_is_returned_as_it_came() -> None:
    """To the second: at the latest moment, and in this very one, which deletes."""
    later = NOW + timedelta(minutes=1)
    for field in (
        b"a=1; Max-Age=60; Path=/",
        b"a=1; Max-Age=0",
        b"a=1; Expires=" + _date(NOW),
        b"a=1; Expires=" + _date(later),
    ):
        assert clamp(field, later, NOW) == field
    now = b"a=1; Expires=" + _date(NOW)
    assert clamp(now, None, NOW) == now
    assert clamp(b"a=1; Max-Age=61", later, NOW) == b"a=1; Max-Age=60"
    assert clamp(b"a=1; Max-Age=61", NOW, NOW) == b"a=1; Max-Age=0"


def _date(moment: datetime) -> bytes:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT").encode()
