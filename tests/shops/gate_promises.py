"""What the cookie gate promises, told as visits to a shop.

Each function visits a running shop and asserts one promise. ``test_gate`` holds them against every example shop;
``test_gate_taken_out`` shows that each of them fails as soon as the gate is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.shops.actions import answer_banner, fill_cart, new_address, order, register
from tests.shops.running import RunningShop
from tests.shops.visitor import Visitor

CONSENT = "__Host-consent"
ESSENTIAL = {"session", "cart", "lang", "compare", "wishlist"}
STATISTICS = {"_ga", "_gid"}
ADVERTISING = {"_fbp", "muc_ads"}
PERSONALISATION = {"recently_viewed", "registered"}
ASKED = STATISTICS | ADVERTISING | PERSONALISATION
UNDECLARED = "debug_id"


def _walk(visitor: Visitor) -> None:
    """Visit one page of every kind: shown, sent on, not found, a picture, only the headers."""
    for path in (
        "/",
        "/products/vaas-delta",
        "/cart",
        "/for-you",
        "/account",
        "/static/shop.css",
        "/nothing",
    ):
        visitor.get(path)
    visitor.head("/")
    visitor.post("/wishlist", {"product": "lamp-boog"})
    visitor.post("/language", {"lang": "fr", "next": "/"})
    fill_cart(visitor)
    email = new_address()
    register(visitor, email)
    order(visitor, email)


def nothing_before_a_choice(shop: RunningShop) -> None:
    """Before any choice only essential cookies are set, and what the browser has from before stays hidden."""
    visitor = Visitor(shop)
    visitor.plant("_ga", "muc_ads")
    _walk(visitor)
    for reply in visitor.replies:
        assert reply.sets <= ESSENTIAL, f"set on {reply.url}"
        assert reply.seen <= ESSENTIAL, f"seen on {reply.url}"
    assert visitor.cookies - ESSENTIAL == {"_ga", "muc_ads"}


def nothing_after_refusing(shop: RunningShop) -> None:
    """After refusing, no cookie but the essential ones is set, seen by the shop's code or left in the browser."""
    visitor = Visitor(shop)
    visitor.plant("_ga", "_gid", "muc_ads")
    answer_banner(visitor, "refuse")
    assert visitor.cookies == {CONSENT}
    _walk(visitor)
    for reply in visitor.replies:
        assert reply.sets <= ESSENTIAL | {CONSENT}, f"set on {reply.url}"
        assert reply.seen <= ESSENTIAL, f"seen on {reply.url}"
    assert visitor.cookies <= ESSENTIAL | {CONSENT}


def declared_ones_after_accepting(shop: RunningShop) -> None:
    """After accepting, the declared cookies are set and reach the shop; one that nobody declared never does."""
    visitor = Visitor(shop)
    answer_banner(visitor, "accept")
    _walk(visitor)
    assert visitor.cookies >= ASKED | {CONSENT}
    assert visitor.get("/").seen >= ASKED
    assert not any(reply.seen - ASKED - ESSENTIAL for reply in visitor.replies)
    assert visitor.cookies <= ASKED | ESSENTIAL | {CONSENT}


def nothing_after_withdrawing(shop: RunningShop) -> None:
    """The very response that withdraws takes away what was allowed before, and nothing of it comes back."""
    visitor = Visitor(shop)
    answer_banner(visitor, "accept")
    _walk(visitor)
    assert visitor.cookies >= ASKED
    answer_banner(visitor, "refuse")
    assert visitor.cookies <= ESSENTIAL | {CONSENT}
    visitor.replies.clear()
    _walk(visitor)
    assert visitor.cookies <= ESSENTIAL | {CONSENT}
    assert all(reply.seen <= ESSENTIAL for reply in visitor.replies)


def each_purpose_by_itself(shop: RunningShop) -> None:
    """Who allows one purpose gets that one's cookies and no others."""
    visitor = Visitor(shop)
    answer_banner(visitor, "save", "statistics")
    _walk(visitor)
    assert visitor.cookies - ESSENTIAL == STATISTICS | {CONSENT}
    assert visitor.get("/").seen - ESSENTIAL == STATISTICS


def undeclared_never(shop: RunningShop) -> None:
    """A cookie that nobody declared is never set and never seen; one already there is not deleted."""
    for choice in ("refuse", "accept"):
        visitor = Visitor(shop)
        _walk(visitor)
        answer_banner(visitor, choice)
        _walk(visitor)
        assert not any(UNDECLARED in reply.sets for reply in visitor.replies)
        visitor.plant(UNDECLARED)
        assert UNDECLARED not in visitor.get("/").seen
        assert UNDECLARED in visitor.cookies


def signal_counts_as_objection(shop: RunningShop) -> None:
    """A browser that sends Sec-GPC gets and shows no cookie that was not essential, without being asked."""
    visitor = Visitor(shop, headers={"Sec-GPC": "1"})
    visitor.plant("_ga", "_fbp")
    _walk(visitor)
    assert all(reply.seen <= ESSENTIAL for reply in visitor.replies)
    assert not visitor.cookies & (STATISTICS | ADVERTISING)


def lives_no_longer_than_declared(shop: RunningShop) -> None:
    """No cookie outlives the life that the policy declares for it."""
    visitor = Visitor(shop)
    answer_banner(visitor, "accept")
    _walk(visitor)
    days = {"_ga": 397, "_gid": 1, "_fbp": 90, "muc_ads": 397, "recently_viewed": 30, "cart": 30}
    for cookie in visitor.jar.held(shop.now):
        longest = days.get(cookie.name.decode())
        if longest is not None:
            assert cookie.expiry is not None
            assert cookie.expiry <= shop.now + timedelta(days=longest, minutes=1), cookie.name


PROMISES: dict[str, Callable[[RunningShop], None]] = {
    promise.__name__: promise
    for promise in (
        nothing_before_a_choice,
        nothing_after_refusing,
        declared_ones_after_accepting,
        nothing_after_withdrawing,
        each_purpose_by_itself,
        undeclared_never,
        signal_counts_as_objection,
        lives_no_longer_than_declared,
    )
}
