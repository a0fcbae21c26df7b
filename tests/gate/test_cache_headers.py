"""What shared caches are told, so that one visitor's page never becomes another's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.consent.choices import Choice, Withdrawals
from shopprivacy.gate.cache_headers import is_private, keep_nowhere, keep_private, vary_on
from shopprivacy.gate.gate import Gate
from shopprivacy.gate.request_filter import Passage
from shopprivacy.gate.response_filter import release
from shopprivacy.http.request_head import Fields
from shopprivacy.policy import Policy
from tests.gate.exchange import (
    KEYSET,
    NOW,
    SHELLS,
    Host,
    Shop,
    choices,
    consent_pair,
    elsewhere,
    make_policy,
    set_cookies,
    value_of,
)
from tests.http.heads import MadeHead

PLAIN = make_policy()
KEYED = make_policy(cache={"key_header": "ConsentKey"})
CHOSEN = consent_pair(choices(KEYED, statistics=Choice.GRANTED, ads=Choice.REFUSED))
SHAPE = CHOSEN.partition(b"=")[2].partition(b".")[0].decode()
PUBLIC: Fields = [(b"cache-control", b"public, max-age=60"), (b"cdn-cache-control", b"max-age=900")]


@pytest.fixture(params=list(SHELLS))
def shell(request: pytest.FixtureRequest) -> str:
    """Each of the two shells."""
    return str(request.param)


def test_removing_a_cookie_from_a_response_without_cache_control_adds_private(shell: str) -> None:
    """Caches refuse to keep what carries a Set-Cookie; without it the page must not become anybody's."""
    fields = SHELLS[shell](Shop(sets=[b"_ga=1"]), Host(Gate(PLAIN, KEYSET)), [])
    assert set_cookies(fields) == []
    assert value_of(fields, b"cache-control") == b"private"


def test_a_response_that_says_who_may_keep_it_is_left_alone(shell: str) -> None:
    """With a Cache-Control of its own the shop has decided, as long as the page did not depend on consent."""
    fields = SHELLS[shell](Shop(sets=[b"_ga=1"], fields=PUBLIC), Host(Gate(PLAIN, KEYSET)), [])
    assert fields == PUBLIC


def test_nothing_is_said_where_nothing_was_done(shell: str) -> None:
    """A page that asked nothing and lost nothing is as cacheable as before."""
    assert SHELLS[shell](Shop(), Host(Gate(PLAIN, KEYSET)), [b"cart=1"]) == []


def test_our_own_cookies_never_enter_a_shared_cache(shell: str) -> None:
    """A response that deletes a visitor's cookies would delete everybody's from a cache."""
    refused = consent_pair(choices(PLAIN, statistics=Choice.REFUSED))
    fields = SHELLS[shell](Shop(fields=PUBLIC), Host(Gate(PLAIN, KEYSET)), [refused + b"; _ga=1"])
    assert set_cookies(fields)
    assert value_of(fields, b"cache-control") == b"private, max-age=60"
    assert value_of(fields, b"cdn-cache-control") is None


def test_a_page_that_depended_on_consent_is_private_without_a_key(shell: str) -> None:
    """No cache in front computes a key: only the browser may keep the page."""
    fields = SHELLS[shell](Shop(asks=["statistics"], fields=PUBLIC), Host(Gate(PLAIN, KEYSET)), [])
    assert value_of(fields, b"cache-control") == b"private, max-age=60"
    assert value_of(fields, b"vary") == b"sec-gpc"


def test_with_a_key_the_page_varies_by_consent_only(shell: str) -> None:
    """The edge computes the key from the cookie's shape; where it equals our reading the page is shareable."""
    shop = Shop(asks=["statistics"], fields=PUBLIC)
    nobody: dict[bytes, Withdrawals] = {}
    gate = Gate(KEYED, KEYSET, nobody.__getitem__)  # no account is asked about where there is none
    fields = SHELLS[shell](shop, Host(gate), [CHOSEN], {"ConsentKey": SHAPE})
    assert value_of(fields, b"vary") == b"sec-gpc, ConsentKey"
    assert fields[: len(PUBLIC)] == PUBLIC
    without = SHELLS[shell](shop, Host(Gate(KEYED, KEYSET)), [])
    assert without[: len(PUBLIC)] == PUBLIC


