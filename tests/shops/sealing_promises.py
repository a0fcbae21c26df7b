"""What the statements promise of what is kept, told as visits to a shop.

Each function visits a running shop and asserts one promise. ``test_sealing`` holds them against every example shop, and
shows that each fails as soon as sealing is taken out.
"""

from __future__ import annotations

import base64
import re
import secrets
import time
import zlib
from collections.abc import Callable, Sequence
from http.cookies import SimpleCookie

from shopprivacy.crypto import Keyset, Ring
from shopprivacy.errors import PrivacyError
from shopprivacy.sealing import Erased
from tests.shops.actions import PASSWORD, fill_cart, from_every_worker, new_address, order, register
from tests.shops.running import RunningShop
from tests.shops.visitor import Visitor

PHONE = "customer.phone"
NAMES = ("Quirijn", "Vanderstichele", "Zwanenzanglaan", "1987 QX", "Okselaar", "Kwartelbv", "+32 9 555 01 02")
"""What no other test, policy or text has: names, street, postcode, city, company and telephone number."""
NAME, STREET = f"{NAMES[0]} {NAMES[1]}", f"{NAMES[2]} 7"


def shopped(shop: RunningShop) -> Visitor:
    """Somebody does everything that a shop keeps something of; they stay logged in."""
    visitor, email = Visitor(shop), new_address()
    details = {"street": STREET, "postcode": NAMES[3], "city": NAMES[4], "phone": NAMES[6]}
    company = {"company": NAMES[5], "vat_number": "BE0123456749"}
    form = visitor.get("/register").form("/register")
    visitor.submit(form, name=NAME, email=email, password=PASSWORD)
    form = visitor.get("/account").form("/account")
    assert visitor.submit(form, name=NAME, country="BE", **company, **details).status == 200
    fill_cart(visitor)
    assert order(visitor, email, name=NAME, **company, **details).status == 200
    fill_cart(visitor)
    visitor.submit(visitor.get("/cart").form("/cart/save"), email=email)
    product = "/products/lamp-boog"
    visitor.submit(
        visitor.get(product).form(f"{product}/reviews"), name=NAME, rating="5", text="It holds flowers"
    )
    guest = Visitor(shop)
    fill_cart(guest)
    assert order(guest, email, name=NAME, **details).status == 200
    person = {"name": NAME, "email": email}
    guest.submit(guest.get("/contact").form("/contact"), subject=NAMES[1], message=f"{STREET}!", **person)
    guest.submit(guest.get("/contest").form("/contest"), answer="7", address=STREET, **person)
    quote = {"company": NAMES[5], "phone": NAMES[6], "product": "vaas-delta", "quantity": "3"}
    guest.submit(guest.get("/quotes").form("/quotes"), message=f"{STREET}?", **quote, **person)
    guest.submit(guest.get("/").form("/newsletter"), email=email)
    assert all(tables_of(shop, "email").values())
    return visitor


def tables_of(shop: RunningShop, column: str) -> dict[str, list[tuple[object, ...]]]:
    """The rows of the shop's own tables that have a column."""
    tables = [
        table
        for table, columns in shop.columns().items()
        if column in columns and not table.startswith(("shopprivacy_", "django_", "auth_"))
    ]
    return {table: shop.rows(f'SELECT {column} FROM "{table}"') for table in tables}


def address_of(visitor: Visitor) -> str:
    """The e-mail address that the account's page shows of somebody."""
    return dict(visitor.get("/account").form("/account").fields)["email"]


def places_of(shop: RunningShop, texts: Sequence[str]) -> dict[str, list[str]]:
    """For each text the shop's files, keys, subject keys and tables that hold it; mails are left out."""
    files = [*shop.data.rglob("*"), *shop.keys.parent.glob("*.*")]
    held = {path.name: path.read_bytes() for path in files if path.is_file() and path.suffix != ".eml"}
    for table in shop.columns():
        values = [value for row in shop.rows(f'SELECT * FROM "{table}"') for value in row]
        held[table] = b"\n".join(
            bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for value in values
        )
    return {text: [place for place, content in held.items() if text.encode() in content] for text in texts}


def session_of(visitor: Visitor) -> bytes:
    """What a shop keeps in a session's cookie, which each of the frameworks signs and does not encrypt."""
    cookies = SimpleCookie((visitor.jar.cookie_header(visitor.shop.url, visitor.shop.now) or b"").decode())
    value = cookies["session"].value
    content = re.split("[:.]", value.lstrip("."))[0].translate(str.maketrans("+/", "-_")).rstrip("=")
    packed = base64.urlsafe_b64decode(content + "=" * (-len(content) % 4))
    return zlib.decompress(packed) if value.startswith(".") else packed


