"""Looking round, filling a cart and ordering."""

from __future__ import annotations

import pytest

from tests.shops.actions import answer_banner, fill_cart, link_in, new_address, order, register
from tests.shops.running import RunningShop
from tests.shops.visitor import Visitor

LANGUAGES = {"nl": "winkelmandje", "fr": "panier", "de": "Warenkorb", "en": "cart"}


@pytest.fixture(params=["unasked", "refused", "accepted"])
def shopper(request: pytest.FixtureRequest, visitor: Visitor) -> Visitor:
    """Somebody who shops before any choice, after refusing everything or after accepting everything."""
    if request.param == "refused":
        answer_banner(visitor, "refuse")
    elif request.param == "accepted":
        answer_banner(visitor, "accept")
    return visitor


def test_catalogue_shows_every_product(visitor: Visitor) -> None:
    """The shop window links to pages of products that exist."""
    page = visitor.get("/").text
    slugs = {part.partition('"')[0] for part in page.split("/products/") if not part.startswith("<")}
    slugs = {slug for slug in slugs if slug.isascii() and "." not in slug and " " not in slug}
    assert len(slugs) >= 8
    for slug in slugs:
        assert visitor.get(f"/products/{slug}").status == 200


def test_product_page_loads_from_third_parties_by_consent(visitor: Visitor) -> None:
    """Statistics, pixel and film are in a product's page once their purposes are allowed, and not before or after."""
    elsewhere = {"https://stats.example.com/", "https://pixel.example.net/", "https://video.example.org/"}
    for choice, shown in ((None, set()), ("refuse", set()), ("accept", elsewhere), ("refuse", set())):
        if choice:
            answer_banner(visitor, choice)
        page = visitor.get("/products/vaas-delta").text
        assert {host for host in elsewhere if host in page} == shown


@pytest.mark.stateful
def test_order_as_guest(shop: RunningShop, shopper: Visitor) -> None:
    """Whatever was chosen about cookies, a guest's order ends in the database, with its mail in the outbox."""
    email = new_address()
    fill_cart(shopper, "vaas-delta", 2)
    fill_cart(shopper, "schrift-lijn")
    page = order(shopper, email)
    assert page.status == 200
    [(number, customer, reference, total)] = shop.rows(
        'SELECT o.number, o.customer_id, p.reference, i.total FROM "order" o JOIN payment p ON p.order_id = o.id '
        "JOIN invoice i ON i.order_id = o.id WHERE o.id = ?",
        *shop.numbers("order", email),
    )
    assert customer is None
    assert total == 2 * 3495 + 1250
    assert str(number) in page.text
    assert str(reference) in page.text
    lines = shop.rows(
        "SELECT quantity FROM order_line WHERE order_id = ? ORDER BY 1", *shop.numbers("order", email)
    )
    assert lines == [(1,), (2,)]
    [mail] = shop.mails(email)
    assert str(number) in mail["Subject"]
    assert "Veldstraat 7" in mail.get_content()
    assert "cart" not in shopper.cookies


@pytest.mark.stateful
def test_order_as_customer(shop: RunningShop, visitor: Visitor) -> None:
    """A customer's order belongs to the account and shows there; the address is filled in the next time."""
    email = new_address()
    register(visitor, email)
    fill_cart(visitor)
    order(visitor, email)
    [(number,)] = shop.rows(
        'SELECT number FROM "order" WHERE customer_id = ?', *shop.numbers("customer", email)
    )
    assert str(number) in visitor.get("/account").text
    fill_cart(visitor)
    assert ("street", "Veldstraat 7") in visitor.get("/checkout").form("/checkout").fields


@pytest.mark.stateful
def test_company_gives_vat_number(shop: RunningShop, visitor: Visitor) -> None:
    """A company in the EU orders with its VAT number, which stands on the invoice."""
    email = new_address()
    fill_cart(visitor)
    order(visitor, email, company="Peeters bv", vat_number="BE 0123.456.749")
    [number] = shop.numbers("order", email)
    [(company, vat_number)] = shop.rows("SELECT company, vat_number FROM invoice WHERE order_id = ?", number)
    assert shop.opened(company, "invoice.company", number, "order") == "Peeters bv"
    assert shop.opened(vat_number, "invoice.vat_number", number, "order") == "BE0123456749"


