"""What the shops seal: readable on its page, in no file in clear, and gone when its key is."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopprivacy.errors import WrongSubject
from shopprivacy.sealing import Erased
from tests.shops.actions import new_address, register
from tests.shops.running import RunningShop, running
from tests.shops.visitor import Visitor

pytestmark = pytest.mark.stateful

PHONE = "customer.phone"
CANARIES = ("+31 6 7000 1234", "Canary Kanarie", "Kanariestraat 77")


def sealed_phone(shop: RunningShop, email: str) -> tuple[object, object]:
    """A customer's number, and what stands in the column."""
    [(number, phone)] = shop.rows("SELECT id, phone FROM customer WHERE email = ?", email)
    return number, phone


def saved(visitor: Visitor, phone: str) -> int:
    """Save the account's page with another telephone number."""
    return visitor.submit(visitor.get("/account").form("/account"), phone=phone).status


def written_by(visitor: Visitor) -> str:
    """Register somebody who tells the shop all canaries; gives their address."""
    email = new_address()
    register(visitor, email)
    assert saved(visitor, CANARIES[0]) == 200
    assert CANARIES[0] in visitor.get("/account").text
    form = visitor.get("/contest").form("/contest")
    visitor.submit(form, name=CANARIES[1], email=new_address(), answer="7", address=CANARIES[2])
    form = visitor.get("/contact").form("/contact")
    visitor.submit(form, name=CANARIES[1], email=new_address(), subject=CANARIES[1], message=CANARIES[2])
    return email


def found_in(shop: RunningShop, text: str) -> list[str]:
    """The shop's files, keys and subject keys that hold a text."""
    files = [*shop.data.rglob("*"), *shop.keys.parent.glob("*.*")]
    return [path.name for path in files if path.is_file() and text.encode() in path.read_bytes()]


def test_nothing_sealed_is_in_clear(shop: RunningShop, visitor: Visitor) -> None:
    """A04, K14: a telephone number, a message and a contest entry stand in no file of the shop, its logs included."""
    email = written_by(visitor)
    assert CANARIES[0] in visitor.get("/checkout?cart=lamp-boog:1").text
    assert [(canary, found) for canary in CANARIES if (found := found_in(shop, canary))] == []
    assert found_in(shop, email)  # what is not sealed yet is found: the search works


def test_with_sealing_taken_out(tmp_path: Path) -> None:
    """Without the library each of them is found, and an erased number stays: the tests above can fail."""
    with running("tests.shops.unsealed", tmp_path) as shop:
        visitor = Visitor(shop)
        email = written_by(visitor)
        assert all(found_in(shop, canary) for canary in CANARIES)
        assert visitor.post("/account/erase", {}).status == 200
        assert CANARIES[0] in visitor.get("/account").text
        assert sealed_phone(shop, email)[1] == CANARIES[0].encode()


def test_an_erased_number_is_gone(shop: RunningShop, visitor: Visitor) -> None:
    """D41: after erasing, the page shows nothing, the bytes of an older copy open nothing, and nothing is filled in."""
    email, number = new_address(), "+31 6 7000 5678"
    register(visitor, email)
    saved(visitor, number)
    owner, copy = sealed_phone(shop, email)
    assert shop.opened(copy, PHONE, owner) == number
    assert visitor.post("/account/erase", {}).status == 200
    assert number not in visitor.get("/account").text
    assert shop.opened(copy, PHONE, owner) is Erased
    assert saved(visitor, "") == 200
    assert saved(visitor, number) == 422
    assert sealed_phone(shop, email)[1] == copy


def test_anothers_bytes_open_nothing(shop: RunningShop, visitor: Visitor) -> None:
    """A victim's bytes in my row are refused."""
    emails = new_address(), new_address()
    sealed = []
    for email in emails:
        somebody = Visitor(shop)
        register(somebody, email)
        saved(somebody, "+31 6 1")
        sealed.append(sealed_phone(shop, email))
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
