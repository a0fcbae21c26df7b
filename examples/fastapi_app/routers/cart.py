"""The cart, which lives in the ``cart`` cookie until it is saved."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urljoin

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from itsdangerous import BadData
from pydantic import BaseModel, Field

from examples.fastapi_app.dependencies import (
    Cart,
    CurrentCustomer,
    Database,
    FilledIn,
    Language,
    Now,
    Send,
    Site,
    Texts,
    ThePrivacy,
    TheShop,
    links,
)
from examples.fastapi_app.page import notice, show
from examples.shop.cart import MOST_OF_ONE, priced, write_cart
from examples.shop.mails import saved_cart_mail
from examples.shop.preferences import remind
from examples.shop.sql.shop import Shop
from examples.shop.sql.tables import SavedCart

router = APIRouter(default_response_class=Response)
MONTH = 30 * 24 * 3600


class Change(BaseModel):
    """Add to the cart, or with ``action=set`` change the quantity; none of it means out."""

    product: str = ""
    quantity: Annotated[int, Field(ge=0, le=MOST_OF_ONE)] = 1
    action: Literal["add", "set"] = "add"


@router.get("/cart")
def show_cart(request: Request, shop: TheShop, cart: Cart) -> Response:
    return _cart_page(request, shop, cart, {}, [])


@router.post("/cart")
def change(form: Annotated[Change, Form()], shop: TheShop, cart: Cart) -> Response:
    if form.product not in shop.catalogue:
        raise HTTPException(404)
    held = 0 if form.action == "set" else cart.get(form.product, 0)
    cart[form.product] = min(held + form.quantity, MOST_OF_ONE)
    return _back_with({slug: count for slug, count in cart.items() if count})


@router.post("/cart/save")
def save(
    request: Request,
    form: FilledIn,
    shop: TheShop,
    privacy: ThePrivacy,
    cart: Cart,
    customer: CurrentCustomer,
    database: Database,
    language: Language,
    site: Site,
    texts: Texts,
    now: Now,
    send: Send,
) -> Response:
    email = form.email()
    if form.mistakes or not cart:
        return _cart_page(request, shop, cart, form.given, form.explain(texts), 422)
    saved = SavedCart(
        customer_id=customer.id if customer else None,
        email=email,
        cart=write_cart(cart),
        remind=form.given.get("remind") == "yes",
        language=language,
        saved_at=now,
    )
    database.add(saved)
    database.commit()
    if saved.remind:
        remind(privacy, email, language=language, site=site)
    path = request.app.url_path_for("restore", token=links(request, "saved-cart").dumps(saved.id))
    link = urljoin(site, path)
    send(saved_cart_mail(email, link, texts))
    return notice(request, texts["cart_saved"], texts["save_cart_text"])


@router.get("/cart/saved/{token}")
def restore(token: str, request: Request, database: Database) -> Response:
    try:
        saved = database.get(SavedCart, links(request, "saved-cart").loads(token))
    except BadData:
        saved = None
    if saved is None:
        raise HTTPException(404)
    return _back_with_text(saved.cart)


def _cart_page(
    request: Request,
    shop: Shop,
    cart: dict[str, int],
    form: object,
    mistakes: list[str],
    status: int = 200,
) -> Response:
    return show(
        request,
        "cart.html",
        status,
        **priced(cart, shop.catalogue),
        most=MOST_OF_ONE,
        mistakes=mistakes,
        form=form,
    )


def _back_with(cart: dict[str, int]) -> Response:
    if cart:
        return _back_with_text(write_cart(cart))
    response = RedirectResponse("/cart", 303)
    response.delete_cookie("cart", httponly=True)
    return response


def _back_with_text(cart: str) -> Response:
    response = RedirectResponse("/cart", 303)
    response.set_cookie("cart", cart, max_age=MONTH, httponly=True)
    return response
