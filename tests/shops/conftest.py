"""The shops under test: one that many tests share, and fresh ones for tests that move the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.shops.databases import Databases
from tests.shops.running import CHOSEN, RunningShop, running
from tests.shops.visitor import Visitor

SHOPS = {
    "flask": "examples.flask_app",
    "fastapi": "examples.fastapi_app",
    "django": "examples.django_app",
}
"""The example shops: each must pass every test here."""

StartShop = Callable[..., RunningShop]


@pytest.fixture(scope="session", autouse=True)
def chosen(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every shop of the run has the store and the workers that pytest was told, and leaves no database behind."""
    CHOSEN.databases = Databases(request.config.getoption("shop_store"))
    CHOSEN.workers = request.config.getoption("shop_workers")
    yield
    CHOSEN.databases.drop()


@pytest.fixture(scope="session", params=SHOPS)
def framework(request: pytest.FixtureRequest) -> str:
    """The framework of the shop under test."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def shop(framework: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """A running shop, shared: a test brings visitors and addresses of its own and leaves the clock alone."""
    with running(SHOPS[framework], tmp_path_factory.mktemp(framework)) as started:
        yield started


@pytest.fixture(scope="session")
def shop_of_four(
    shop: RunningShop, framework: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningShop]:
    """A running shop with four workers at least, shared like the other; the same one where that has as many."""
    if shop.workers >= 4:
        yield shop
        return
    with running(SHOPS[framework], tmp_path_factory.mktemp("four"), workers=4) as started:
        yield started


@pytest.fixture
def start_shop(framework: str, tmp_path: Path) -> Iterator[StartShop]:
    """Start shops of the test's own, with options of its own."""
    with ExitStack() as stack:

        def start(*options: str, folder: Path = tmp_path, workers: int = 1) -> RunningShop:
            return stack.enter_context(running(SHOPS[framework], folder, *options, workers=workers))

        yield start


@pytest.fixture
def visitor(shop: RunningShop) -> Visitor:
    """Somebody who has never been to the shared shop."""
    return Visitor(shop)
