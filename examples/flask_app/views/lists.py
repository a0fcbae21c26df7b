"""What the shop remembers for a visitor in a cookie of its own: wish list, products to compare, language."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from examples.flask_app.page import YEAR
from examples.flask_app.state import shop
from examples.shop.cart import read_list, write_list
from examples.shop.origin import local_path
from examples.shop.texts import LANGUAGES

views = Blueprint("lists", __name__)
DAY = 24 * 3600


@views.post("/wishlist")
def wishlist() -> Response:
    return _remember("wishlist", max_age=90 * DAY)


@views.post("/compare")
def compare() -> Response:
    return _remember("compare", max_age=None)


@views.post("/language")
def language() -> Response:
    chosen = request.form.get("lang", "")
    if chosen not in LANGUAGES:
        abort(400)
    response = redirect(local_path(request.form.get("next")), 303)
    response.set_cookie("lang", chosen, max_age=YEAR, samesite="Lax")
    return response


def _remember(cookie: str, max_age: int | None) -> Response:
    slug = request.form.get("product", "")
    if slug not in shop().catalogue:
        abort(404)
    kept = read_list(request.cookies.get(cookie, ""), shop().catalogue)
    listed = [other for other in kept if other != slug]
    if request.form.get("action") != "remove":
        listed.insert(0, slug)
    response = redirect(url_for("catalogue.product", slug=slug), 303)
    response.set_cookie(cookie, write_list(listed), max_age=max_age, samesite="Lax")
    return response
