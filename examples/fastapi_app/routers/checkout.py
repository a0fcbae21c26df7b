"""Ordering, as a guest or as a customer, with or without cookies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from itsdangerous import BadData

from examples.fastapi_app.dependencies import (
    Cart,
    CurrentCustomer,
    Database,
    FilledIn,
    Language,
    Now,
    Send,
    Texts,
    ThePrivacy,
    TheShop,
    links,
)
from examples.fastapi_app.page import show
from examples.shop.cart import priced, read_cart, write_cart
from examples.shop.counted import count
from examples.shop.mails import ORDERS, order_mail
from examples.shop.sql.orders import PAYMENT_METHODS, place_order, summary
from examples.shop.sql.profile import profile, read_buyer
from examples.shop.sql.shop import Shop
from examples.shop.sql.tables import Order
from examples.shop.vat import COUNTRIES

router = APIRouter(default_response_class=Response)
DAY = 24 * 3600


async def wanted(form: FilledIn, request: Request, shop: TheShop, cart: Cart) -> dict[str, int]:
    """Return what is being ordered.

    The form carries its cart along, and "order this now" puts one in the address, so that a browser which keeps no
    cookies can order too.
    """
    carried = form.given.get("cart") or request.query_params.get("cart")
    return read_cart(carried, shop.catalogue) if carried else cart


Wanted = Annotated[dict[str, int], Depends(wanted)]


@router.get("/checkout")
def checkout(request: Request, cart: Wanted, shop: TheShop, customer: CurrentCustomer) -> Response:
    if not cart:
        return RedirectResponse("/cart", 303)
    return _checkout_page(request, shop, cart, profile(customer), [])


@router.post("/checkout")
def order(
    request: Request,
    form: FilledIn,
    cart: Wanted,
    shop: TheShop,
    customer: CurrentCustomer,
    database: Database,
    language: Language,
    texts: Texts,
    now: Now,
    privacy: ThePrivacy,
    send: Send,
) -> Response:
    if not cart:
        return RedirectResponse("/cart", 303)
    buyer = read_buyer(form)
    method = form.choice("payment", PAYMENT_METHODS)
    if form.mistakes:
        return _checkout_page(request, shop, cart, form.given, form.explain(texts))
    placed = place_order(database, cart, buyer, customer=customer, method=method, language=language, now=now)
    database.commit()
    count(privacy, "order")
    send(order_mail(summary(placed, shop.catalogue), texts), ORDERS)
    response = RedirectResponse(f"/checkout/done/{links(request, 'order').dumps(placed.id)}", 303)
    response.delete_cookie("cart", httponly=True)
    return response


@router.get("/checkout/done/{token}")
def done(token: str, request: Request, database: Database) -> Response:
    try:
        placed = database.get(Order, links(request, "order").loads(token, max_age=DAY))
    except BadData:
        placed = None
    if placed is None:
        raise HTTPException(404)
    return show(request, "order_placed.html", order=placed)


def _checkout_page(
    request: Request, shop: Shop, cart: Mapping[str, int], form: Mapping[str, str], mistakes: list[str]
) -> Response:
    return show(
        request,
        "checkout.html",
        422 if mistakes else 200,
        **priced(cart, shop.catalogue),
        cart=write_cart(cart),
        form=form,
        countries=COUNTRIES,
        methods=PAYMENT_METHODS,
        mistakes=mistakes,
    )
