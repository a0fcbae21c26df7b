"""Recommendations."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from examples.fastapi_app.dependencies import CurrentCustomer, Database, TheShop
from examples.fastapi_app.page import show
from examples.shop.cart import read_list
from examples.shop.sql.customers import looked_at
from examples.shop.sql.orders import best_sellers
from shopprivacy.adapters.fastapi import requires_consent

router = APIRouter(default_response_class=Response)


def show_best_sellers(request: Request, database: Database, **_what_else: object) -> Response:
    """Show everybody the same."""
    return show(request, "for_you.html", slugs=best_sellers(database), personal=False)


@router.get("/for-you")
@requires_consent("personalisation", otherwise=show_best_sellers)
def for_you(request: Request, database: Database, shop: TheShop, customer: CurrentCustomer) -> Response:
    """Put first what this visitor looked at, in this browser or with this account."""
    viewed = read_list(request.cookies.get("recently_viewed", ""), shop.catalogue)
    if customer is not None:
        viewed += [page.rpartition("/")[2] for page in looked_at(database, customer)]
    slugs = [slug for slug in dict.fromkeys([*viewed, *best_sellers(database)]) if slug in shop.catalogue]
    return show(request, "for_you.html", slugs=slugs, personal=True)
