"""The promises about logs, in each shop: its own careless calls, the framework's and the server's come out clean."""

from __future__ import annotations

import pytest

from tests.shops.actions import fill_cart, new_address, order
from tests.shops.log_promises import LOG_PROMISES, written
from tests.shops.running import RunningShop
from tests.shops.visitor import Visitor


@pytest.mark.parametrize("promise", LOG_PROMISES)
def test_promise(shop: RunningShop, promise: str) -> None:
    """D08, O11, O14, K04: what the statement says about logs is true of every file that the shop writes."""
    LOG_PROMISES[promise](shop)


@pytest.mark.parametrize("promise", LOG_PROMISES)
def test_promise_with_workers(shop_of_three: RunningShop, promise: str) -> None:
    """D08, O11, O14, K04: the same where three worker processes write to one file."""
    LOG_PROMISES[promise](shop_of_three)


@pytest.mark.stateful
def test_logs_stay_useful(shop: RunningShop, visitor: Visitor) -> None:
    """A log says when what was asked for and how it was answered, and an order can be looked up by its number."""
    fill_cart(visitor)
    email = new_address()
    order(visitor, email)
    [(number,)] = shop.rows('SELECT number FROM "order" WHERE id = ?', *shop.numbers("order", email))
    visitor.get(f"/orders/{number}")
    for log in written(shop, f"/orders/{number}").values():
        assert "POST /checkout" in log
        assert "/products/vaas-delta" in log
        assert f"{visitor.address.rpartition('.')[0]}.0" in log
