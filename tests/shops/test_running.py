"""Starting a shop: options, files, workers, clock, logs."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from examples.shop.options import DEMO_POLICY

from tests.shops.actions import (
    answer_banner,
    fill_cart,
    from_every_worker,
    log_in,
    move_clock,
    new_address,
    order,
    register,
)
from tests.shops.conftest import SHOPS, Restarted
from tests.shops.running import NOON, RunningShop, running, start_and_fail
from tests.shops.visitor import Visitor


@pytest.mark.stateful
def test_second_start_keeps_everything(restarted: Restarted) -> None:
    """A shop that is started again knows its customers, its operator and its keys."""
    shop = restarted.shop
    assert restarted.customer in log_in(Visitor(shop), restarted.customer).text
    assert (shop.data / "operator.txt").read_text() == restarted.operator
    assert shop.rows("SELECT count(*) FROM product") == [(8,)]


def test_what_a_shop_writes_is_for_its_owner_alone(shop: RunningShop) -> None:
    """Database, logs, clock, secrets and mails: nobody else on the machine reads them."""
    register(Visitor(shop), new_address())
    readable = [file.name for file in shop.data.rglob("*") if file.is_file() and file.stat().st_mode & 0o077]
    assert readable == []


def test_demo_routes_exist_only_with_clock(framework: str, tmp_path: Path) -> None:
    """Without --clock nobody can move the clock or see which cookies arrived."""
    with running(SHOPS[framework], tmp_path, clock=None) as shop:
        visitor = Visitor(shop)
        assert visitor.get("/_demo/seen").status == 404
        assert visitor.post("/_demo/clock", {"now": NOON.isoformat()}).status in (404, 405)
        assert visitor.get("/").header("X-Demo-Seen") is None


@pytest.mark.stateful
def test_workers_are_one_shop(shop_of_three: RunningShop) -> None:
    """Worker processes share customers, orders and clock: no request may notice which one answers."""
    shop, emails = shop_of_three, [new_address() for _ in range(5)]
    for email in emails:
        visitor = Visitor(shop)
        register(visitor, email)
        fill_cart(visitor)
        assert order(visitor, email).status == 200
    numbers = [
        shop.rows('SELECT number FROM "order" WHERE id = ?', *shop.numbers("order", email))
        for email in emails
    ]
    assert [len(found) for found in numbers] == [1] * 5
    assert len({number for [(number,)] in numbers}) == 5
    later = shop.now + timedelta(days=40)
    move_clock(shop, later)
    for reply in from_every_worker(Visitor(shop), "/_demo/clock"):
        told = datetime.fromisoformat(json.loads(reply.text)["now"])
        assert later <= told < later + timedelta(minutes=1)


@pytest.mark.stateful
def test_a_withdrawal_reaches_every_worker(shop_of_three: RunningShop) -> None:
    """Each worker process knows within five seconds what the account withdrew on another device."""
    visitor, other, email = Visitor(shop_of_three), Visitor(shop_of_three), new_address()
    register(visitor, email)
    log_in(other, email)
    for device in (visitor, other):
        answer_banner(device, "accept")
    other.plant("_ga")
    assert all("_ga" in reply.seen for reply in from_every_worker(other))
    answer_banner(visitor, "refuse")
    until = time.monotonic() + 5
    while True:
        asked_in_time = time.monotonic() < until
        if not any("_ga" in reply.seen for reply in from_every_worker(other)):
            break
        assert asked_in_time
        time.sleep(0.1)  # waiting is not to keep the shop busy


@pytest.mark.stateful
def test_everything_stands_in_the_chosen_store(shop: RunningShop, visitor: Visitor) -> None:
    """Orders and the record of consent are in the database that --store names, and in no other file."""
    answer_banner(visitor, "accept")
    fill_cart(visitor)
    email = new_address()
    assert order(visitor, email).status == 200
    query = "SELECT count(*) FROM invoice WHERE order_id = ?"
    assert shop.rows(query, *shop.numbers("order", email)) == [(1,)]
    assert shop.rows("SELECT max(seq) > 1 FROM shopprivacy_ledger") == [(True,)]
    beside = {"privacy-journal.sqlite3", "salts.sqlite3", "subject-keys.sqlite3"}
    files = {url for url in shop.data.glob("*.sqlite3") if url.name not in beside}
    assert [f"sqlite:///{file}" for file in files] == ([shop.store] if "sqlite" in shop.store else [])


def test_clock_starts_where_told_and_refuses_nonsense(shop: RunningShop, visitor: Visitor) -> None:
    """The shop's clock starts at --clock; a moment that cannot be read does not move it."""
    assert '"now":"2026-01-05T12:' in visitor.get("/_demo/clock").text.replace(" ", "")
    assert visitor.post("/_demo/clock", {"now": "soon"}).status == 400


def test_wrong_policy_is_explained(framework: str, tmp_path: Path) -> None:
    """A policy that cannot be enforced stops the start, with the place, what is wrong and no traceback."""
    policy = tmp_path / "privacy.toml"
    policy.write_text(DEMO_POLICY.read_text().replace('basis   = "consent"', 'basis = "toestemming"', 1))
    said = start_and_fail(SHOPS[framework], tmp_path, "--policy", str(policy))
    assert "purposes.newsletter.basis" in said
    assert "toestemming" in said
    assert "Traceback" not in said
    assert not (tmp_path / "data").exists()


def test_keyset_others_can_read_is_refused(shop: RunningShop, framework: str, tmp_path: Path) -> None:
    """A keyset that others than its owner may read stops the start, by its name."""
    assert shop.keys.stat().st_mode & 0o777 == 0o600
    readable = tmp_path / "readable.json"
    readable.write_bytes(shop.keys.read_bytes())
    readable.chmod(0o644)
    said = start_and_fail(SHOPS[framework], tmp_path, "--keys", str(readable))
    assert "readable.json" in said
    assert "Traceback" not in said


def test_missing_policy_is_named(framework: str, tmp_path: Path) -> None:
    """A policy that is not there stops the start, by name."""
    assert "nowhere.toml" in start_and_fail(SHOPS[framework], tmp_path, "--policy", "nowhere.toml")
