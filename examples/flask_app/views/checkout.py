"""Ordering, as a guest or as a customer, with or without cookies."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, render_template, request, url_for
from itsdangerous import BadData
from werkzeug.wrappers import Response

from examples.flask_app.page import current_cart, language, texts
from examples.flask_app.state import current_customer, database, links, now, privacy, send, shop
from examples.shop.cart import priced, read_cart, write_cart
from examples.shop.counted import count
from examples.shop.forms import Form
from examples.shop.mails import ORDERS, order_mail
from examples.shop.sql.orders import PAYMENT_METHODS, place_order, summary
from examples.shop.sql.profile import profile, read_buyer
from examples.shop.sql.tables import Order
from examples.shop.vat import COUNTRIES

views = Blueprint("checkout", __name__)
DAY = 24 * 3600


@views.get("/checkout")
def show() -> str | Response:
    cart = _wanted()
    if not cart:
        return redirect(url_for("cart.show"), 303)
    return _checkout_page(cart, profile(current_customer()), [])


@views.post("/checkout")
def order() -> Response | tuple[str, int]:
    cart = _wanted()
    if not cart:
        return redirect(url_for("cart.show"), 303)
    form = Form(request.form)
    buyer = read_buyer(form)
    method = form.choice("payment", PAYMENT_METHODS)
    if form.mistakes:
        return _checkout_page(cart, request.form, form.explain(texts())), 422
    placed = place_order(
        database(),
        cart,
        buyer,
        customer=current_customer(),
        method=method,
        language=language(),
        now=now(),
    )
    database().commit()
    count(privacy(), "order")
    send(order_mail(summary(placed, shop().catalogue), texts()), ORDERS)
    response = redirect(url_for("checkout.done", token=links("order").dumps(placed.id)), 303)
    response.delete_cookie("cart", httponly=True, samesite="Lax")
    return response


@views.get("/checkout/done/<token>")
def done(token: str) -> str:
    try:
        placed = database().get(Order, links("order").loads(token, max_age=DAY))
    except BadData:
        placed = None
    if placed is None:
        abort(404)
    return render_template("order_placed.html", order=placed)


def _wanted() -> dict[str, int]:
    """Return what is being ordered.

    The form carries its cart along, and "order this now" puts one in the address, so that a browser which keeps no
    cookies can order too.
    """
    carried = request.form.get("cart") or request.args.get("cart")
    return read_cart(carried, shop().catalogue) if carried else current_cart()


def _checkout_page(cart: Mapping[str, int], form: Mapping[str, str], mistakes: list[str]) -> str:
    return render_template(
        "checkout.html",
        **priced(cart, shop().catalogue),
        cart=write_cart(cart),
        form=form,
        countries=COUNTRIES,
        methods=PAYMENT_METHODS,
        mistakes=mistakes,
    )
