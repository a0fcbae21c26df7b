"""A database that hangs does not stop the shop: who withdraws is answered, and pages that need no database are, too."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.servers import new_database
from tests.shops.actions import answer_banner, new_address, register
from tests.shops.conftest import SHOPS
from tests.shops.databases import rows
from tests.shops.running import RunningShop, running
from tests.shops.visitor import Visitor
from tests.storage.held import held
from tests.storage.silent_proxy import SilentProxy

WITHIN = 3.0
"""Seconds in which whoever withdraws is answered."""
AT_ONCE = 1.4
"""Seconds that an answer may take, on a busy machine, behind those who wait for a fifth of the patience."""


def _seconds(ask: Callable[[], int], status: int) -> float:
    began = time.monotonic()
    assert ask() == status
    return time.monotonic() - began


def _withdrawals(store: str) -> int:
    """How many subjects have said no to something, by the shop's ledger."""
    query = "SELECT COUNT(DISTINCT subject) FROM shopprivacy_ledger WHERE action"
    [(found,)] = rows(store, f"{query} IN ('withdrawn', 'refused', 'objected')", ())
    assert isinstance(found, int)
    return found


def _wait_for_withdrawals(store: str, expected: int) -> None:
    """Until all of them are in the ledger."""
    until = time.monotonic() + 30
    while (found := _withdrawals(store)) < expected:
        assert time.monotonic() < until, f"{found} of {expected}"
        time.sleep(0.2)


@pytest.mark.stateful
def test_a_shop_whose_database_hangs(shop: RunningShop) -> None:
    """Withdrawals wait once and not long, pages without a database not at all; then all are in the ledger."""
    visitors = [Visitor(shop) for _ in range(15)]
    for visitor in visitors:
        assert answer_banner(visitor, "accept").status == 303
    before = _withdrawals(shop.store)

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
    _wait_for_withdrawals(shop.store, before + len(visitors))
    until = time.monotonic() + 30
    while answer_banner(Visitor(shop), "accept").status != 303:  # as soon as one of the workers has noticed
        assert time.monotonic() < until
        time.sleep(0.2)


@pytest.mark.services
@pytest.mark.parametrize("framework", SHOPS)
def test_a_shop_whose_database_is_silent(framework: str, tmp_path: Path) -> None:
    """A server, or a network, that takes all and answers nothing: the same, whoever connects to it."""
    with new_database("postgres") as url, SilentProxy(5432) as proxy:
        through = make_url(url).set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
        with running(SHOPS[framework], tmp_path, "--store", through) as shop:
            visitors = [Visitor(shop) for _ in range(6)]
            for visitor in visitors:
                assert answer_banner(visitor, "accept").status == 303
            register(visitors[0], new_address())
            before, acknowledged = _withdrawals(url), 0
            proxy.silent = True
            try:
                for together in (visitors[1:3], visitors[3:], visitors[:1]):
                    with ThreadPoolExecutor(3) as pool:
                        waiting = [pool.submit(_withdraw, visitor) for visitor in together]
                        assert _seconds(lambda: Visitor(shop).get("/privacy/cookies").status, 200) < AT_ONCE
                        told = [one.result() for one in waiting]
                        assert max(seconds for seconds, _ in told) < WITHIN
                        acknowledged += sum(is_acknowledged for _, is_acknowledged in told)
            finally:
                proxy.silent = False
            _wait_for_withdrawals(url, before + acknowledged)


def _withdraw(visitor: Visitor) -> tuple[float, bool]:
    """Seconds until the visitor was told that it holds, at least in the browser; and whether as done."""
    began = time.monotonic()
    reply = answer_banner(visitor, "refuse")
    assert reply.status in {303, 503}
    assert any(name.startswith("__Host-consent") for name in reply.sets) or reply.status == 303
    return time.monotonic() - began, reply.status == 303
