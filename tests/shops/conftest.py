"""The shops under test, each started once for all tests that can share it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.shops.actions import answer_banner, log_in, new_address, register
from tests.shops.databases import Databases
from tests.shops.gate_promises import STATISTICS
from tests.shops.running import CHOSEN, NOON, RunningShop, running
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
def patient_shop(framework: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """A running shop, shared by tests that move its clock: forward, from wherever they find it."""
    with running(SHOPS[framework], tmp_path_factory.mktemp(f"patient-{framework}")) as started:
        yield started


@dataclass(frozen=True, slots=True)
class Restarted:
    """A shop with three workers, and who was there before it was started again, when it had one."""

    shop: RunningShop
    home: Visitor
    """Somebody with an account who has allowed everything, at home and at work; no worker has seen them yet."""
    work: Visitor
    customer: str
    """The address of somebody else with an account."""
    operator: str
    """How the operator logged in."""


@pytest.fixture(scope="session")
def restarted(framework: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restarted]:
    """That shop, a day later; shared by tests that move its clock forward or want many workers."""
    folder = tmp_path_factory.mktemp(f"restarted-{framework}")
    with running(SHOPS[framework], folder) as shop:
        customer, both = new_address(), new_address()
        register(Visitor(shop), customer)
        home, work = Visitor(shop), Visitor(shop)
        for device in (home, work):
            answer_banner(device, "accept")
        register(home, both)
        log_in(work, both)
        assert all(device.get("/").sets >= STATISTICS for device in (home, work))
        operator = (shop.data / "operator.txt").read_text()
    with running(SHOPS[framework], folder, workers=3, clock=NOON + timedelta(days=1)) as shop:
        home.shop = work.shop = shop
        yield Restarted(shop, home, work, customer, operator)


@pytest.fixture
def shop_of_three(restarted: Restarted) -> RunningShop:
    """A running shop with three workers, shared like the other."""
    return restarted.shop


@pytest.fixture
def start_shop(framework: str, tmp_path: Path) -> Iterator[StartShop]:
    """Start shops of the test's own, with options of its own."""
    with ExitStack() as stack:

        def start(*options: str) -> RunningShop:
            return stack.enter_context(running(SHOPS[framework], tmp_path, *options))

        yield start


@pytest.fixture
def visitor(shop: RunningShop) -> Visitor:
    """Somebody who has never been to the shared shop."""
    return Visitor(shop)
