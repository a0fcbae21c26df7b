"""What the cookie gate promises, told as visits to a shop.

Each function visits a running shop and asserts one promise, for the cookies that its policy declares. ``test_gate``
holds them against every example shop; ``test_gate_taken_out`` shows that each fails as soon as the gate is gone.
``test_statements`` and ``test_statements_ungated`` do the same under other policies.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from examples.shop.options import DEMO_POLICY

from shopprivacy.policy import Duration
from tests.shops.actions import answer_banner, fill_cart, new_address, order, register
from tests.shops.expected import Expected, expected_of
from tests.shops.running import RunningShop
from tests.shops.visitor import Visitor

CONSENT = "__Host-consent"
DEMO = expected_of(DEMO_POLICY)
ESSENTIAL, ASKED = DEMO.essential, DEMO.asked
STATISTICS = DEMO.by_purpose["statistics"]
ADVERTISING = DEMO.by_purpose["advertising"]
PERSONALISATION = DEMO.by_purpose["personalisation"]
UNDECLARED = "debug_id"


def _walk(visitor: Visitor) -> None:
    """ConsentContext one page of every kind: shown, sent on, not found, a picture, only the headers."""
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
    visitor.post("/compare", {"product": "lamp-boog"})
    visitor.post("/language", {"lang": "fr", "next": "/"})
    fill_cart(visitor)
    email = new_address()
    register(visitor, email)
    order(visitor, email)


def _ever_set(visitor: Visitor) -> frozenset[str]:
    """What all answers together set, but for the choice itself."""
    return frozenset().union(*(reply.sets for reply in visitor.replies)) - {CONSENT}


def nothing_before_a_choice(shop: RunningShop, expected: Expected) -> None:
    """Before any choice only essential cookies are set, and what the browser has from before stays hidden."""
    essential = expected.essential
    visitor = Visitor(shop)
    visitor.plant("_ga", "muc_ads")
    _walk(visitor)
    for reply in visitor.replies:
        assert reply.sets <= essential, f"set on {reply.url}"
        assert reply.seen <= essential, f"seen on {reply.url}"
    assert visitor.cookies - essential == {"_ga", "muc_ads"}
    assert _ever_set(visitor) == essential


def nothing_after_refusing(shop: RunningShop, expected: Expected) -> None:
    """After refusing, no cookie but the essential ones is set, seen by the shop's code or left in the browser."""
    essential = expected.essential
    visitor = Visitor(shop)
    visitor.plant(*expected.asked)
    answer_banner(visitor, "refuse")
    assert visitor.cookies == ({CONSENT} if expected.by_purpose else set())
    _walk(visitor)
    for reply in visitor.replies:
        assert reply.sets <= essential | {CONSENT}, f"set on {reply.url}"
        assert reply.seen <= essential, f"seen on {reply.url}"
    assert visitor.cookies <= essential | {CONSENT}


def declared_ones_after_accepting(shop: RunningShop, expected: Expected) -> None:
    """After accepting, the declared cookies are set and reach the shop; one that nobody declared never does."""
    essential, asked = expected.essential, expected.asked
    visitor = Visitor(shop)
    answer_banner(visitor, "accept")
    _walk(visitor)
    assert _ever_set(visitor) == essential | asked
    assert visitor.get("/").seen >= asked
    assert not any(reply.seen - asked - essential for reply in visitor.replies)
    assert asked <= visitor.cookies <= asked | essential | {CONSENT}


def nothing_after_withdrawing(shop: RunningShop, expected: Expected) -> None:
    """The very response that withdraws takes away what was allowed before, and nothing of it comes back."""
    essential, asked = expected.essential, expected.asked
    visitor = Visitor(shop)
    answer_banner(visitor, "accept")
    _walk(visitor)
    assert visitor.cookies >= asked
    answer_banner(visitor, "refuse")
    assert visitor.cookies <= essential | {CONSENT}
    visitor.replies.clear()
    _walk(visitor)
    assert visitor.cookies <= essential | {CONSENT}
    assert all(reply.seen <= essential for reply in visitor.replies)


def each_purpose_by_itself(shop: RunningShop, expected: Expected) -> None:
    """Who allows one purpose gets that one's cookies and no others; who allows none gets none."""
    essential = expected.essential
    for purposes, cookies in (
        ((), frozenset[str]()),
        *(((purpose,), cookies) for purpose, cookies in expected.by_purpose.items()),
    ):
        visitor = Visitor(shop)
        answer_banner(visitor, "save", *purposes)
        _walk(visitor)
        assert visitor.cookies - essential - {CONSENT} == cookies, purposes
        assert visitor.get("/").seen - essential == cookies, purposes


def undeclared_never(shop: RunningShop, expected: Expected) -> None:
    """A cookie that nobody declared is never set and never seen; one already there is not deleted."""
    undeclared = expected.undeclared
    assert UNDECLARED in undeclared
    for choice in ("refuse", "accept"):
        visitor = Visitor(shop)
        _walk(visitor)
        answer_banner(visitor, choice)
        _walk(visitor)
        assert not any(undeclared & reply.sets for reply in visitor.replies)
        visitor.plant(*undeclared)
        assert not undeclared & visitor.get("/").seen
        assert undeclared <= visitor.cookies


def signal_counts_as_objection(shop: RunningShop, expected: Expected) -> None:
    """A browser that sends Sec-GPC gets and shows no cookie that was not essential, without being asked."""
    asked = expected.asked
    visitor = Visitor(shop, headers={"Sec-GPC": "1"})
    visitor.plant(*asked)
    _walk(visitor)
    assert all(reply.seen <= expected.essential for reply in visitor.replies)
    assert not visitor.cookies & asked


def lives_no_longer_than_declared(shop: RunningShop, expected: Expected) -> None:
    """No cookie outlives the life that the policy declares for it, and none is without one."""
    visitor = Visitor(shop)
    answer_banner(visitor, "accept")
    _walk(visitor)
    for cookie in visitor.jar.held(shop.now):
        name = cookie.name.decode()
        if name == CONSENT:
            continue
        life = expected.lives.get(name)
        assert life is not None, name
        if life == "session":
            assert cookie.expiry is None, name
        else:
            assert cookie.expiry is not None
            assert cookie.expiry <= Duration.parse(life).after(shop.now) + timedelta(minutes=1), name


PROMISES: dict[str, Callable[[RunningShop, Expected], None]] = {
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
