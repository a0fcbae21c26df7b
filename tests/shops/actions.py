"""What visitors do in a shop, in one line each."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from itertools import count
from re import search
from time import monotonic

from tests.shops.running import RunningShop
from tests.shops.visitor import Reply, Visitor

_AT_ONCE = 16
_PATIENCE = 30.0
PASSWORD = "correct horse battery"
_numbers = count(1)


def new_address() -> str:
    """Return an e-mail address that no other test uses."""
    return f"an.{next(_numbers)}@klant.example"


def answer_banner(visitor: Visitor, choice: str, *purposes: str) -> Reply:
    """Answer the banner as its form does: ``accept``, ``refuse``, or ``save`` with purposes."""
    fields = [("choice", choice), ("next", "/"), *(("purpose", purpose) for purpose in purposes)]
    return visitor.post("/privacy/consent", fields)


def register(visitor: Visitor, email: str) -> Reply:
    """Open an account; it is logged in from then on."""
    form = visitor.get("/register").form("/register")
    return visitor.submit(form, name="An Peeters", email=email, password=PASSWORD)


def log_in(visitor: Visitor, email: str) -> Reply:
    """Log in to an account that ``register`` has opened."""
    return visitor.submit(visitor.get("/login").form("/login"), email=email, password=PASSWORD)


def fill_cart(visitor: Visitor, slug: str = "vaas-delta", quantity: int = 1) -> Reply:
    """Put a product in the cart from its page."""
    return visitor.submit(visitor.get(f"/products/{slug}").form("/cart"), quantity=str(quantity))


def order(visitor: Visitor, email: str, path: str = "/checkout", **changes: str) -> Reply:
    """Order what is in the cart."""
    form = visitor.go(path).form("/checkout")
    details = {
        "name": "An Peeters",
        "email": email,
        "street": "Veldstraat 7",
        "postcode": "9000",
        "city": "Gent",
        "country": "BE",
        "payment": "bancontact",
    }
    return visitor.submit(form, **(details | changes))


def from_every_worker(visitor: Visitor, path: str = "/") -> Sequence[Reply]:
    """Ask for a page, with the same cookies each time, until every worker process of the shop has answered.

    Many at once: one request after the other may go to the same worker each time, and nobody would notice.
    """
    asking = replace(visitor, keeps_cookies=False, replies=[])
    until, replies = monotonic() + _PATIENCE, list[Reply]()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while len(heard := {reply.worker for reply in replies}) < visitor.shop.workers:
            assert monotonic() < until, f"only {len(heard)} of {visitor.shop.workers} workers answered"
            replies += pool.map(asking.get, [path] * _AT_ONCE)
    assert len(heard) == visitor.shop.workers, "a worker was replaced meanwhile"
    return replies


def link_in(mail: EmailMessage, shop: RunningShop) -> str:
    """Return the path of the first link to the shop in a mail."""
    found = search(rf"{shop.url}(/\S+)", mail.get_content())
    assert found, "no link to the shop in this mail"
    return found[1]


def move_clock(shop: RunningShop, now: datetime) -> None:
    """Make it ``now`` in the shop."""
    assert Visitor(shop).post("/_demo/clock", {"now": now.isoformat()}).status == 200
    shop.clock_moved_to(now)
