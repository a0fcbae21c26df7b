"""What the shops seal: readable on its page, in no file in clear, and gone when its key is."""

from __future__ import annotations

import base64
import time
import zlib
from collections.abc import Sequence
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from shopprivacy.errors import WrongSubject
from shopprivacy.sealing import Erased
from tests.shops.actions import fill_cart, from_every_worker, new_address, order, register
from tests.shops.mail_promises import operator
from tests.shops.running import RunningShop, running
from tests.shops.visitor import Visitor

pytestmark = pytest.mark.stateful

PHONE = "customer.phone"
CANARIES = ("+31 6 7000 1234", "Canary Kanarie", "Kanariestraat 77")


def sealed_phone(shop: RunningShop, email: str) -> tuple[object, object]:
    """A customer's number, and what stands in the column."""
    [number] = shop.numbers("customer", email)
    [(phone,)] = shop.rows("SELECT phone FROM customer WHERE id = ?", number)
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


def places_of(shop: RunningShop, texts: Sequence[str]) -> dict[str, list[str]]:
    """For each text the shop's files, keys, subject keys and tables that hold it."""
    files = [*shop.data.rglob("*"), *shop.keys.parent.glob("*.*")]
    held = {path.name: path.read_bytes() for path in files if path.is_file()}
    for table in shop.columns():
        values = [value for row in shop.rows(f'SELECT * FROM "{table}"') for value in row]
        held[table] = b"\n".join(
            bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for value in values
        )
    return {text: [place for place, content in held.items() if text.encode() in content] for text in texts}


def is_shown(visitor: Visitor, number: str) -> bool:
    """Whether any worker still shows a number on the account's page; what another one has erased, for seconds."""
    until = time.monotonic() + (60 if visitor.shop.workers > 1 else 0)
    while any(number in reply.text for reply in from_every_worker(visitor, "/account")):
        if time.monotonic() >= until:
            return True
    return False


def test_nothing_sealed_is_in_clear(shop: RunningShop, visitor: Visitor) -> None:
    """A04, K14: a telephone number, a message and a contest entry stand in no file of the shop, its logs included."""
    email = written_by(visitor)
    assert CANARIES[0] in visitor.get("/checkout?cart=lamp-boog:1").text
    found = places_of(shop, [*CANARIES, email, "Lampe boog", "lamp-boog"])
    assert found.pop("lamp-boog")  # what is not personal is found: the search works
    del found["Lampe boog"]
    if not seals_all(shop):
        assert found.pop(email)  # until these shops seal it, too
    assert not any(found.values()), found


def test_with_sealing_taken_out(tmp_path: Path) -> None:
    """Without the library each of them is found, and an erased number stays: the tests above can fail."""
    with running("tests.shops.unsealed", tmp_path) as shop:
        visitor = Visitor(shop)
        email = written_by(visitor)
        assert all(places_of(shop, CANARIES).values())
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
    assert not is_shown(visitor, number)
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


whole = pytest.mark.parametrize("framework", ["django"], indirect=True, scope="session")
"""For the shop that stores every personal column sealed; the two others seal telephone numbers."""


def seals_all(shop: RunningShop) -> bool:
    """Whether the shop seals every personal column."""
    return "email_index" in shop.columns()["customer"]


NAMES = ("Quirijn", "Vanderstichele", "Zwanenzanglaan", "1987 QX", "Okselaar", "Kwartelbv", "+32 9 555 01 02")
"""What no other test, policy or text has."""


def session_of(visitor: Visitor) -> bytes:
    """What Django keeps of a session, which it signs and does not encrypt."""
    cookies = SimpleCookie((visitor.jar.cookie_header(visitor.shop.url, visitor.shop.now) or b"").decode())
    session = cookies["session"].value.partition(":")[0]
    packed = base64.urlsafe_b64decode(session.lstrip(".") + "=" * (-len(session.lstrip(".")) % 4))
    return zlib.decompress(packed) if session.startswith(".") else packed


def shopped(shop: RunningShop) -> str:
    """Somebody does everything that a shop keeps something of."""
    visitor, email = Visitor(shop), new_address()
    visitor.submit(
        visitor.get("/register").form("/register"),
        name=f"{NAMES[0]} {NAMES[1]}",
        email=email,
        password="p" * 12,
    )
    details = {"street": f"{NAMES[2]} 7", "postcode": NAMES[3], "city": NAMES[4], "phone": NAMES[6]}
    name = f"{NAMES[0]} {NAMES[1]}"
    company = {"company": NAMES[5], "vat_number": "BE0123456749"}
    profile = visitor.get("/account").form("/account")
    assert visitor.submit(profile, name=name, country="BE", **company, **details).status == 200
    fill_cart(visitor)
    assert order(visitor, email, name=name, **company, **details).status == 200
    fill_cart(visitor)
    visitor.submit(visitor.get("/cart").form("/cart/save"), email=email)
    guest = Visitor(shop)
    fill_cart(guest)
    order(guest, email, name=name, **details)
    told = session_of(visitor)
    assert b"_auth_user_id" in told
    assert not any(text.encode() in told for text in (*NAMES, email))
    form = {"name": name, "email": email}
    guest.submit(guest.get("/contact").form("/contact"), subject=NAMES[1], message=f"{NAMES[2]}!", **form)
    guest.submit(guest.get("/contest").form("/contest"), answer="7", address=f"{NAMES[2]} 7", **form)
    guest.submit(guest.get("/").form("/newsletter"), email=email)
    return email


@whole
def test_no_name_of_anybody_is_in_clear(shop: RunningShop) -> None:
    """A04, S32, K14: no name, street, address or number stands in database, log or key store; only in the mails."""
    email = shopped(shop)
    found = places_of(shop, [*NAMES, email, "lamp-boog"])
    assert found.pop("lamp-boog")
    assert {
        text: [place for place in places if not place.endswith(".eml")] for text, places in found.items()
    } == {text: [] for text in found}


@whole
def test_the_operator_finds_customers(shop: RunningShop) -> None:
    """By a whole address, a surname or a postcode; a part of them finds nobody, and nobody else may ask."""
    email = shopped(shop)
    assert Visitor(shop).get("/admin/customers?q=x").status == 401
    asked = operator(shop)
    for wanted in (email.upper(), NAMES[1].lower(), NAMES[3].replace(" ", "")):
        assert email in asked.get(f"/admin/customers?q={wanted}").text
    for wanted in (email[:5], NAMES[1][:4], ""):
        assert asked.get(f"/admin/customers?q={wanted}").text == ""


def test_with_the_models_sealing_taken_out(tmp_path: Path) -> None:
    """Without the library each name is found, and an erased number stays: the tests of A04, S32, K14, D41 can fail."""
    with running("tests.shops.unsealed_django", tmp_path) as shop:
        email = shopped(shop)
        found = places_of(shop, [*NAMES, email])
        assert all(any(not place.endswith(".eml") for place in places) for places in found.values()), found
        visitor = Visitor(shop)
        log_in = visitor.get("/login").form("/login")
        assert visitor.submit(log_in, email=email, password="p" * 12).status == 200
        assert visitor.post("/account/erase", {}).status == 200
        assert NAMES[6] in visitor.get("/account").text
