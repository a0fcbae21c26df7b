"""The shop window, the products and their reviews."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from examples.flask_app.page import YEAR, texts
from examples.flask_app.state import current_customer, database, now, shop
from examples.shop.cart import read_list, write_list
from examples.shop.forms import Form
from examples.shop.sql.letters import read_review
from examples.shop.sql.tables import Product, Review, Visit

views = Blueprint("catalogue", __name__)


@views.get("/")
def index() -> str:
    return render_template("index.html", viewed=_list("recently_viewed"), wished=_list("wishlist"))


@views.get("/products/<slug>")
def product(slug: str) -> Response:
    row = _find(slug)
    customer = current_customer()
    database().add(
        Visit(
            customer_id=customer.id if customer else None,
            page=request.path,
            browser=request.user_agent.string,
            visited_at=now(),
        )
    )
    database().commit()
    response = make_response(_product_page(row, []))
    viewed = [slug, *(other for other in _list("recently_viewed") if other != slug)]
    response.set_cookie("recently_viewed", write_list(viewed), max_age=YEAR, samesite="Lax")
    return response


@views.post("/products/<slug>/reviews")
def review(slug: str) -> BaseResponse | tuple[str, int]:
    row = _find(slug)
    form = Form(request.form)
    written = read_review(form, row.id, current_customer(), now())
    if form.mistakes:
        return _product_page(row, form.explain(texts())), 422
    database().add(written)
    database().commit()
    return redirect(url_for("catalogue.product", slug=slug, _anchor="reviews"), 303)


def _find(slug: str) -> Product:
    return database().scalar(select(Product).where(Product.slug == slug)) or abort(404)


def _list(cookie: str) -> list[str]:
    return read_list(request.cookies.get(cookie, ""), shop().catalogue)


def _product_page(row: Product, mistakes: list[str]) -> str:
    query = select(Review).where(Review.product_id == row.id).order_by(Review.id.desc())
    return render_template(
        "product.html",
        item=shop().catalogue[row.slug],
        reviews=database().scalars(query).all(),
        viewed=[slug for slug in _list("recently_viewed") if slug != row.slug],
        compared=_list("compare"),
        mistakes=mistakes,
    )