@pytest.mark.parametrize(
    "changes",
    [
        {"company": "Peeters bv", "vat_number": ""},
        {"company": "Peeters bv", "vat_number": "none of your business"},
        {"company": "", "vat_number": "BE0123456749"},
        {"company": "Muster AG", "vat_number": "CHE123456789", "country": "CH"},
        {"name": " "},
        {"email": "an at home"},
        {"country": "XX"},
        {"street": "x" * 300},
    ],
)
def test_checkout_says_what_is_wrong(shop: RunningShop, visitor: Visitor, changes: dict[str, str]) -> None:
    """A mistake in the checkout form is told on the same page, and nothing is stored."""
    email = new_address()
    fill_cart(visitor)
    page = order(visitor, changes.get("email", email), **{k: v for k, v in changes.items() if k != "email"})
    assert page.status == 422
    assert 'role="alert"' in page.text
    assert shop.numbers("order", email) == []


def test_cart_can_be_changed(visitor: Visitor) -> None:
    """Quantities add up, can be set, and none takes a product out; what does not exist cannot be bought."""
    fill_cart(visitor, "lamp-boog")
    page = fill_cart(visitor, "lamp-boog", 2)
    assert 'value="3"' in page.text
    page = visitor.submit(page.form("/cart"), quantity="1")
    assert 'value="1"' in page.text
    visitor.submit(page.form("/cart"), quantity="0")
    assert "cart" not in visitor.cookies
    assert visitor.post("/cart", {"product": "nothing"}).status == 404
    assert visitor.post("/cart", {"product": "lamp-boog", "quantity": "-1"}).status == 400


@pytest.mark.stateful
def test_saved_cart_comes_back_by_mail(shop: RunningShop, visitor: Visitor) -> None:
    """A saved cart is stored with the reminder choice, not ticked at first; its link brings it back anywhere."""
    email = new_address()
    form = fill_cart(visitor, "klok-kwart").form("/cart/save")
    assert not form.pressed
    visitor.submit(form, email=email)
    visitor.submit(form, ("remind", "yes"), email=email)
    saved = [
        shop.rows("SELECT remind FROM saved_cart WHERE id = ?", one)
        for one in shop.numbers("saved_cart", email)
    ]
    assert saved == [[(0,)], [(1,)]]
    elsewhere = Visitor(shop)
    page = elsewhere.go(link_in(shop.mails(email)[0], shop))
    assert "/products/klok-kwart" in page.text
    assert elsewhere.get("/cart/saved/forged").status == 404


def test_lists_are_kept(visitor: Visitor) -> None:
    """Wish list and products to compare are shown on the pages they belong to."""
    page = visitor.get("/products/vogel-merel")
    visitor.submit(page.form("/wishlist"), ("product", "vogel-merel"))
    visitor.submit(page.form("/compare"), ("product", "vogel-merel"))
    assert {"wishlist", "compare"} <= visitor.cookies
    assert visitor.get("/").text.count("/products/vogel-merel") > visitor.get("/").text.count(
        "/products/klok-kwart"
    )


@pytest.mark.parametrize(("language", "word"), LANGUAGES.items())
def test_language_follows_choice_then_browser(shop: RunningShop, language: str, word: str) -> None:
    """The browser's language is spoken until another one is chosen, which is remembered."""
    assert word in Visitor(shop, headers={"Accept-Language": f"{language}-BE,en;q=0.3"}).get("/cart").text
    visitor = Visitor(shop, headers={"Accept-Language": "en"})
    page = visitor.submit(visitor.get("/cart").form("/language"), ("lang", language))
    assert page.url.endswith("/cart")
    assert f'<html lang="{language}">' in page.text
    assert f'<html lang="{language}">' in visitor.get("/contact").text


def test_language_form_sends_nobody_away(visitor: Visitor) -> None:
    """The page to return to is one of the shop's own."""
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example/", "/\t/evil.example/"):
        reply = visitor.post("/language", {"lang": "fr", "next": target})
        assert (reply.status, reply.header("Location")) == (303, "/")


def test_shopping_without_cookies(shop: RunningShop) -> None:
    """A browser that keeps no cookie can browse, read, write to the shop, sign up and order, without loops."""
    visitor = Visitor(shop, keeps_cookies=False)
    email = new_address()
    for path in (
        "/",
        "/products/lamp-boog",
        "/for-you",
        "/cart",
        "/checkout",
        "/login",
        "/account",
        "/contact",
    ):
        assert visitor.go(path).status == 200
    for path in ("/privacy", "/privacy/cookies", "/privacy/choices"):
        assert visitor.go(path).status == 200
    assert visitor.follow(answer_banner(visitor, "refuse")).status == 200
    assert visitor.submit(visitor.get("/").form("/newsletter"), email=email).status == 200
    assert visitor.go(link_in(shop.mails(email)[0], shop)).status == 200
    assert fill_cart(visitor).status == 200
    assert order(visitor, email, "/checkout?cart=lamp-boog:2").status == 200
    [(total,)] = shop.rows("SELECT total FROM invoice WHERE order_id = ?", *shop.numbers("order", email))
    assert total == 2 * 8900
