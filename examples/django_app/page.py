"""What every page has: language, names in templates, the visitor's cart, notices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url

from examples.django_app.models import Customer
from examples.django_app.shop import all_texts, catalogue
from examples.shop import prices
from examples.shop.cart import read_cart, read_list
from examples.shop.site import site_of
from examples.shop.texts import LANGUAGE_NAMES
from examples.shop.third_parties import third_parties
from shopprivacy.adapters.django import get_privacy

YEAR = 365 * 24 * 3600


def site(request: HttpRequest) -> str:
    """Return the address that links in mails begin with."""
    return site_of(get_privacy(), request.build_absolute_uri("/"))


class SeeOther(HttpResponseRedirect):
    """After a form: the next page is fetched with GET (RFC 9110 section 15.4.4)."""

    status_code = 303


def see_other(to: object, *arguments: object) -> SeeOther:
    """Send a visitor on to a view, by its name."""
    return SeeOther(resolve_url(to, *arguments))


def texts(request: HttpRequest) -> Mapping[str, str]:
    """Return the shop's words in the language of this request."""
    return all_texts()[request.language]


def customer_of(request: HttpRequest) -> Customer | None:
    """Return the customer who is logged in."""
    return request.user if request.user.is_authenticated else None


def cart_of(request: HttpRequest) -> dict[str, int]:
    """Return the cart of the ``cart`` cookie."""
    return read_cart(request.COOKIES.get("cart", ""), catalogue())


def listed(request: HttpRequest, cookie: str) -> list[str]:
    """Return the products of a list in a cookie."""
    return read_list(request.COOKIES.get(cookie, ""), catalogue())


def shown(request: HttpRequest, slugs: Iterable[str]) -> list[dict[str, str]]:
    """Return products as pages show them, in the visitor's language."""
    language = request.language
    return [
        {
            "slug": item.slug,
            "name": item.name[language],
            "text": item.text[language],
            "price": prices.euros(item.price, language),
        }
        for item in (catalogue()[slug] for slug in slugs)
    ]


def bill(request: HttpRequest, cart: Mapping[str, int]) -> dict[str, Any]:
    """Return a cart's lines and what they come to, as pages show them."""
    goods, language = catalogue(), request.language
    total = prices.total((goods[slug].price, quantity) for slug, quantity in cart.items())
    return {
        "lines": [
            {
                **item,
                "quantity": quantity,
                "sum": prices.euros(goods[item["slug"]].price * quantity, language),
            }
            for item, quantity in zip(shown(request, cart), cart.values(), strict=True)
        ],
        "shipping": prices.euros(total.shipping, language) if total.shipping else texts(request)["free"],
        "total": prices.euros(total.sum, language),
        "vat": prices.euros(total.vat, language),
    }


def notice(request: HttpRequest, title: str, text: str = "", status: int = 200) -> HttpResponse:
    """Show a page that says one thing."""
    return render(request, "shop/notice.html", {"title": title, "text": text}, status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Show what stands in place of a page that does not exist."""
    return notice(request, texts(request)["not_found"], texts(request)["not_found_text"], 404)


def names(request: HttpRequest) -> dict[str, Any]:
    """Return the names that every template may use."""
    return {
        "language": request.language,
        "languages": LANGUAGE_NAMES,
        "cart_count": sum(cart_of(request).values()),
        "customer": customer_of(request),
        "third_parties": third_parties(get_privacy().policy),
    }
