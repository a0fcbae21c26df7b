"""The gate on responses: specs of RFC 6265bis turned into what may leave the shop."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from shopprivacy.consent.choices import Choice
from shopprivacy.gate import response_filter
from shopprivacy.gate.cookie_rules import Blocked, BlockReason, Misplaced, Shortened
from shopprivacy.gate.deletions import DELETIONS_LIMIT
from shopprivacy.gate.gate import Gate
from shopprivacy.gate.request_filter import Passage
from shopprivacy.gate.response_filter import _Kind, _Kinds, release
from tests.gate.exchange import (
    COOKIES,
    KEYSET,
    NOW,
    SHELLS,
    URL,
    Browser,
    Host,
    Shop,
    choices,
    consent_pair,
    make_policy,
    set_cookies,
    value_of,
)
from tests.http.heads import MadeHead

POLICY = make_policy()
EVERYTHING = [b"cart=1", b"_ga=2", b"ads=3", b"debug_id=4", b"_pk=5", b"_ga_X=6", b"_ga_cart=7", b"lb=8"]


@pytest.fixture(params=list(SHELLS))
def browser(request: pytest.FixtureRequest) -> Browser:
    """A visitor of a shop behind each of the two shells."""
    return Browser(Host(Gate(POLICY, KEYSET)), request.param)


def test_what_is_not_live_is_removed(browser: Browser) -> None:
    """Before any choice only essential and exempt cookies pass; undeclared names never do."""
    fields = browser.get(Shop(sets=EVERYTHING))
    assert set_cookies(fields) == [b"cart=1", b"_pk=5", b"_ga_cart=7", b"lb=8"]


def test_what_is_granted_passes(browser: Browser) -> None:
    """With consent for one purpose its cookies pass too, and no other purpose's."""
    browser.choose(choices(POLICY, statistics=Choice.GRANTED, ads=Choice.REFUSED))
    fields = browser.get(Shop(sets=EVERYTHING))
    assert set_cookies(fields) == [b"cart=1", b"_ga=2", b"_pk=5", b"_ga_X=6", b"_ga_cart=7", b"lb=8"]


def test_the_most_specific_declaration_decides(browser: Browser) -> None:
    """An essential name inside a denied wildcard passes, the rest of the wildcard does not."""
    fields = browser.get(Shop(sets=[b"_ga_cart=1", b"_ga_carts=2"]))
    assert set_cookies(fields) == [b"_ga_cart=1"]


@pytest.mark.parametrize(
    "name",
    [
        b"Set-Cookie ",
        b" set-cookie",
        b"set-cookie\t",
        b"Set-Cookie\r\n",
        b"x: 1\r\nSet-Cookie",
        b"Set-Cookie:",
        b"\x0bset-cookie",
    ],
)
def test_a_name_that_is_none_is_no_way_past(browser: Browser, name: bytes) -> None:
    """Hypercorn takes blanks off names, uvicorn sends them on in handshakes, and chromium takes them off."""
    fields = browser.get(Shop(fields=[(name, b"_ga=1"), (b"x-a", b"1")]))
    assert (b"x-a", b"1") in fields
    assert not any(b"cookie" in key.lower() for key, _ in fields)


def test_more_names_than_any_application_has_are_told_apart(browser: Browser) -> None:
    """What is kept of the names of fields has a limit, and is right beyond it."""
    others = [(b"x-%d" % number, b"1") for number in range(2000)]
    fields = browser.get(Shop(fields=[*others, (b"Set-COOKIE", b"_ga=1"), (b"set-cookie\t", b"_ga=1")]))
    assert [field for field in fields if field[0].startswith(b"x-")] == others
    assert not any(b"cookie" in key.lower() for key, _ in fields)
    assert len(response_filter._KINDS) < 2000


