"""A database that hangs does not stop the shop: who withdraws is answered, and pages that need no database are, too."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.shops.actions import answer_banner
from tests.shops.running import RunningShop
from tests.shops.visitor import Visitor
from tests.storage.held import held

WITHIN = 3.0
"""Seconds in which whoever withdraws is answered."""
AT_ONCE = 1.2
"""Seconds that an answer may take, on a busy machine, behind those who wait for a fifth of the patience."""


def _seconds(ask: Callable[[], int], status: int) -> float:
    began = time.monotonic()
    assert ask() == status
    return time.monotonic() - began


def _withdrawals(shop: RunningShop) -> int:
    """How many subjects have said no to something, by the shop's ledger."""
    [(found,)] = shop.rows(
        "SELECT COUNT(DISTINCT subject) FROM shopprivacy_ledger WHERE action IN ('withdrawn', 'refused', 'objected')"
    )
    assert isinstance(found, int)
    return found


@pytest.mark.stateful
def test_a_shop_whose_database_hangs(shop: RunningShop) -> None:
    """Withdrawals wait once and not long, pages without a database not at all; then all are in the ledger."""
    visitors = [Visitor(shop) for _ in range(15)]
    for visitor in visitors:
        assert answer_banner(visitor, "accept").status == 303
    before = _withdrawals(shop)

    def withdraw(visitor: Visitor) -> float:
        return _seconds(lambda: answer_banner(visitor, "refuse").status, 303)

    def page() -> float:
        return _seconds(lambda: Visitor(shop).get("/privacy/cookies").status, 200)

    page()
    with held(shop.store), ThreadPoolExecutor(12) as pool:
        for together in (visitors[3:], visitors[:3]):  # more than the threads of a worker, and fewer
            waiting = [pool.submit(withdraw, visitor) for visitor in together]
            assert max(page() for _ in range(5)) < AT_ONCE
            assert max(one.result() for one in waiting) < WITHIN
    until = time.monotonic() + 30
    while (found := _withdrawals(shop)) < before + len(visitors):
        assert time.monotonic() < until, f"{found - before} of {len(visitors)}"
        time.sleep(0.2)
    while answer_banner(Visitor(shop), "accept").status != 303:  # as soon as one of the workers has noticed
        assert time.monotonic() < until
        time.sleep(0.2)