@pytest.mark.parametrize(
    ("cookie", "key"),
    [
        (CHOSEN, ""),
        (CHOSEN, SHAPE.replace("-", "+")),
        (CHOSEN.replace(b"-.", b"+."), SHAPE.replace("-", "+")),
        (b"cart=1", SHAPE),
    ],
)
def test_a_key_that_differs_from_our_reading_is_no_store(shell: str, cookie: bytes, key: str) -> None:
    """A client that lies to the cache about its consent poisons nothing."""
    shop = Shop(asks=["statistics"], fields=PUBLIC)
    fields = SHELLS[shell](shop, Host(Gate(KEYED, KEYSET)), [cookie], {"ConsentKey": key})
    assert value_of(fields, b"cache-control") == b"no-store"
    assert value_of(fields, b"cdn-cache-control") is None


def test_a_page_that_asked_and_lost_a_cookie_is_private_too(shell: str) -> None:
    """Without a Cache-Control of its own, the loss of a Set-Cookie must not make it cacheable, key or no key."""
    shop = Shop(asks=["statistics"], sets=[b"_ga=1"])
    fields = SHELLS[shell](shop, Host(Gate(KEYED, KEYSET)), [])
    assert value_of(fields, b"cache-control") == b"private"


def test_a_lapsed_choice_is_no_store() -> None:
    """The cache computes a key from a cookie whose choices do not count any more."""
    old = choices(KEYED, NOW.replace(year=2025), statistics=Choice.GRANTED)
    shape = consent_pair(old).partition(b"=")[2].partition(b".")[0].decode()
    shop = Shop(asks=["statistics"])
    fields = SHELLS["asgi"](shop, Host(Gate(KEYED, KEYSET)), [consent_pair(old)], {"ConsentKey": shape})
    assert value_of(fields, b"cache-control") == b"no-store"


def test_a_withdrawal_elsewhere_is_no_store() -> None:
    """The account withdrew on another device: what the cache computes from this browser's cookie is out of date."""
    tied = replace(choices(KEYED, statistics=Choice.GRANTED), account=bytes(20))
    gate = Gate(KEYED, KEYSET, {bytes(20): elsewhere({"ads": int(NOW.timestamp())})}.__getitem__)
    shape = consent_pair(tied).partition(b"=")[2].partition(b".")[0].decode()
    fields = SHELLS["asgi"](Shop(asks=["ads"]), Host(gate), [consent_pair(tied)], {"ConsentKey": shape})
    assert value_of(fields, b"cache-control") == b"no-store"


def test_a_choice_made_just_now_is_no_store() -> None:
    """The cache has computed its key from the cookie that the browser sent, not from the one it gets."""
    head = MadeHead("GET", "https", "shop.example", "/", "", [], {"consentkey": ""}.get)
    choosing = Passage(Gate(KEYED, KEYSET), head, NOW)
    choosing.choose(choices(KEYED, statistics=Choice.GRANTED))
    assert choosing.allows("statistics")
    assert value_of(release(choosing, list(PUBLIC)), b"cache-control") == b"no-store"


def test_vary_is_added_once() -> None:
    """Names already there are not repeated, and a star says all there is to say."""
    assert vary_on([(b"vary", b"Cookie, SEC-gpc")], ["Sec-GPC"]) == [(b"vary", b"Cookie, SEC-gpc")]
    assert vary_on([(b"vary", b"*")], ["Sec-GPC"]) == [(b"vary", b"*")]
    assert vary_on([(b"vary", b"Cookie,Sec-GPC")], ["Sec-GPC"]) == [(b"vary", b"Cookie,Sec-GPC")]
    assert vary_on([(b"Vary", b"A")], ["A", "B"]) == [(b"Vary", b"A"), (b"vary", b"B")]
    assert vary_on([], []) == []


def test_private_keeps_what_the_browser_may_do() -> None:
    """Directives for shared caches go, those for the browser stay, no-store is never weakened."""
    assert keep_private([(b"Cache-Control", b"s-maxage=9, max-age=5")]) == [
        (b"cache-control", b"private, max-age=5")
    ]
    assert keep_private([(b"cache-control", b"no-store")]) == [(b"cache-control", b"no-store")]
    assert keep_private([(b"cache-control", b'private="x, y", max-age=5, private-ish')]) == [
        (b"cache-control", b"private, max-age=5, private-ish")
    ]
    assert keep_private([(b"surrogate-control", b"max-age=9")]) == [(b"cache-control", b"private")]
    assert keep_nowhere([(b"cache-control", b"public"), (b"x-accel-expires", b"9")]) == [
        (b"cache-control", b"no-store")
    ]