def test_the_kind_of_a_field_is_the_same_each_time() -> None:
    """The first time it is worked out, and then it is kept; what is no name is not worth keeping."""
    kinds = _Kinds()
    for _ in range(2):
        assert kinds[b"Set-Cookie"] is _Kind.SET_COOKIE
        assert kinds[b"content-type"] is _Kind.OTHER
        assert kinds[b"set-cookie "] is _Kind.UNNAMED
    assert set(kinds) == {b"Set-Cookie", b"content-type"}


def test_a_name_that_is_none_is_only_reported_where_nothing_is_enforced() -> None:
    """The shop learns of it, and nothing is changed."""
    gate = Gate(make_policy(mode={"cookies": "report"}), KEYSET)
    visit = Passage(gate, MadeHead("GET", "https", "shop.example", "/", "", [], lambda _name: None), NOW)
    assert release(visit, [(b"Set-Cookie ", b"_ga=1")]) == [(b"Set-Cookie ", b"_ga=1")]
    release(visit, [(b"set-cookie", b"__Host-consent=1"), (b"set-cookie", b"_ga=1")])
    assert visit.noticed == [
        Blocked("_ga", "response", BlockReason.MALFORMED),
        Blocked("__Host-consent", "response", BlockReason.RESERVED),
        Blocked("_ga", "response", BlockReason.UNDECIDED, 0),
    ]


def test_several_set_cookie_fields_are_never_joined_or_split_at_commas(browser: Browser) -> None:
    """Each field is judged alone, and a comma in a value or a date is a comma."""
    first = b"cart=1, _ga=2; Expires=Mon, 02 Mar 2026 12:00:00 GMT"
    fields = browser.get(Shop(sets=[first, b" cart=2; Path=/x", b"_ga=1, cart=2"]))
    assert set_cookies(fields) == [first, b" cart=2; Path=/x"]


def test_a_leading_space_does_not_hide_a_name(browser: Browser) -> None:
    """Django emits the field with a leading space; a denied name behind it is a denied name."""
    assert set_cookies(browser.get(Shop(sets=[b" _ga=1", b"\t_ga\t=1"]))) == []


def test_names_are_case_sensitive_and_not_decoded(browser: Browser) -> None:
    """CART and c%61rt are other names than cart, and declared nowhere."""
    assert set_cookies(browser.get(Shop(sets=[b"CART=1", b"c%61rt=1"]))) == []


def test_a_nameless_cookie_is_removed(browser: Browser) -> None:
    """Without a name there is nothing to declare; playing a prefixed cookie does not help."""
    fields = browser.get(
        Shop(sets=[b"cart", b"=cart", b"__Host-consent=x", b"=__host-consent=x", b"__SECURE-x"])
    )
    assert set_cookies(fields) == []


@pytest.mark.parametrize("field", [b"cart=\x01", b"cart=1; Path=/\x7f", b"cart=1\x00; Max-Age=0"])
def test_a_control_character_drops_the_string(field: bytes) -> None:
    """A browser ignores the string whole, a deletion too; so does the gate."""
    visit = Browser(Host(Gate(POLICY, KEYSET)), "asgi")
    assert set_cookies(visit.get(Shop(sets=[field]))) == []


