"""What becomes of a response: a page view, a step, both or neither, and what is told of it at each level."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.analytics.building import Building, ViewWithoutEvent
from shopprivacy.analytics.event import ConsentedEvent, Event, ExemptEvent, Hour, line
from shopprivacy.analytics.event_rules import EventRules, event_rules
from shopprivacy.analytics.sighting import FIELD_NAMES, Allowed, Route, Sighting
from shopprivacy.policy import Policy
from tests.policy.files import base_with

AT = datetime(2026, 11, 29, 14, 37, 5, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
HTML = ((b"Content-Type", b"text/html; charset=utf-8"),)
COUNTING: Mapping[str, Any] = {
    "counting": {"basis": "legitimate_interest", "interest": "knowing what works", "keep": "13 months"}
}


def policy_with(**analytics: object) -> Policy:
    """A policy that counts."""
    return Policy(**base_with(purposes=COUNTING, analytics={"purpose": "counting", **analytics}))


def rules(**analytics: object) -> EventRules:
    """The rules of one."""
    found = event_rules(policy_with(**analytics))
    assert found is not None
    return found


def seen(
    *,
    allowed: Allowed = Allowed.EXEMPT,
    method: str = "GET",
    status: int = 200,
    route: Route | None = ("/products/<slug>", {"slug": "teapot"}),
    answered: tuple[tuple[bytes, bytes], ...] = HTML,
    path: str = "/products/teapot",
    query: str = "",
    as_bytes: bool = False,
    **fields: str | None,
) -> Sighting:
    """A response to a browser; fields of the request are named with underscores."""
    sent: dict[str, str | None] = {
        "host": "shop.example",
        "user-agent": FIREFOX,
        "sec-fetch-site": "same-origin",
    }
    sent |= {name.replace("_", "-"): value for name, value in fields.items()}
    values = [sent.get(name) for name in FIELD_NAMES]
    told = [value.encode() if value is not None and as_bytes else value for value in values]
    return Sighting(
        AT, allowed, None, method, path, status, 0.0129, route, query, told, answered, "203.0.113.77"
    )


def built(sighting: Sighting, **analytics: object) -> list[Event | ViewWithoutEvent]:
    """What is written of it."""
    return [*Building(rules(**analytics))(sighting)]


def one(sighting: Sighting, **analytics: object) -> Event:
    """The one event of it."""
    [event] = built(sighting, **analytics)
    assert not isinstance(event, ViewWithoutEvent)
    return event


def test_a_page_view() -> None:
    """All that an exempt event of a page view says, whether the server gave text or bytes."""
    for as_bytes in (True, False):
        event = one(
            seen(accept_language="nl-BE,nl;q=0.9", as_bytes=as_bytes, query="utm_source=spring&utm_term=x"),
            keep_params=["slug", "other"],
            campaigns=["spring"],
        )
        assert isinstance(event, ExemptEvent)
        assert (event.event, str(event.time)) == ("page", "2026-11-29T14:00:00Z")
        assert (event.site, event.route, event.parameters) == (
            "shop.example",
            "/products/{slug}",
            {"slug": "teapot"},
        )
        assert (event.status, event.duration, event.entry, event.referrer) == (200, 12, False, None)
        assert (event.campaign, event.browser, event.device, event.language) == (
            {"source": "spring"}, "Firefox/128", "desktop", "nl",
        )  # fmt: skip


def test_a_consented_event() -> None:
    """It says the minute, and the visitor where one can be told."""
    asked: list[object] = []

    def visitor_of(*told: object) -> str:
        asked.extend(told)
        return "0123456789abcdef"

    [event] = Building(rules(visitor="statistics"), visitor_of)(seen(allowed=Allowed.CONSENTED))
    assert isinstance(event, ConsentedEvent)
    assert (str(event.time), event.visitor) == ("2026-11-29T14:37:00Z", "0123456789abcdef")
    assert asked == [AT.date(), "203.0.113.77", "Firefox/128", "desktop", "shop.example"]
    few = one(seen(allowed=Allowed.CONSENTED), visitor="statistics", fields=["route"])
    assert isinstance(few, ConsentedEvent)
    assert (few.visitor, few.browser, few.route) == (None, None, "/products/{slug}")


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, True),
        ({"sec_fetch_dest": "document"}, True),
        ({"sec_fetch_dest": "empty"}, False),
        ({"sec_fetch_dest": "iframe"}, False),
        ({"sec_fetch_dest": "empty", "x_turbo_request_id": "1"}, True),
        ({"sec_fetch_dest": "empty", "x_turbo_request_id": "1", "turbo_frame": "a"}, False),
        ({"sec_fetch_dest": "empty", "hx_request": "true", "hx_boosted": "true"}, True),
        ({"sec_fetch_dest": "empty", "hx_request": "true"}, False),
        (
            {"sec_fetch_dest": "empty", "hx_request": "true", "hx_boosted": "true", "hx_preloaded": "true"},
            False,
        ),
        ({"hx_request": "true"}, False),
        ({"x_requested_with": "XMLHttpRequest"}, False),
        ({"sec_purpose": "prefetch;prerender"}, False),
        ({"purpose": "prefetch"}, False),
        ({"x_moz": "prefetch"}, False),
        ({"x_sec_purpose": "prefetch"}, False),
        ({"x_purpose": "preview"}, False),
        ({"user_agent": ""}, False),
        ({"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, False),
        ({"user_agent": "Mozilla/5.0 HeadlessChrome/120.0"}, False),
        ({"user_agent": "JanJansenBot/1.0"}, True),
    ],
)
def test_what_is_a_page_view(fields: dict[str, Any], counts: bool) -> None:  # a table
    """Navigations and swaps of a page are; parts of pages, prefetches and robots are not."""
    assert bool(built(seen(**fields))) is counts


def test_long_fields_are_read_in_part() -> None:
    """What no browser writes so long is neither searched to its end nor remembered whole."""
    told = one(
        seen(
            user_agent=f"Mozilla/5.0 {'x' * 60_000} Firefox/128.0",
            accept_language=f"{'de,' * 20_000}fr",
            referer=f"https://search.example/{'x' * 60_000}",
            sec_fetch_site="cross-site",
            route=("/<slug>", {"slug": "a-" * 30_000}),
        ),
        keep_params=["slug"],
    )
    assert (told.browser, told.language, told.referrer, told.parameters) == (
        "other",
        "nl",
        "search.example",
        {"slug": "-"},
    )


def test_names_of_strangers_are_other() -> None:
    """A browser that nobody knows is in no event by its own name."""
    event = one(seen(user_agent="JanJansenBot/1.0"))
    assert (event.browser, event.device) == ("other", "other")
    assert one(seen(user_agent="Nobody/1.0 (Mobile)")).device == "phone"


@pytest.mark.parametrize(
    ("status", "method", "fields", "counts"),
    [
        (404, "GET", {}, True),
        (500, "POST", {"sec_fetch_dest": "document"}, True),
        (503, "GET", {"sec_fetch_dest": "empty"}, False),
        (404, "GET", {"sec_purpose": "prefetch"}, False),
        (404, "GET", {"user_agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}, False),
        (422, "POST", {}, False),
    ],
)
def test_failures(status: int, method: str, fields: Any, counts: bool) -> None:
    """A navigation or a form that is answered with an error is an event of its own, no view and no step."""
    found = built(seen(status=status, method=method, route=("/cart", {}), **fields), funnel=["GET /cart"])
    assert [(event.event, event.status) for event in found if isinstance(event, ExemptEvent)] == (
        [("failure", status)] if counts else []
    )
    assert built(seen(status=status, method=method, allowed=Allowed.NOTHING, **fields)) == []


@pytest.mark.parametrize(
    ("status", "answered", "counts"),
    [
        (200, HTML, True),
        (200, ((b"content-type", b"application/xhtml+xml"),), True),
        (200, ((b"content-type", b"image/png"),), False),
        (200, (), False),
        (302, HTML, False),
    ],
)
def test_which_answers_are_pages(
    status: int, answered: tuple[tuple[bytes, bytes], ...], counts: bool
) -> None:
    """HTML with status 200."""
    assert bool(built(seen(status=status, answered=answered))) is counts


def test_a_page_that_has_not_changed() -> None:
    """304 says no type: it is a view where the route is known to answer with HTML, and not before."""
    building = Building(rules())
    assert not [*building(seen(status=304, answered=()))]
    assert [*building(seen())]
    assert [*building(seen(status=304, answered=()))]
    [event] = building(seen(route=None))
    assert not isinstance(event, ViewWithoutEvent)
    assert event.route == "-"
    assert not [*building(seen(status=304, answered=(), route=None))]


@pytest.mark.parametrize(
    ("fields", "entry", "referrer"),
    [
        ({"sec_fetch_site": "none"}, True, None),
        ({"sec_fetch_site": "cross-site", "referer": "https://Search.example/?q=x"}, True, "search.example"),
        ({"sec_fetch_site": "cross-site", "referer": "https://pay.example/"}, False, None),
        ({"sec_fetch_site": "cross-site", "referer": "https://eu.bank.example/"}, False, None),
        ({"sec_fetch_site": "cross-site", "referer": "https://203.0.113.77/"}, True, "-"),
        ({"sec_fetch_site": "cross-site", "referer": "https://[2001:db8::1]/"}, True, "-"),
        ({"sec_fetch_site": "cross-site", "referer": "https://[/"}, True, "-"),
        ({"sec_fetch_site": "same-site"}, False, None),
        ({"sec_fetch_site": "same-origin", "referer": "https://shop.example/"}, False, None),
    ],
)
def test_entries(fields: dict[str, Any], entry: bool, referrer: str | None) -> None:  # a table
    """Whoever comes from elsewhere or types the address begins a visit; whoever returns from paying does not."""
    event = one(seen(**fields), not_entry=["pay.example", "*.bank.example"])
    assert (event.entry, event.referrer) == (entry, referrer)


def test_entries_of_browsers_that_say_little() -> None:
    """Without Sec-Fetch-Site the referrer decides."""
    sent = {"host": "shop.example:8000", "user-agent": FIREFOX}
    for referer, entry in (
        (None, True),
        ("https://shop.example/x", False),
        ("https://search.example/", True),
    ):
        told = [(sent | {"referer": referer}).get(name) for name in FIELD_NAMES]
        event = one(seen()._replace(fields=told))
        assert event.entry is entry


def test_a_return_from_an_essential_third_party_is_no_entry() -> None:
    """What the shop cannot do without is no elsewhere."""
    policy = policy_with().changed(
        third_parties={
            "pay": {"purpose": "orders", "hosts": ["pay.example"], "kinds": ["frame"]},
            "ads": {"purpose": "statistics", "hosts": ["ads.example"], "kinds": ["img"]},
        }
    )
    found = event_rules(policy)
    assert found is not None
    assert found.is_no_entry("pay.example")
    assert not found.is_no_entry("ads.example")


@pytest.mark.parametrize(
    ("method", "status", "names"),
    [
        ("GET", 200, ["page", "GET /checkout"]),
        ("GET", 303, ["GET /checkout"]),
        ("GET", 404, ["failure"]),
        ("POST", 303, ["POST /checkout"]),
        ("POST", 200, []),
        ("POST", 422, []),
        ("POST", 500, ["failure"]),
    ],
)
def test_steps(method: str, status: int, names: list[str]) -> None:
    """A step by route counts with 2xx or 3xx to GET, with 3xx to POST: an invalid form answers with itself."""
    events = built(
        seen(method=method, status=status, route=("/<lang>/checkout/", {})),
        funnel=["GET /checkout", "POST /checkout"],
    )
    assert [event.event for event in events if not isinstance(event, ViewWithoutEvent)] == names


def test_who_may_not_be_counted() -> None:
    """Of a page view one number goes up; of anything else nothing is left."""
    [nothing] = built(seen(allowed=Allowed.NOTHING))
    assert nothing == ViewWithoutEvent(AT.date())
    assert (
        built(seen(allowed=Allowed.NOTHING, method="POST", status=303), funnel=["POST /products/{slug}"])
        == []
    )
    assert built(seen(allowed=Allowed.NOTHING)._replace(event="order"), events=["order"]) == []


def test_excluded_paths() -> None:
    """The library's own, operators' and those that the policy names are not counted, in any language."""
    for path in ("/privacy", "/u/x", "/admin/mailing", "/nl/admin", "/static/a", "/kiosk/1"):
        assert built(seen(path=path), exclude=["/kiosk/"]) == []
    assert built(seen(path="/kiosks"), exclude=["/kiosk"])
    links = policy_with().changed(mail={"url": "https://shop.example/winkel/off/"})
    found = event_rules(links)
    assert found is not None
    assert found.is_excluded("/winkel/off/abc")


def test_what_code_counts() -> None:
    """An event of code stands in its request, or says its name and the hour."""
    inside = one(seen()._replace(event="order", status=None, duration=None), events=["order"])
    assert (inside.event, inside.route, inside.status) == ("order", "/products/{slug}", None)
    outside = one(Sighting(AT, Allowed.EXEMPT, "order"), events=["order"])
    assert line(outside) == b'{"time":"2026-11-29T14:00:00Z","event":"order"}\n'


@pytest.mark.parametrize(
    ("agent", "method", "fields", "told"),
    [
        ("", "POST", {}, "exempt"),
        ("Go-http-client/2.0", "POST", {}, "exempt"),
        ("Payments/1.0 (+https://pay.example)", "POST", {}, "exempt"),
        ("Payments/1.0 (+https://pay.example)", "POST", {"sec_fetch_site": "same-origin"}, "whole"),
        (FIREFOX, "POST", {}, "whole"),
        ("Googlebot/2.1", "GET", {}, None),
        ("", "GET", {}, None),
    ],
)
def test_what_code_counts_in_a_webhook(agent: str, method: str, fields: Any, told: str | None) -> None:
    """A program that posts is no visitor: the order that it reports is counted, and says its name and the hour."""
    fields = {"sec_fetch_site": None, "sec_fetch_dest": None, **fields}
    sighting = seen(user_agent=agent, method=method, allowed=Allowed.CONSENTED, **fields)
    found = built(sighting._replace(event="order"), events=["order"])
    assert found == ([ExemptEvent(Hour.of(AT.timestamp()), "order")] if told == "exempt" else found[:1])
    assert bool(found) is (told is not None)
    assert built(sighting._replace(event="order", allowed=Allowed.NOTHING), events=["order"]) == []


@pytest.mark.parametrize(
    "slug", ["vaas-delta-handgemaakt-keramiek-groot", "8712345678906", "1764428400123", "A_1.~"]
)
def test_parameters_of_products_stay(slug: str) -> None:
    """Slugs, article numbers and the like."""
    assert one(seen(route=("/p/<slug>", {"slug": slug})), keep_params=["slug"]).parameters == {"slug": slug}


def test_parameters_that_logs_keep() -> None:
    """What ``logs.keep`` leaves in logs, an event keeps, too; but no whole address, however many bits logs keep."""
    policy = policy_with(keep_params=["slug"], ipv4=32).changed(logs={"keep": ["/art-[A-Za-z0-9]{32}/"]})
    said = event_rules(policy)
    assert said is not None
    for slug, kept in (
        ("art-Zk3vQ9xT7pLw2RbN8sYc4HdF6gJm1KaE", True),
        ("Zk3vQ9xT7pLw2RbN8sYc4HdF6gJm1KaE", False),
        ("203.0.113.77", False),
    ):
        [event] = Building(said)(seen(route=("/p/<slug>", {"slug": slug})))
        assert not isinstance(event, ViewWithoutEvent)
        assert event.parameters == {"slug": slug if kept else "-"}


@pytest.mark.parametrize(
    "host",
    [
        *("203.0.113.77", "203.0.113.77.", "[2001:db8::1]", "3405803853", "0xcb007f4d", "0xcb.0.113.77"),
        *("84-12-33-1.dynamic.isp.example", "77.113.0.203.in-addr.arpa", "203.0.113.77.nip.example"),
        "ip-203-0-113-77.cloud.example",
    ],
)
def test_a_referrer_is_no_address(host: str) -> None:
    """Nor a host that browsers take for one, or that is named after one."""
    event = one(seen(sec_fetch_site="cross-site", referer=f"https://{host}/"))
    assert (event.entry, event.referrer) == (True, "-")


@pytest.mark.parametrize(
    "value",
    [
        *("an@example.nl", "x" * 101, "a b", "é", "203.0.113.77", "84-12-33-1.dynamic.isp.example"),
        *("NL91ABNA0417164300", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW4ifQ.c2lnbmF0dXJl", "YW5AZXhhbXBsZS5ubA"),
        "Zk3vQ9xT7pLw2RbN8sYc4HdF6gJm1KaE",
    ],
)
def test_parameters_are_plain_words(value: str) -> None:
    """What a client may have written into a path is in no event."""
    assert one(seen(route=("/p/<slug>", {"slug": value})), keep_params=["slug"]).parameters == {"slug": "-"}


def test_a_policy_without_a_purpose_counts_nothing() -> None:
    """Left out: no events."""
    assert event_rules(Policy(**base_with())) is None


TEXTS = st.text(st.characters(max_codepoint=255), max_size=30)


SENT = {
    **{name: st.none() | TEXTS for name in FIELD_NAMES},
    "user-agent": st.just(FIREFOX) | TEXTS,
    **dict.fromkeys(("sec-fetch-dest", "turbo-frame", "hx-request", "x-requested-with"), st.none()),
}
"""What a client may send; a browser whose pages count, in half of all cases, for else no event would be looked at."""


@given(st.fixed_dictionaries(SENT), TEXTS, TEXTS, st.sampled_from(Allowed))
def test_whatever_is_sent(fields: dict[str, str | None], query: str, slug: str, allowed: Allowed) -> None:
    """Whatever a client sends, no event holds a field above its level, an address, or more than closed lists."""
    sighting = seen(allowed=allowed, query=query, route=("/p/<slug>", {"slug": slug}))
    said = rules(keep_params=["slug"], visitor="statistics")
    building = Building(said, lambda *_: "0123456789abcdef")
    assert (
        fields["user-agent"] != FIREFOX
        or "pre" in str(fields).lower()
        or [*building(_with(sighting, fields))]
    )
    for event in building(_with(sighting, fields)):
        if isinstance(event, ViewWithoutEvent):
            assert allowed is Allowed.NOTHING
            continue
        written = line(event)
        assert (b"visitor" in written) is (allowed is Allowed.CONSENTED)
        assert isinstance(event, ConsentedEvent) is (allowed is Allowed.CONSENTED)
        assert b"@" not in written
        assert b"203.0.113" not in written


def _with(sighting: Sighting, fields: Mapping[str, str | None]) -> Sighting:
    return sighting._replace(fields=[fields[name] for name in FIELD_NAMES])
