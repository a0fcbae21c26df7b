"""Recommendations."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from examples.flask_app.state import current_customer, database, shop
from examples.shop.cart import read_list
from examples.shop.sql.customers import looked_at
from examples.shop.sql.orders import best_sellers
from shopprivacy.adapters.flask import requires_consent

views = Blueprint("for_you", __name__)


def show_best_sellers() -> str:
    """Show everybody the same."""
    return render_template("for_you.html", slugs=best_sellers(database()), personal=False)


@views.get("/for-you")
@requires_consent("personalisation", otherwise=show_best_sellers)
def for_you() -> str:
    """Put first what this visitor looked at, in this browser or with this account."""
    viewed = read_list(request.cookies.get("recently_viewed", ""), shop().catalogue)
    customer = current_customer()
    if customer is not None:
        viewed += [page.rpartition("/")[2] for page in looked_at(database(), customer)]
    slugs = [slug for slug in dict.fromkeys([*viewed, *best_sellers(database())]) if slug in shop().catalogue]
    return render_template("for_you.html", slugs=slugs, personal=True)
