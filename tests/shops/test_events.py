"""Events in each shop: what a visit leaves, at which level, and who is not counted."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
from examples.shop.options import DEMO_POLICY

from tests.shops.actions import answer_banner, fill_cart, from_every_worker, move_clock, new_address, order
from tests.shops.conftest import SHOPS, StartShop
from tests.shops.event_promises import (
    CONSENTED,
    EVENT_PROMISES,
    PATIENCE,
    Watched,
    object_to,
    signals_are_heeded_as_said,
    uncounted,
)
from tests.shops.log_promises import LOGS
from tests.shops.running import RunningShop, running
from tests.shops.visitor import Visitor

FUNNEL = ["GET /products/{slug}", "POST /cart", "GET /checkout", "POST /checkout"]


@pytest.mark.parametrize("promise", EVENT_PROMISES)
def test_promise(shop: RunningShop, promise: str) -> None:
    """A12, S24, D46, D48, D52: what the statement says about counting is true of every event."""
    EVENT_PROMISES[promise](shop)


def test_promise_with_workers(shop_of_three: RunningShop) -> None:
    """D48: the same where three worker processes write to one file."""
    signals_are_heeded_as_said(shop_of_three)


def test_one_visitor_a_day_in_all_workers(shop_of_three: RunningShop) -> None:
    """The same browser is one visitor for every worker, another the next day, and then no file holds the old salt."""
    shop, visitor = shop_of_three, Watched(shop_of_three)
    answer_banner(visitor, "save", "statistics")
    browser = Visitor(shop, headers=visitor.headers, jar=visitor.jar, address=visitor.address)
    asked = len(from_every_worker(browser))
    [today] = {line["visitor"] for line in visitor.events(asked, CONSENTED)}
    [(salt,)] = shop.salts(shop.now)
    assert salt.encode() in (shop.data / "salts.sqlite3").read_bytes()
    move_clock(shop, shop.now + timedelta(days=1))
    until, tomorrow = time.monotonic() + PATIENCE, None
    while tomorrow is None and time.monotonic() < until:
        visitor.get("/")
        asked += 1
        tomorrow = visitor.events(asked, CONSENTED)[-1].get("visitor")
    assert tomorrow not in {None, today}
    while any(salt.encode() in file.read_bytes() for file in shop.data.rglob("*") if file.is_file()):
        assert time.monotonic() < until + PATIENCE
        time.sleep(0.05)  # until the workers have seen that the day is over


def test_an_order_is_five_views_and_a_funnel(shop: RunningShop) -> None:
    """Home, product, cart, checkout and order are five views, in order, and every step of the funnel once."""
    visitor = Watched(shop)
    visitor.headers = {
        **visitor.headers,
        "Sec-Fetch-Site": "cross-site",
        "Referer": "https://search.example/",
    }
    visitor.get("/?utm_source=newsletter&utm_medium=jan@example.nl")
    visitor.headers = {**visitor.headers, "Sec-Fetch-Site": "same-origin", "Referer": f"{shop.url}/"}
    fill_cart(visitor)
    order(visitor, new_address())
    told = visitor.events(10)
    views = [line for line in told if line["event"] == "page"]
    routes = ["/", "/products/{slug}", "/cart", "/checkout", "/checkout/done/{token}"]
    assert [line["route"] for line in views] == routes
    assert [line["event"] for line in told if line["event"] in FUNNEL] == FUNNEL
    assert [line["event"] for line in told if line["event"] == "order"] == ["order"]
    assert [line["entry"] for line in views] == [True, False, False, False, False]
    assert views[0]["referrer"] == "search.example"
    assert views[0]["campaign"] == {"source": "newsletter", "medium": "other"}
    assert views[1]["parameters"] == {"slug": "vaas-delta"}
    assert "parameters" not in views[4]


def test_a_form_with_mistakes_is_no_step(shop: RunningShop) -> None:
    """A checkout that is answered with its form again is no order, in no field."""
    visitor = Watched(shop)
    fill_cart(visitor)
    order(visitor, "no address")
    told = visitor.events(6)
    assert [line["event"] for line in told if line["event"] != "page"] == FUNNEL[:3]


def test_a_page_that_raises_has_failed(shop: RunningShop) -> None:
    """Who answers for a view that raises differs from framework to framework; it is counted in each."""
    visitor = Watched(shop)
    assert visitor.post("/_demo/fail", {"note": "broken"}).status == 500
    [line] = visitor.events(1)
    assert (line["event"], line["route"], line["status"]) == ("failure", "/_demo/fail", 500)


def test_a_return_from_the_payment_provider_is_no_visit(shop: RunningShop) -> None:
    """Who comes back from where they paid begins no visit; from elsewhere they do."""
    visitor = Watched(shop)
    for site in ("pay.example", "search.example"):
        visitor.headers = {**visitor.headers, "Sec-Fetch-Site": "cross-site", "Referer": f"https://{site}/"}
        visitor.get("/cart")
    back, anew = visitor.events(2)
    assert (back["entry"], back.get("referrer")) == (False, None)
    assert (anew["entry"], anew["referrer"]) == (True, "search.example")


def test_an_objection_counts_in_the_next_request(shop: RunningShop) -> None:
    """Whoever objects on the preference page is not counted any more, whatever else they allow."""
    visitor = Watched(shop)
    visitor.get("/")
    visitor.events(1)
    object_to(visitor, "visits")
    uncounted(visitor, "/", "/products/vaas-delta")
    answer_banner(visitor, "accept")
    uncounted(visitor, "/")
    visitor.events(0, CONSENTED)


def test_what_is_no_page_view_is_not_counted(shop: RunningShop) -> None:
    """Prefetches, parts, robots, HEAD, files and the library's own pages are no views; what is missing failed."""
    visitor = Watched(shop)
    plain = visitor.headers
    for headers in (
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Dest": "empty", "X-Turbo-Request-Id": "1", "Turbo-Frame": "cart"},
        {"User-Agent": f"{plain['User-Agent']} (compatible; Googlebot/2.1)"},
        {"User-Agent": ""},
    ):
        visitor.headers = {**plain, **headers}
        assert visitor.get("/").status == 200
    visitor.headers = plain
    visitor.head("/")
    for path in ("/x/453545.php", "/static/shop.css", "/privacy/choices", "/privacy"):
        visitor.get(path)
    visitor.headers = {**plain, "Sec-Fetch-Dest": "empty", "X-Turbo-Request-Id": "1"}
    visitor.get("/cart")
    failed, line = visitor.events(2)
    assert (failed["event"], failed["route"], failed["status"]) == ("failure", "-", 404)
    assert (line["event"], line["route"]) == ("page", "/cart")


