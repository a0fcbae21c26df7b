"""Accounts: register, log in, change, log out."""

from __future__ import annotations

from copy import deepcopy
from time import monotonic, sleep

import pytest

from tests.shops.actions import PASSWORD, answer_banner, log_in, new_address, register
from tests.shops.running import RunningShop
from tests.shops.visitor import Visitor


@pytest.mark.stateful
def test_register_and_log_in(shop: RunningShop, visitor: Visitor) -> None:
    """An account is stored with a hash of its password, and opens with the password in another browser."""
    email = new_address()
    assert email in register(visitor, email).text
    [number] = shop.numbers("customer", email)
    [(password_hash,)] = shop.rows("SELECT password_hash FROM customer WHERE id = ?", number)
    assert PASSWORD not in str(password_hash)
    elsewhere = Visitor(shop)
    assert elsewhere.go("/account").url.endswith("/login")
    form = elsewhere.get("/login").form("/login")
    assert elsewhere.submit(form, email=email, password="something else").status == 401
    assert email in elsewhere.submit(form, email=email.upper(), password=PASSWORD).text


def test_log_in_works_with_everything_refused(shop: RunningShop, visitor: Visitor) -> None:
    """Refusing every cookie that is asked about locks nobody out."""
    answer_banner(visitor, "refuse")
    email = new_address()
    register(visitor, email)
    assert email in visitor.get("/account").text
    assert "registered" not in visitor.cookies


@pytest.mark.parametrize(
    "changes", [{"password": "short"}, {"email": "nobody"}, {"name": ""}, {"name": "x" * 81}]
)
def test_register_says_what_is_wrong(visitor: Visitor, changes: dict[str, str]) -> None:
    """An account that cannot be is refused with a reason."""
    details = {"name": "An Peeters", "email": new_address(), "password": PASSWORD} | changes
    page = visitor.submit(visitor.get("/register").form("/register"), **details)
    assert page.status == 422
    assert 'role="alert"' in page.text
    assert PASSWORD not in page.text


@pytest.mark.stateful
def test_address_is_taken_once(shop: RunningShop, visitor: Visitor) -> None:
    """There is one account for an address."""
    email = new_address()
    register(visitor, email)
    assert register(Visitor(shop), email.title()).status == 422


@pytest.mark.stateful
def test_profile_change(shop: RunningShop, visitor: Visitor) -> None:
    """A customer changes name, telephone and address; a mistake changes nothing."""
    email = new_address()
    register(visitor, email)
    form = visitor.get("/account").form("/account")
    details = {
        "phone": "+32 9 123 45 67",
        "street": "Coupure 1",
        "postcode": "9000",
        "city": "Gent",
        "country": "BE",
    }
    assert visitor.submit(form, name="An Maes", **details).status == 200
    assert visitor.submit(form, name="", **details).status == 422
    [number] = shop.numbers("customer", email)
    [(name, phone)] = shop.rows("SELECT name, phone FROM customer WHERE id = ?", number)
    assert shop.opened(name, "customer.name", number) == "An Maes"
    assert shop.opened(phone, "customer.phone", number) == "+32 9 123 45 67"
    [(street,)] = shop.rows("SELECT street FROM address WHERE customer_id = ?", number)
    assert shop.opened(street, "address.street", number, "customer") == "Coupure 1"


def test_log_out(visitor: Visitor) -> None:
    """Logging out takes a press of a button, and then the account is closed to this browser."""
    register(visitor, new_address())
    page = visitor.get("/logout")
    assert visitor.get("/account").status == 200
    visitor.submit(page.form("/logout"))
    assert visitor.go("/account").url.endswith("/login")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    ],
)
def test_forged_forms_are_refused(visitor: Visitor, headers: dict[str, str]) -> None:
    """What another site's page sends changes nothing, whether the browser knows Fetch Metadata or not."""
    register(visitor, new_address())
    assert visitor.post("/logout", headers=headers).status == 403
    assert visitor.get("/account").status == 200


@pytest.mark.stateful
def test_a_withdrawal_reaches_the_other_devices(shop: RunningShop, visitor: Visitor) -> None:
    """Withdrawn on one device, closed on the account's other device within five seconds, cookies and all."""
    email = new_address()
    register(visitor, email)
    other = Visitor(shop)
    log_in(other, email)
    stranger = Visitor(shop)
    for device in (visitor, other, stranger):
        answer_banner(device, "accept")
        device.get("/")
        assert "_ga" in device.get("/").seen
    answer_banner(visitor, "refuse")
    until = monotonic() + 5
    while "_ga" in other.get("/").seen:
        assert monotonic() < until
        sleep(0.05)  # waiting is not to keep the shop busy
    assert "_ga" not in other.cookies
    assert "_ga" in stranger.get("/").seen


@pytest.mark.stateful
def test_logging_in_narrows_both_sides(shop: RunningShop, visitor: Visitor) -> None:
    """A refusal here closes the account's grant elsewhere, and a shared computer's grant is never the account's."""
    email = new_address()
    register(visitor, email)
    answer_banner(visitor, "refuse")
    shared = Visitor(shop)
    answer_banner(shared, "accept")
    shared.get("/")
    assert "_ga" in shared.get("/").seen
    reply = log_in(shared, email)
    assert "_ga" not in reply.seen
    assert "_ga" not in shared.cookies


@pytest.mark.stateful
def test_a_refusal_during_a_slow_log_in_holds(shop: RunningShop, visitor: Visitor) -> None:
    """One window logs in, with the cookies of that moment; another refuses all before the answer is there."""
    email = new_address()
    register(Visitor(shop), email)
    answer_banner(visitor, "accept")
    visitor.get("/")
    form = visitor.get("/login").form("/login")
    slow = Visitor(shop, jar=deepcopy(visitor.jar))
    answer_banner(visitor, "refuse")
    slow.submit(form, email=email, password=PASSWORD)  # its answer is the last that the browser gets
    assert "_ga" not in slow.get("/").seen
    assert "_ga" not in slow.cookies