WORDS = [
    "private",
    "PUBLIC",
    "no-store",
    "no-cache",
    "s-maxage=9",
    "max-age=5",
    'private="x, y"',
    '"',
    "\\",
    "=",
    ",",
    " ",
]
KEYS = st.sampled_from(
    [b"Cache-Control", b"cache-control", b"CDN-Cache-Control", b"x-accel-expires", b"etag"]
)
VALUES = st.lists(st.sampled_from(WORDS), max_size=6).map(lambda words: ",".join(words).encode())


@given(st.lists(st.tuples(KEYS, VALUES), max_size=3))
def test_what_is_made_private_is_private(fields: Fields) -> None:
    """Whatever stood there before, and then there is nothing more to change."""
    made = keep_private(fields)
    assert is_private(made)
    assert keep_private(made) == made
    assert is_private(keep_nowhere(fields))


def late(fields: Fields, method: str = "GET") -> tuple[bool, tuple[str, ...], int]:
    """Ask when the head has left: the answer, what is then undecided, and how often somebody was told."""
    told: list[None] = []
    gate = Gate(PLAIN, KEYSET, asked_late=lambda: told.append(None))
    head = MadeHead(method, "https", "shop.example", "/", "", [CHOSEN], lambda _name: None)
    asking = Passage(gate, head, NOW)
    release(asking, fields)
    return asking.allows("statistics"), asking.undecided(), len(told)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        PUBLIC,
        [(b"cache-control", b"max-age=60")],
        [(b"cache-control", b"no-cache")],
        [(b"cache-control", b'no-cache="set-cookie", max-age=60')],
        [(b"cache-control", b'private="x-account", max-age=60')],
        [(b"cache-control", b"private"), (b"cdn-cache-control", b"max-age=900")],
        [(b"cache-control", b"no-store"), (b"X-Accel-Expires", b"900")],
        [(b"cache-control", b"x-private")],
        [(b"cache-control", b"private"), (b"ETag", b'"product-17-v3"')],
        [(b"cache-control", b"max-age=0, private"), (b"last-modified", b"Mon, 05 Jan 2026 12:00:00 GMT")],
    ],
)
def test_who_asks_too_late_hears_no(fields: Fields) -> None:
    """A stream whose head has left without a word about consent may be anybody's, or be shown again after a no."""
    assert late(fields) == (False, ("statistics", "ads"), 2)
    assert late(fields, "HEAD")[0] is False


@pytest.mark.parametrize("private", [b"private", b"No-Store", b"max-age=5, private"])
def test_a_stream_that_nobody_shares_may_ask_at_any_time(private: bytes) -> None:
    """Nor does it matter for what no cache answers by itself: another method, a WebSocket (which has none)."""
    assert late([(b"Cache-Control", private)]) == (True, (), 0)
    assert late([(b"cache-control", b"no-store"), (b"etag", b'"product-17-v3"')]) == (True, (), 0)
    assert late([], "POST") == (True, (), 0)
    assert late([], "") == (True, (), 0)


def test_who_asked_in_time_may_ask_again() -> None:
    """The head says then that the response depends on consent."""
    head = MadeHead("GET", "https", "shop.example", "/", "", [CHOSEN], lambda _name: None)
    asking = Passage(Gate(PLAIN, KEYSET), head, NOW)
    assert asking.allows("statistics")
    assert value_of(release(asking, PUBLIC), b"cache-control") == b"private, max-age=60"
    assert asking.allows("statistics")


@pytest.mark.parametrize("policy", [PLAIN, KEYED])
def test_the_shops_validators_say_nothing_of_consent(shell: str, policy: Policy) -> None:
    """A page that asked leaves without them, or it would be told unchanged when the visitor has chosen since."""
    own = [
        (b"etag", b'"product-17-v3"'),
        (b"last-modified", b"Sun, 01 Mar 2026 11:00:00 GMT"),
        (b"x-etag", b"1"),
    ]
    asked = SHELLS[shell](Shop(asks=["statistics"], fields=own), Host(Gate(policy, KEYSET)), [])
    assert value_of(asked, b"etag") is value_of(asked, b"last-modified") is None
    assert value_of(asked, b"x-etag") == b"1"
    assert SHELLS[shell](Shop(fields=own), Host(Gate(policy, KEYSET)), []) == own
