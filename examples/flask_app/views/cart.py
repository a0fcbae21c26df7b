"""The cart, which lives in the ``cart`` cookie until it is saved."""

from __future__ import annotations

from urllib.parse import urljoin

from flask import Blueprint, abort, redirect, render_template, request, url_for
from itsdangerous import BadData
from werkzeug.wrappers import Response

from examples.flask_app.page import current_cart, language, notice, texts
from examples.flask_app.state import current_customer, database, links, now, privacy, send, shop, site
from examples.shop.cart import MOST_OF_ONE, priced, write_cart
from examples.shop.forms import Form
from examples.shop.mails import saved_cart_mail
from examples.shop.preferences import remind
from examples.shop.sql.tables import SavedCart

views = Blueprint("cart", __name__)
MONTH = 30 * 24 * 3600


@views.get("/cart")
def show() -> str:
    return _cart_page([])


@views.post("/cart")
def change() -> Response:
    """Add to the cart, or with ``action=set`` change the quantity; none of it means out."""
    slug = request.form.get("product", "")
    if slug not in shop().catalogue:
        abort(404)
    form = Form({"quantity": "1", **request.form})
    quantity = form.number("quantity", 0, MOST_OF_ONE)
    if form.mistakes:
        abort(400)
    cart = current_cart()
    if request.form.get("action") != "set":
        quantity = min(cart.get(slug, 0) + quantity, MOST_OF_ONE)
    cart[slug] = quantity
    return _back_with({slug: count for slug, count in cart.items() if count})


@views.post("/cart/save")
def save() -> tuple[str, int]:
    form = Form(request.form)
    email = form.email()
    cart = current_cart()
    if form.mistakes or not cart:
        return _cart_page(form.explain(texts())), 422
    customer = current_customer()
    saved = SavedCart(
        customer_id=customer.id if customer else None,
        email=email,
        cart=write_cart(cart),
        remind=request.form.get("remind") == "yes",
        language=language(),
        saved_at=now(),
    )
    database().add(saved)
    database().commit()
    if saved.remind:
        remind(privacy(), email, language=language(), site=site())
    path = url_for("cart.restore", token=links("saved-cart").dumps(saved.id))
    link = urljoin(site(), path)
    send(saved_cart_mail(email, link, texts()))
    return notice(texts()["cart_saved"], texts()["save_cart_text"])


@views.get("/cart/saved/<token>")
def restore(token: str) -> Response:
    try:
        saved = database().get(SavedCart, links("saved-cart").loads(token))
    except BadData:
        saved = None
    if saved is None:
        abort(404)
    response = redirect(url_for("cart.show"), 303)
    response.set_cookie("cart", saved.cart, max_age=MONTH, httponly=True, samesite="Lax")
    return response


def _cart_page(mistakes: list[str]) -> str:
    cart = current_cart()
    return render_template(
        "cart.html",
        **priced(cart, shop().catalogue),
        most=MOST_OF_ONE,
        mistakes=mistakes,
        form=request.form,
    )


def _back_with(cart: dict[str, int]) -> Response:
    response = redirect(url_for("cart.show"), 303)
    if cart:
        response.set_cookie("cart", write_cart(cart), max_age=MONTH, httponly=True, samesite="Lax")
    else:
        response.delete_cookie("cart", httponly=True, samesite="Lax")
    return response
