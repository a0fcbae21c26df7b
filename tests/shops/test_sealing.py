"""What the shops seal: readable on its page, in no file in clear, and gone when its key is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shopprivacy.errors import WrongSubject
from tests.shops.actions import new_address, register
from tests.shops.mail_promises import operator
from tests.shops.running import RunningShop, running
from tests.shops.sealing_promises import (
    NAMES,
    PHONE,
    PROMISES,
    address_of,
    places_of,
    saved,
    sealed_phone,
    shopped,
    tables_of,
)
from tests.shops.visitor import Visitor

ECHOING = {
    "flask": "tests.shops.echoing",
    "fastapi": "tests.shops.echoing_fastapi",
    "django": "tests.shops.echoing_django",
}
"""The shops, with the log of SQL statements on."""
UNSEALED = {
    "flask": "tests.shops.unsealed",
    "fastapi": "tests.shops.unsealed_fastapi",
    "django": "tests.shops.unsealed_django",
}
"""The same with sealing taken out."""


@pytest.fixture(scope="module")
def echoing_shop(framework: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """A shop that logs its statements."""
    with running(ECHOING[framework], tmp_path_factory.mktemp("echoing")) as started:
        yield started


@pytest.fixture(scope="module")
def unsealed_shop(framework: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """A shop that seals nothing."""
    with running(UNSEALED[framework], tmp_path_factory.mktemp("unsealed")) as started:
        yield started


@pytest.mark.stateful
@pytest.mark.parametrize("row", PROMISES)
def test_promise(echoing_shop: RunningShop, row: str) -> None:
    """A04, S32, D41, K14: what the statements say of what is kept is true of every shop."""
    PROMISES[row](echoing_shop)


@pytest.mark.parametrize("row", PROMISES)
def test_promise_is_broken_without_sealing(unsealed_shop: RunningShop, row: str) -> None:
    """With sealing taken out the promise does not hold, and its test says so."""
    with pytest.raises(AssertionError):
        PROMISES[row](unsealed_shop)


def test_without_sealing_everything_is_found(unsealed_shop: RunningShop) -> None:
    """Each name, street, address and number stands in the database where nothing seals it."""
    email = address_of(shopped(unsealed_shop))
    found = places_of(unsealed_shop, [*NAMES, email])
    assert all({*places} & {*unsealed_shop.columns()} for places in found.values()), found


@pytest.mark.stateful
def test_the_columns_are_sealed(shop: RunningShop) -> None:
    """Wherever a table has a personal column, each of its rows holds bytes."""
    shopped(shop)
    for column in ("name", "email", "phone", "company", "vat_number", "street", "address"):
        for table, rows in tables_of(shop, column).items():
            assert rows, (table, column)
            assert all(isinstance(value, bytes | memoryview) for (value,) in rows), (table, column)


@pytest.mark.stateful
def test_anothers_bytes_open_nothing(shop: RunningShop) -> None:
    """A victim's bytes in my row are refused."""
    sealed = []
    for _ in range(2):
        somebody = Visitor(shop)
        register(somebody, new_address())
        saved(somebody, "+31 6 1")
        sealed.append(sealed_phone(shop))
    [(_, theirs), (mine, _)] = sealed
    with pytest.raises(WrongSubject):
        shop.opened(theirs, PHONE, mine)


def test_erasing_needs_a_log_in(shop: RunningShop, visitor: Visitor) -> None:
    """Nobody else erases anybody."""
    assert visitor.go("/account").url.endswith("/login")
    assert visitor.post("/account/erase", {}).status in (302, 303)


def test_the_key_store_lies_apart(shop: RunningShop) -> None:
    """The keys of persons are in a file of their own, outside the folder of the data, for their owner alone."""
    [file] = shop.keys.parent.glob("subject-keys.sqlite3")
    assert shop.data not in file.parents
    assert file.stat().st_mode & 0o077 == 0
    assert not list(shop.data.rglob("*subject*"))


@pytest.mark.stateful
def test_the_operator_finds_customers(shop: RunningShop) -> None:
    """By a whole address, a surname or a postcode; a part of them finds nobody, and nobody else may ask."""
    email = address_of(shopped(shop))
    assert Visitor(shop).get("/admin/customers?q=x").status == 401
    asked = operator(shop)
    for wanted in (email.upper(), NAMES[1].lower(), NAMES[3].replace(" ", "")):
        assert email in asked.get(f"/admin/customers?q={wanted}").text
    for wanted in (email[:5], NAMES[1][:4], ""):
        assert asked.get(f"/admin/customers?q={wanted}").text == ""
