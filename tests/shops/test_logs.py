"""The promises about logs, in each shop: its own careless calls, the framework's and the server's come out clean."""

from __future__ import annotations

import pytest

from tests.shops.log_promises import LOG_PROMISES, logs_stay_useful
from tests.shops.running import RunningShop


@pytest.mark.parametrize("promise", LOG_PROMISES)
def test_promise(shop: RunningShop, promise: str) -> None:
    """D08, O11, O14, K04: what the statement says about logs is true of every file that the shop writes."""
    LOG_PROMISES[promise](shop)


@pytest.mark.parametrize("promise", LOG_PROMISES)
def test_promise_with_workers(shop_of_three: RunningShop, promise: str) -> None:
    """D08, O11, O14, K04: the same where three worker processes write to one file."""
    LOG_PROMISES[promise](shop_of_three)


@pytest.mark.stateful
def test_logs_stay_useful(shop: RunningShop) -> None:
    """Each line says when what was asked for and how it was answered, and an order is found by its number."""
    logs_stay_useful(shop)


@pytest.mark.stateful
def test_logs_stay_useful_with_workers(shop_of_three: RunningShop) -> None:
    """The same where three worker processes write to one file."""
    logs_stay_useful(shop_of_three)