def sealed_phone(shop: RunningShop) -> tuple[object, object]:
    """The number of whoever registered last, and what stands in the column of their telephone."""
    [(number, phone)] = shop.rows("SELECT id, phone FROM customer ORDER BY id DESC LIMIT 1")
    return number, phone


def saved(visitor: Visitor, phone: str) -> int:
    """Save the account's page with another telephone number."""
    return visitor.submit(visitor.get("/account").form("/account"), phone=phone).status


def is_shown(visitor: Visitor, number: str) -> bool:
    """Whether any worker still shows a number on the account's page; what another one has erased, for seconds."""
    until = time.monotonic() + (60 if visitor.shop.workers > 1 else 0)
    while any(number in reply.text for reply in from_every_worker(visitor, "/account")):
        if time.monotonic() >= until:
            return True
    return False


def nothing_is_kept_in_clear(shop: RunningShop) -> None:
    """A04: who reads all that the shop has written finds no name, street, address or number of anybody.

    That is its database with all that belongs to it, keys, logs, and the log of SQL statements, which tells all values.
    """
    email = address_of(shopped(shop))
    found = places_of(shop, [*NAMES, email, "lamp-boog", "vaas-delta"])
    assert "product" in found.pop("lamp-boog")  # what is not personal is found: the search works
    assert "statements.log" in found.pop("vaas-delta")
    assert found == {text: [] for text in found}


def it_is_private(shop: RunningShop) -> None:
    """S32: customers see what the shop knows of them; no table shows it, and no session, which a browser keeps."""
    visitor = shopped(shop)
    page = visitor.get("/account").text
    assert all(text in page for text in NAMES)
    told = session_of(visitor)
    assert b"customer_id" in told or b"_auth_user_id" in told
    email = address_of(visitor)
    assert not any(text.encode() in told for text in (*NAMES, email))
    held = {table for places in places_of(shop, [*NAMES, email]).values() for table in places}
    assert not held & {*shop.columns()}


def the_erased_is_unusable(shop: RunningShop) -> None:
    """D41: after erasing, the page shows nothing, the bytes of an older copy open nothing, and nothing is filled in."""
    visitor, number = Visitor(shop), "+31 6 7000 5678"
    register(visitor, new_address())
    assert saved(visitor, number) == 200
    owner, copy = sealed_phone(shop)
    assert visitor.post("/account/erase", {}).status == 200
    assert not is_shown(visitor, number)
    assert shop.opened(copy, PHONE, owner) is Erased
    assert saved(visitor, "") == 200
    assert saved(visitor, number) == 422
    assert sealed_phone(shop)[1] == copy


def the_address_file_is_encrypted(shop: RunningShop) -> None:
    """K14: customers and addresses hold no name or street; another keyset opens nothing, a rotated one everything."""
    visitor = shopped(shop)
    found = places_of(shop, NAMES)
    assert not any({"customer", "address"} & {*places} for places in found.values()), found
    [number] = shop.numbers("customer", address_of(visitor))
    [(street,)] = shop.rows("SELECT street FROM address WHERE customer_id = ?", number)
    assert opened_by(shop.keyset(), shop, street, number) == STREET
    wrong = Keyset.generate(secrets.token_bytes, shop.now)
    assert opened_by(wrong, shop, street, number) is None
    newer = shop.keyset()
    for ring in filter(lambda ring: ring.rotates, Ring):
        before = {key.id for key in newer.keys(ring)}
        newer = newer.new(ring, secrets.token_bytes, shop.now)
        [added] = [key.id for key in newer.keys(ring) if key.id not in before]
        newer = newer.rotate(added, shop.now)
    assert opened_by(newer, shop, street, number) == STREET


def opened_by(keyset: Keyset, shop: RunningShop, street: object, number: int) -> object:
    """What a keyset opens of a customer's street; None: nothing."""
    stored: bytes = bytes(street)  # type: ignore[call-overload]  # what a driver gives
    try:
        return shop.sealing(keyset).open(stored, "address.street", subject=("customer", number))
    except PrivacyError:
        return None


PROMISES: dict[str, Callable[[RunningShop], None]] = {
    "A04": nothing_is_kept_in_clear,
    "S32": it_is_private,
    "D41": the_erased_is_unusable,
    "K14": the_address_file_is_encrypted,
}
"""By row of what the statements promise."""
