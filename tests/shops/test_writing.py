"""Forms that write to the shop: newsletter, contact, quotation, contest, reviews."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.shops.actions import link_in, move_clock, new_address
from tests.shops.mail_promises import confirm
from tests.shops.running import RunningShop
from tests.shops.visitor import Visitor


@pytest.mark.stateful
def test_newsletter_needs_confirmation(shop: RunningShop, visitor: Visitor) -> None:
    """A sign-up counts once the box behind the link was ticked; a second one tells nothing about the first."""
    email = new_address()
    form = visitor.get("/").form("/newsletter")
    first = visitor.submit(form, email=email)
    link = link_in(shop.mails(email)[0], shop)
    before = shop.rows("SELECT count(*) FROM shopprivacy_ledger")
    visitor.go(link)
    assert shop.rows("SELECT count(*) FROM shopprivacy_ledger") == before
    assert confirm(visitor, link).status == 200
    assert shop.rows("SELECT count(*) FROM shopprivacy_ledger") > before
    assert visitor.submit(form, email=email).body == first.body
    assert len(shop.mails(email)) == 1


@pytest.mark.stateful
def test_newsletter_link_expires(patient_shop: RunningShop) -> None:
    """A confirmation link that was not used for more than a week, or was made up, confirms nothing."""
    shop = patient_shop
    visitor = Visitor(shop)
    email = new_address()
    visitor.submit(visitor.get("/").form("/newsletter"), email=email)
    link = link_in(shop.mails(email)[0], shop)
    move_clock(shop, shop.now + timedelta(days=7, minutes=1))
    assert visitor.get(link).status == 404
    assert visitor.get("/privacy/confirm/forged").status == 404
    [number] = shop.numbers("newsletter_entry", email)
    assert shop.rows("SELECT confirmed_at FROM newsletter_entry WHERE id = ?", number) == [(None,)]


def test_newsletter_refuses_what_is_no_address(shop: RunningShop, visitor: Visitor) -> None:
    """Line breaks and half addresses end in no mail."""
    for email in ("", "nobody", "an@klant.example\nBcc: all@klant.example"):
        assert visitor.post("/newsletter", {"email": email}).status == 422


@pytest.mark.stateful
@pytest.mark.parametrize(
    ("path", "table", "answers"),
    [
        ("/contact", "message", {"subject": "Hello", "message": "When are you open?"}),
        ("/quotes", "quote", {"product": "lamp-boog", "quantity": "30", "message": "With our name on it."}),
        ("/contest", "contest_entry", {"answer": "812", "address": "Veldstraat 7, Gent"}),
    ],
)
def test_forms_are_stored(
    shop: RunningShop, visitor: Visitor, path: str, table: str, answers: dict[str, str]
) -> None:
    """A message, a request for a quotation and a contest entry are stored once; incomplete ones are not."""
    email = new_address()
    form = visitor.get(path).form(path)
    assert visitor.submit(form, name="", email=email, **answers).status == 422
    assert visitor.submit(form, name="An Peeters", email=email, **answers).status == 200
    stored = [
        (shop.opened(name, f"{table}.name", number), shop.opened(address, f"{table}.email", number))
        for number, name, address in shop.rows(f"SELECT id, name, email FROM {table}")
    ]
    assert [name for name, address in stored if address == email] == ["An Peeters"]


@pytest.mark.stateful
def test_review_with_and_without_name(shop: RunningShop, visitor: Visitor) -> None:
    """A review shows a name only where one was filled in, and what is written is shown as text."""
    path = "/products/kussen-duin"
    form = visitor.get(path).form(f"{path}/reviews")
    visitor.submit(form, text="<b>Soft</b> and warm.", rating="4")
    page = visitor.submit(form, text="Lovely colours.", name="Saïd", rating="5")
    assert "&lt;b&gt;Soft" in page.text
    assert "Saïd" in page.text
    query = (
        "SELECT id, name FROM review WHERE product_id = (SELECT id FROM product WHERE slug = ?) ORDER BY id"
    )
    names = shop.rows(query, "kussen-duin")
    assert [shop.opened(name, "review.name", number) for number, name in names] == ["", "Saïd"]
    assert visitor.submit(form, text="", rating="4").status == 422
    assert visitor.post(f"{path}/reviews", {"text": "Hm", "rating": "6"}).status == 422


def test_unknown_pages_are_404(visitor: Visitor) -> None:
    """What does not exist says so, in the shop's own look."""
    for path in ("/nothing", "/products/nothing"):
        reply = visitor.get(path)
        assert reply.status == 404
        assert "shop.css" in reply.text