@pytest.mark.parametrize(
    "deletion",
    [
        b"debug_id=; Max-Age=0",
        b"_ga=; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        b"ads=x; Max-Age=9999; Max-Age=0",
        b"ads=x; Max-Age=-1; Expires=Fri, 01 Jan 2027 00:00:00 GMT",
        b"ads=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Expires=soon",
    ],
)
def test_a_deletion_always_passes(browser: Browser, deletion: bytes) -> None:
    """Whatever the name and the choices: forgetting is allowed. It leaves without a value, plainly in the past."""
    name = deletion.partition(b"=")[0]
    browser.plant(name + b"=old; Path=/cart")
    (left,) = set_cookies(browser.get(Shop(sets=[deletion + b"; Path=/cart"])))
    assert left.startswith(name + b"=; ")
    assert left.endswith(b"; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
    assert left.count(b"Max-Age") == left.count(b"Expires") == 1
    assert browser.names() == set()


def test_a_deletion_of_what_is_allowed_keeps_its_bytes(browser: Browser) -> None:
    """An application's own log-out is not rewritten."""
    logout = b"cart=gone; Path=/; Max-Age=0; HttpOnly"
    assert set_cookies(browser.get(Shop(sets=[logout]))) == [logout]


@pytest.mark.parametrize(
    "disguised",
    [
        b"_ga=1; Max-Age=0; Max-Age=9999",
        b"_ga=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60",
        b"_ga=1; Max-Age=0x0",
        b"_ga=1; xMax-Age=0",
    ],
)
def test_a_set_that_looks_like_a_deletion_does_not_pass(browser: Browser, disguised: bytes) -> None:
    """The effective expiry decides, not the first attribute that looks like one."""
    assert set_cookies(browser.get(Shop(sets=[disguised]))) == []


def test_the_application_cannot_delete_or_set_the_consent_cookie(browser: Browser) -> None:
    """An application that clears all cookies at log-out must not lose an opt-out."""
    fields = browser.get(
        Shop(sets=[b"__Host-consent=; Max-Age=0; Path=/; Secure", b"__Host-consent=a.b; Path=/"])
    )
    assert set_cookies(fields) == []


def test_lifetimes_are_clamped_to_the_declared_life(browser: Browser) -> None:
    """A life longer than declared is cut, a session cookie loses its expiry, a shorter life keeps its bytes."""
    fields = browser.get(
        Shop(
            sets=[
                b"cart=1; Path=/; Max-Age=99999999; HttpOnly",
                b"cart=2; Expires=Fri, 01 Jan 2100 00:00:00 GMT",
                b"lb=3; Max-Age=60; Path=/",
                b"cart=4; Max-Age=60",
            ]
        )
    )
    days = 30 * 86400
    assert set_cookies(fields) == [
        b"cart=1; Path=/; HttpOnly; Max-Age=%d" % days,
        b"cart=2; Max-Age=%d" % days,
        b"lb=3; Path=/",
        b"cart=4; Max-Age=60",
    ]


def test_no_cookie_outlives_400_days() -> None:
    """A longer declared life is cut to what browsers keep (rfc6265bis-22, section 5.5)."""
    policy = make_policy(cookies={"cart": {"essential": True, "life": "3 years"}})
    fields = Browser(Host(Gate(policy, KEYSET)), "asgi").get(Shop(sets=[b"cart=1; Max-Age=999999999"]))
    assert set_cookies(fields) == [b"cart=1; Max-Age=%d" % (400 * 86400)]


def test_a_blocked_cookie_is_reported_with_its_reason(browser: Browser) -> None:
    """The developer learns each name and why; values are not told."""
    browser.choose(choices(POLICY, ads=Choice.REFUSED))
    browser.get(
        Shop(sets=[b"debug_id=secret", b"_ga=secret", b"ads=secret", b"cart=\x01secret", b"secret\x01"])
    )
    reported = browser.host.reported
    assert reported == [
        ("debug_id", BlockReason.UNDECLARED.name),
        ("_ga", BlockReason.UNDECIDED.name),
        ("ads", BlockReason.DENIED.name),
        ("cart", BlockReason.MALFORMED.name),
        ("", BlockReason.MALFORMED.name),
    ]
    assert "secret" not in str(reported)


def test_report_mode_changes_nothing_and_tells_everything() -> None:
    """How an existing shop starts: the same bytes both ways, and the whole list of what would be held back."""
    policy = make_policy(mode={"cookies": "report"})
    shop = Shop(sets=[b"_ga=1; Max-Age=999999999", b"debug_id=1", b"cart=\x01", b"cart=1; Max-Age=999999999"])
    for shell in SHELLS:
        browser = Browser(Host(Gate(policy, KEYSET)), shell)
        sent = b"_ga=1; _other=2; a=1 b=2; " + consent_pair(choices(policy, statistics=Choice.REFUSED))
        fields = SHELLS[shell](shop, browser.host, [sent])
        assert shop.seen == sent
        assert set_cookies(fields) == list(shop.sets)
        assert {name for name, _ in browser.host.reported} == {"_ga", "_other", "a", "debug_id", "cart"}


# What narrows, and what could not be deleted


@pytest.mark.parametrize("mode", ["enforce", "report"])
@pytest.mark.parametrize(
    ("sets", "noticed"),
    [
        (b"cart=1; Max-Age=31536000", Shortened("cart", 31_536_000, 2_592_000)),
        (b"cart=1; Expires=Mon, 01 Mar 2027 12:00:00 GMT", Shortened("cart", 31_536_000, 2_592_000)),
        (b"_ga=1; Max-Age=99999999", Shortened("_ga", 34_560_000, 34_214_400)),
        (b"_ga=1; Max-Age=99999999999", Shortened("_ga", 34_560_000, 34_214_400)),
        (b"lb=1; Max-Age=60", Shortened("lb", 60, None)),
        (b"_ga=1; Path=/cart", Misplaced("_ga", "paths")),
        (b"_ga=1; Path=/; Partitioned", Misplaced("_ga", "partitioned")),
        (b"_ga_X=1; Path=/cart/", Misplaced("_ga_*", "paths")),
    ],
)
def test_what_narrows_is_told(mode: str, sets: bytes, noticed: object) -> None:
    """A life that is cut, and a path or partition where no withdrawal could delete, in both modes."""
    policy = make_policy(mode={"cookies": mode})
    for shell in SHELLS:
        browser = Browser(Host(Gate(policy, KEYSET)), shell)
        browser.choose(choices(policy, statistics=Choice.GRANTED))
        browser.get(Shop(sets=[sets]))
        assert browser.host.noticed == [noticed]


@pytest.mark.parametrize(
    "sets",
    [
        b"cart=1",
        b"cart=1; Max-Age=0",
        b"cart=1; Path=/cart",  # essential: nothing deletes it
        b"_ga=1; Path=/; Max-Age=3600",
        b"_ga=1; Domain=example; Path=/",
        b"_ga=1; Path=x",  # as if it had none
    ],
)
def test_what_is_as_declared_is_not_told(browser: Browser, sets: bytes) -> None:
    """A cookie within its declared life, and where the gate can delete it, is nobody's news."""
    browser.choose(choices(POLICY, statistics=Choice.GRANTED))
    browser.get(Shop(sets=[sets]))
    assert browser.host.noticed == []


def test_a_second_beyond_the_declared_life_is_not_told() -> None:
    """The shop's clock writes a date moments after ours was read; the browser's own limit is no news either."""
    policy = make_policy(
        cookies={"a": {"essential": True, "life": "1 day"}, "b": {"essential": True, "life": "2 years"}}
    )
    browser = Browser(Host(Gate(policy, KEYSET)), "wsgi")
    browser.get(Shop(sets=[b"a=1; Max-Age=86402", b"b=1; Max-Age=63072000"]))
    assert browser.host.noticed == []


def test_a_cookie_without_path_lies_in_the_folder_of_the_page() -> None:
    """What the browser derives from the address counts, the place where the shop is mounted included."""
    for url, told in (
        ("https://www.shop.example/x", 0),
        ("https://www.shop.example/x/y", 1),
        ("https://www.shop.example/x/", 1),
    ):
        browser = Browser(Host(Gate(POLICY, KEYSET)), "asgi")
        browser.choose(choices(POLICY, statistics=Choice.GRANTED))
        browser.get(Shop(sets=[b"_ga=1"]), url=url)
        assert len(browser.host.noticed) == told, url


# Expiring what was refused


def test_a_declared_cookie_is_expired_after_refusal_in_that_very_response(browser: Browser) -> None:
    """The browser still sends it, the visitor has said no: one response later the jar is empty of it."""
    browser.plant(
        b"_ga=1; Path=/", b"_ga_X=1; Path=/; Domain=shop.example", b"ads=1; Path=/; Domain=www.shop.example"
    )
    browser.choose(choices(POLICY, statistics=Choice.REFUSED, ads=Choice.WITHDRAWN))
    browser.get(Shop())
    assert browser.names() == set()


def test_an_undeclared_cookie_is_hidden_but_never_expired(browser: Browser) -> None:
    """It may belong to a load balancer or to a sister site on the same domain."""
    browser.plant(b"sister=1; Domain=shop.example")
    browser.choose(choices(POLICY, statistics=Choice.REFUSED, ads=Choice.REFUSED))
    shop = Shop()
    browser.get(shop)
    assert shop.seen is None
    assert browser.names() == {"sister"}


def test_a_deletion_fans_out_over_hosts_domains_and_paths(browser: Browser) -> None:
    """Host-only, each parent domain, each declared path, all in one response; no other shop's domain is named."""
    browser.plant(
        b"ads=1; Path=/",
        b"ads=2; Path=/; Domain=www.shop.example",
        b"ads=3; Path=/; Domain=shop.example",
        b"ads=4; Path=/shop",
        b"ads=5; Path=/shop; Domain=shop.example",
        url="https://www.shop.example/shop/1",
    )
    browser.choose(choices(POLICY, ads=Choice.REFUSED))
    fields = browser.get(Shop(), "https://www.shop.example/shop/1")
    assert browser.names() == set()
    assert b"; Domain=example.shop.example" not in b"".join(set_cookies(fields))


def test_prefixed_and_partitioned_cookies_are_deleted_in_the_form_browsers_accept(browser: Browser) -> None:
    """__Host- and __Secure- deletions carry Secure, the former no Domain; partitioned ones carry Partitioned."""
    browser.plant(
        b"__Host-ad=1; Path=/; Secure", b"__Secure-ad=1; Path=/; Secure; Partitioned; SameSite=None"
    )
    browser.choose(choices(POLICY, ads=Choice.REFUSED))
    fields = set_cookies(browser.get(Shop()))
    assert browser.names() == set()
    for_host = [f for f in fields if f.startswith(b"__Host-ad")]
    assert len(for_host) == 1
    assert b"Domain" not in for_host[0]
    assert all(b"Secure" in f for f in fields)
    assert any(b"Partitioned" in f for f in fields if f.startswith(b"__Secure-ad"))


def test_at_most_4_kb_are_added_and_the_rest_follows(browser: Browser) -> None:
    """More deletions than fit go out with the next responses, until none is left."""
    policy = make_policy(
        cookies={
            f"ads{number}": {"purpose": "ads", "life": "1 day", "paths": ["/", "/cart"]}
            for number in range(30)
        }
    )
    browser.host.gate = Gate(policy, KEYSET)
    for number in range(30):
        for place in ("/", "/cart", "/; Domain=shop.example", "/cart; Domain=www.shop.example"):
            browser.plant(f"ads{number}=1; Path={place}".encode())
    browser.choose(choices(policy, ads=Choice.REFUSED))
    rounds = 0
    while browser.names():
        fields = browser.get(Shop())
        assert sum(len(value) + len("set-cookie: \r\n") for value in set_cookies(fields)) <= DELETIONS_LIMIT
        browser.host.time += timedelta(milliseconds=700)
        rounds += 1
        assert rounds < 60
    assert rounds > 1


def test_only_paths_that_the_cookie_can_lie_on_are_tried(browser: Browser) -> None:
    """A browser sends a cookie to the paths below its own; where none of the declared matches, all are tried."""
    browser.choose(choices(POLICY, ads=Choice.REFUSED))
    browser.plant(b"ads=1; Path=/cart")
    fields = set_cookies(browser.get(Shop()))
    assert fields
    assert not any(b"Path=/shop" in field for field in fields)
    policy = make_policy(cookies={"ads": {"purpose": "ads", "life": "1 day", "paths": ["/a", "/b/"]}})
    browser.host.gate = Gate(policy, KEYSET)
    browser.choose(choices(policy, ads=Choice.REFUSED))
    browser.plant(b"ads=1; Path=/cart")
    fields = set_cookies(browser.get(Shop()))
    assert {b"/a", b"/b/"} == {field.partition(b"Path=")[2].partition(b";")[0] for field in fields}


def test_nothing_is_expired_for_an_unknown_visitor(browser: Browser) -> None:
    """A payment return by cross-site POST comes without Lax cookies: strip, but do not expire."""
    browser.plant(b"_ga=1; Path=/")
    shop = Shop()
    assert set_cookies(browser.get(shop)) == []
    assert shop.seen is None
    assert browser.names() == {"_ga"}


def test_a_choice_from_a_newer_policy_expires_nothing() -> None:
    """During a rolling deploy an older worker strips what it does not know and deletes nothing."""
    newer = make_policy(effective=date(2026, 2, 1))
    same_day = make_policy(cookies={**COOKIES, "extra": {"purpose": "ads", "life": "1 day"}})
    for policy in (newer, same_day):
        browser = Browser(Host(Gate(POLICY, KEYSET)), "asgi")
        browser.plant(b"_ga=1; Path=/")
        browser.choose(choices(policy, statistics=Choice.REFUSED))
        shop = Shop()
        browser.get(shop)
        assert shop.seen is None
        assert browser.names() == {"_ga"}


def test_a_choice_from_an_older_policy_still_expires() -> None:
    """A refusal given under last year's version of the same purpose is a refusal."""
    older = make_policy(effective=date(2025, 2, 1))
    browser = Browser(Host(Gate(POLICY, KEYSET)), "asgi")
    browser.plant(b"_ga=1; Path=/")
    browser.choose(choices(older, statistics=Choice.REFUSED))
    browser.get(Shop())
    assert browser.names() == set()


def test_no_parent_domain_of_an_address_or_a_single_label(browser: Browser) -> None:
    """Deletions for an address or for localhost name no domain."""
    for url in ("http://127.0.0.1:8000/", "http://localhost/", "http://[::1]:8000/"):
        browser.plant(b"_ga=1; Path=/", url=url)
        browser.plant(consent_pair(choices(POLICY, statistics=Choice.REFUSED)) + b"; Path=/; Secure", url=url)
        fields = set_cookies(browser.get(Shop(), url))
        assert len(fields) == 1
        assert b"Domain" not in fields[0]


@pytest.mark.parametrize("url", [URL, "https://www.shop.example/"])
def test_the_response_of_the_application_stays_as_it_is(browser: Browser, url: str) -> None:
    """Where nothing is to be done, the fields leave as they came, in their order."""
    fields = [(b"content-type", b"text/html"), (b"x-a", b"1"), (b"x-a", b"2")]
    assert browser.get(Shop(fields=fields), url) == fields


def test_a_deletion_that_does_not_fit_is_left_out() -> None:
    """A name longer than browsers keep cannot be in a jar; it keeps no other deletion from leaving."""
    browser = Browser(Host(Gate(POLICY, KEYSET)), "asgi")
    refused = consent_pair(choices(POLICY, statistics=Choice.REFUSED))
    long = b"_ga_" + b"x" * 5000
    fields = SHELLS["asgi"](Shop(), browser.host, [long + b"=1; _ga=1", refused])
    assert set_cookies(fields)
    assert all(value.startswith(b"_ga=;") for value in set_cookies(fields))


@pytest.mark.parametrize(
    "host",
    [
        "a." * 3900 + "nl",
        ".".join(["a" * 64, "nl"]),
        ".".join(["abcdefgh"] * 40),
        "caf\xe9.nl",
        "x.evil; Secure",
        "x.evil\t",
        "-a.nl",
        "a..nl",
        ".nl",
        "",
    ],
)
def test_a_host_that_is_none_belongs_to_no_domain(host: str) -> None:
    """The Host field is the client's: it costs nothing, breaks nothing, and puts nothing into our cookies."""
    chosen = consent_pair(choices(POLICY, statistics=Choice.REFUSED))
    cookies = b"; ".join([chosen, *(b"_ga_%d=1" % number for number in range(600))])
    head = MadeHead("GET", "https", host, "/", "", [cookies], lambda _name: None)
    fields = set_cookies(release(Passage(Gate(POLICY, KEYSET), head, NOW), []))
    assert 30 < len(fields) < 60
    assert not any(b"Domain" in field or b"evil" in field for field in fields)


def test_an_unpartitioned_copy_is_deleted_too(browser: Browser) -> None:
    """A shop that moved to partitioned cookies leaves older copies behind in browsers."""
    browser.plant(b"__Secure-ad=1; Path=/; Secure")
    browser.choose(choices(POLICY, ads=Choice.REFUSED))
    browser.get(Shop())
    assert browser.names() == set()


def test_an_editorial_change_of_the_policy_keeps_expiring() -> None:
    """A corrected address on the same day is no other version of what the browser decided about."""
    corrected = make_policy(controller={"name": "Shop", "address": "Street 2", "email": "p@shop.example"})
    browser = Browser(Host(Gate(corrected, KEYSET)), "wsgi")
    browser.plant(b"_ga=1; Path=/")
    browser.choose(choices(POLICY, statistics=Choice.REFUSED))
    browser.get(Shop())
    assert browser.names() == set()


# The other header that deletes cookies


@pytest.mark.parametrize(
    ("field", "left"),
    [
        (b'"cookies"', None),
        (b'"cache", "cookies", "storage"', b'"cache", "storage"'),
        (b'"storage" ,"cookies"', b'"storage"'),
        (
            b'"*"',
            b'"cache", "clientHints", "executionContexts", "prefetchCache", "prerenderCache", "storage"',
        ),
        (b'"cache"', b'"cache"'),
    ],
)
@pytest.mark.parametrize("mode", ["enforce", "report"])
def test_an_opt_out_outlives_the_shops_log_out(
    browser: Browser, field: bytes, left: bytes | None, mode: str
) -> None:
    """Clear-Site-Data takes all cookies that the policy knows, and not the consent cookie."""
    policy = make_policy(mode={"cookies": mode})
    browser.host.gate = Gate(policy, KEYSET)
    browser.choose(choices(policy, counting=Choice.REFUSED, statistics=Choice.GRANTED))
    browser.plant(
        b"cart=1; Path=/", b"_ga=1; Domain=shop.example", b"nobodys=1; Path=/", b"ads=1; Path=/shop"
    )
    before = browser.names()
    fields = browser.get(Shop(fields=[(b"Clear-Site-Data", field)], sets=[b"lb=new; Path=/"]))
    assert value_of(fields, b"clear-site-data") == left
    kept = {"lb"} if field != b'"cache"' else {*before, "lb"}
    assert browser.names() == kept
    seen = Shop(asks=["counting", "statistics"])
    browser.get(seen)
    assert seen.answers == {"counting": False, "statistics": True}


def test_a_log_out_takes_the_session_whatever_else_there_is(browser: Browser) -> None:
    """Of more deletions than one response carries, those of essential cookies are first, then one of each cookie."""
    many = {f"t{number}": {"purpose": "statistics", "life": "1 year"} for number in range(30)}
    browser.host.gate = Gate(
        make_policy(cookies={**many, "session": {"essential": True, "life": "session"}}), KEYSET
    )
    for name in [*many, "session"]:
        browser.plant(f"{name}=1; Path=/".encode())
    browser.plant(b"session=2; Path=/; Domain=shop.example")
    browser.get(Shop(fields=[(b"clear-site-data", b'"cookies"')]))
    assert browser.names() == set()
