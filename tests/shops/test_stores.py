"""The shops on the databases that shops outgrow SQLite for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.shops.actions import answer_banner, fill_cart, new_address, order, register
from tests.shops.conftest import SHOPS
from tests.shops.gate_promises import STATISTICS
from tests.shops.running import running
from tests.shops.visitor import Visitor

pytestmark = pytest.mark.services
_DATABASE = "shopprivacy_example_shop"


@pytest.fixture(params=["postgresql+psycopg://postgres@127.0.0.1", "mysql+pymysql://root@127.0.0.1"])
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty database of its own, dropped afterwards."""
    server: str = request.param
    engine = create_engine(f"{server}/test", isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {_DATABASE}"))
            connection.execute(text(f"CREATE DATABASE {_DATABASE}"))
        yield f"{server}/{_DATABASE}"
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {_DATABASE}"))
    finally:
        engine.dispose()


def test_shop_runs_on_another_database(store: str, framework: str, tmp_path: Path) -> None:
    """With --store and two workers, choices, an account and an order work as they do on SQLite."""
    with running(SHOPS[framework], tmp_path, "--workers", "2", "--store", store) as shop:
        visitor, email = Visitor(shop), new_address()
        answer_banner(visitor, "accept")
        assert visitor.get("/").sets >= STATISTICS
        register(visitor, email)
        fill_cart(visitor)
        assert order(visitor, email).status == 200
    engine = create_engine(store)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM invoice")) == 1
    engine.dispose()
    assert not (shop.data / "shop.sqlite3").exists()
