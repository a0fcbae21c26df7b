"""What happens on every page: language, template names, careless cookies and logging, the check for forged forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.exceptions import HTTPException

from examples.flask_app.state import current_customer, now, shop
from examples.shop.careless import TWO_YEARS, tracking_cookies
from examples.shop.cart import read_cart
from examples.shop.origin import is_forged
from examples.shop.prices import euros
from examples.shop.suggestions import suggests
from examples.shop.texts import LANGUAGE_NAMES, choose_language
from examples.shop.third_parties import third_parties

YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Hook all of it into the app."""
    app.before_request(_refuse_forged_forms)
    app.after_request(_log_request)
    app.after_request(_set_tracking_cookies)
    app.context_processor(_template_names)
    # For the library's pages, too, which no request of the shop's is about.
    privacy = app.extensions["shopprivacy"].privacy
    everywhere: dict[str, Any] = {
        "all_texts": app.extensions["shop"].texts,
        "shop_name": privacy.policy.controller.name,
        "suggests": suggests(privacy.policy),
        "third_parties": third_parties(privacy.policy),
    }
    app.jinja_env.globals.update(everywhere)
    own = app.jinja_env.loader
    assert own is not None
    app.jinja_env.loader = ChoiceLoader([own, FileSystemLoader(list(third_parties(privacy.policy).values()))])
    app.register_error_handler(HTTPException, _error_page)


def language() -> str:
    """Return the language of this request: what the address or the visitor chose, else the browser's, else Dutch."""
    if "language" not in g:
        g.language = choose_language(
            request.args.get("lang") or request.cookies.get("lang"), request.accept_languages.values()
        )
    chosen: str = g.language
    return chosen


def texts() -> Mapping[str, str]:
    """Return the shop's words in the language of this request."""
    return shop().texts[language()]


def current_cart() -> dict[str, int]:
    """Return the cart of the ``cart`` cookie."""
    return read_cart(request.cookies.get("cart", ""), shop().catalogue)


def notice(title: str, text: str, status: int = 200) -> tuple[str, int]:
    """Show a page that says one thing."""
    return render_template("notice.html", title=title, text=text), status


def _template_names() -> dict[str, Any]:
    return {
        "t": texts(),
        "language": language(),
        "languages": LANGUAGE_NAMES,
        "path": request.path,
        "catalogue": shop().catalogue,
        "euros": lambda cents: euros(cents, language()),
        "cart_count": sum(current_cart().values()),
        "customer": current_customer(),
    }


def _refuse_forged_forms() -> tuple[str, int] | None:
    headers = request.headers
    if is_forged(request.method, request.host, headers.get("Sec-Fetch-Site"), headers.get("Origin")):
        return notice(texts()["refused"], texts()["refused_text"], 403)
    return None


def _error_page(error: HTTPException) -> HTTPException | tuple[str, int]:
    if error.code == 404:
        return notice(texts()["not_found"], texts()["not_found_text"], 404)
    return error


def _set_tracking_cookies(response: Response) -> Response:
    # Careless, on purpose: see examples/shop/careless.py.
    for name, value in tracking_cookies(request.cookies, now()):
        response.set_cookie(name, value, max_age=TWO_YEARS)
    return response


def _log_request(response: Response) -> Response:
    # Careless, on purpose: the whole address and the whole query string.
    current_app.logger.info(
        "%s %s %s from %s, %s",
        request.method,
        request.full_path.removesuffix("?"),
        response.status_code,
        request.remote_addr,
        request.user_agent.string,
    )
    return response
