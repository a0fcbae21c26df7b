"""The shop window, the products and their reviews."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from examples.fastapi_app.dependencies import CurrentCustomer, Database, FilledIn, Now, Texts
from examples.fastapi_app.page import YEAR, show
from examples.shop.cart import read_list, write_list
from examples.shop.sql.letters import read_review
from examples.shop.sql.tables import Product, Review, Visit

router = APIRouter(default_response_class=Response)


def find(slug: str, database: Database) -> Product:
    """Return the product that the address names."""
    product = database.scalar(select(Product).where(Product.slug == slug))
    if product is None:
        raise HTTPException(404)
    return product


Found = Annotated[Product, Depends(find)]


@router.get("/")
def index(request: Request) -> Response:
    viewed, wished = _list(request, "recently_viewed"), _list(request, "wishlist")
    return show(request, "index.html", viewed=viewed, wished=wished)


@router.get("/products/{slug}")
def product(
    request: Request, row: Found, customer: CurrentCustomer, database: Database, now: Now
) -> Response:
    slug = row.slug
    database.add(
        Visit(
            customer_id=customer.id if customer else None,
            page=request.url.path,
            browser=request.headers.get("User-Agent", ""),
            visited_at=now,
        )
    )
    database.commit()
    response = _product_page(request, row, database, [])
    viewed = [slug, *(other for other in _list(request, "recently_viewed") if other != slug)]
    response.set_cookie("recently_viewed", write_list(viewed), max_age=YEAR)
    return response


@router.post("/products/{slug}/reviews")
def review(
    request: Request,
    row: Found,
    form: FilledIn,
    customer: CurrentCustomer,
    database: Database,
    texts: Texts,
    now: Now,
) -> Response:
    written = read_review(form, row.id, customer, now)
    if form.mistakes:
        return _product_page(request, row, database, form.explain(texts))
    database.add(written)
    database.commit()
    return RedirectResponse(f"/products/{row.slug}#reviews", 303)


def _list(request: Request, cookie: str) -> list[str]:
    return read_list(request.cookies.get(cookie, ""), request.app.state.shop.catalogue)


def _product_page(request: Request, row: Product, database: Session, mistakes: list[str]) -> Response:
    query = select(Review).where(Review.product_id == row.id).order_by(Review.id.desc())
    return show(
        request,
        "product.html",
        422 if mistakes else 200,
        item=request.app.state.shop.catalogue[row.slug],
        reviews=database.scalars(query).all(),
        viewed=[slug for slug in _list(request, "recently_viewed") if slug != row.slug],
        compared=_list(request, "compare"),
        mistakes=mistakes,
    )