def test_signals_the_other_way_round(start_shop: StartShop, tmp_path: Path) -> None:
    """D48: with the settings flipped, who sends DNT is not counted, and who sends GPC is."""
    policy = tmp_path / "flipped.toml"
    text = DEMO_POLICY.read_text(encoding="utf-8")
    flipped = 'signals      = { gpc = "ignore", dnt = "object" }'
    policy.write_text(
        text.replace('signals      = { gpc = "object", dnt = "ignore" }', flipped), encoding="utf-8"
    )
    assert flipped in policy.read_text(encoding="utf-8")
    shop = start_shop("--policy", str(policy))
    uncounted(Watched(shop, DNT="1"), "/")
    plain = Watched(shop, **{"Sec-GPC": "1"})
    plain.get("/")
    plain.events(1)


def test_a_stop_writes_what_is_left(framework: str, tmp_path: Path) -> None:
    """What was answered before a server was told to stop stands on disk when it has ended."""
    with running(SHOPS[framework], tmp_path, workers=2) as shop:
        visitor = Watched(shop)
        for _ in range(40):
            visitor.get("/cart")
    assert len(visitor.written("exempt")) == 40


@pytest.mark.services
def test_a_reload_loses_nothing_and_nobody(framework: str, tmp_path: Path) -> None:
    """Over a reload (HUP) each answer leaves one line, in the order of its process, and the visitor stays the same.

    The logs stay clean, although the server sets up its own again.
    """
    with running(SHOPS[framework], tmp_path, workers=2) as shop:
        visitor, asked = Watched(shop), list[tuple[str, str | None]]()
        answer_banner(visitor, "save", "statistics")
        old = {reply.worker or "" for reply in from_every_worker(Visitor(shop), "/robots.txt")}
        until, left, number, resets = time.monotonic() + 180, 20, 0, 0
        while left:
            number += 1
            if number == 20:
                os.kill(shop.pid, signal.SIGHUP)
            assert time.monotonic() < until, "the workers were not replaced"
            try:
                asked.append((f"n{number}", visitor.get(f"/products/n{number}").worker))
            except ConnectionResetError:
                # uvicorn closes what it has accepted and not yet read; browsers ask again.
                assert (resets := resets + 1) <= len(old), "a reload breaks off one connection a worker"
                continue
            left -= not any(Path("/proc", process).exists() for process in old)
        logs = "".join(map(shop.log, LOGS))
    assert f"n{number}" in logs
    assert visitor.address not in logs
    written = [line for line in visitor.written(CONSENTED) if line["event"] == "failure"]
    names = [line["parameters"]["slug"] for line in written]
    for process in {worker for _, worker in asked}:
        mine = [name for name, worker in asked if worker == process]
        assert [name for name in names if name in mine] == mine
    assert len(names) == len(asked)
    assert len({line["visitor"] for line in written}) == 1
