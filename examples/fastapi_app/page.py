"""What happens on every page: language, template names, careless cookies and logging, the check for forged forms."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.templating import Jinja2Templates
from jinja2 import FileSystemLoader
from starlette.exceptions import HTTPException as StarletteHTTPException

from examples.fastapi_app.dependencies import language_of
from examples.shop.careless import TWO_YEARS, tracking_cookies
from examples.shop.cart import read_cart
from examples.shop.origin import is_forged
from examples.shop.prices import euros
from examples.shop.sql.shop import Shop
from examples.shop.suggestions import suggests
from examples.shop.texts import LANGUAGE_NAMES
from examples.shop.third_parties import third_parties
from shopprivacy import Policy

TEMPLATES = Path(__file__).parent.parent / "shop" / "templates"
YEAR = 365 * 24 * 3600
log = logging.getLogger("examples.fastapi_app")

Next = Callable[[Request], Awaitable[Response]]


def init_app(app: FastAPI) -> None:
    """Hook all of it into the app."""
    # For the library's pages, too, which no request of the shop's is about.
    policy: Policy = app.state.privacy.policy
    everywhere: dict[str, Any] = {
        "all_texts": app.state.shop.texts,
        "shop_name": policy.controller.name,
        "suggests": suggests(policy),
        "third_parties": third_parties(policy),
    }
    templates.env.globals.update(everywhere)
    templates.env.loader = FileSystemLoader([TEMPLATES, *third_parties(policy).values()])
    app.middleware("http")(_log_request)
    app.middleware("http")(_set_tracking_cookies)
    app.add_exception_handler(StarletteHTTPException, _error_page)
    app.add_exception_handler(RequestValidationError, _bad_request)


def _template_names(request: Request) -> dict[str, Any]:
    shop: Shop = request.app.state.shop
    language = language_of(request)
    return {
        "t": shop.texts[language],
        "language": language,
        "languages": LANGUAGE_NAMES,
        "path": request.url.path,
        "catalogue": shop.catalogue,
        "euros": lambda cents: euros(cents, language),
        "cart_count": sum(read_cart(request.cookies.get("cart", ""), shop.catalogue).values()),
        "customer": request.session.get("customer_id"),
    }


templates = Jinja2Templates(directory=TEMPLATES, context_processors=[_template_names])


def show(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """Show a page."""
    return templates.TemplateResponse(request, template, context, status_code=status)


def notice(request: Request, title: str, text: str, status: int = 200) -> Response:
    """Show a page that says one thing."""
    return show(request, "notice.html", status, title=title, text=text)


async def refuse_forged_forms(request: Request) -> None:
    """Refuse what another site's page sends."""
    headers = request.headers
    host, site, origin = headers.get("Host", ""), headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if is_forged(request.method, host, site, origin):
        raise HTTPException(403)


async def _error_page(request: Request, error: Exception) -> Response:
    words = {403: "refused", 404: "not_found"}
    if not isinstance(error, StarletteHTTPException):
        raise error
    if error.status_code not in words:
        return await http_exception_handler(request, error)
    texts = request.app.state.shop.texts[language_of(request)]
    word = words[error.status_code]
    return notice(request, texts[word], texts[f"{word}_text"], error.status_code)


async def _bad_request(_request: Request, _error: Exception) -> Response:
    return Response("No form of this shop.\n", 400)


async def _set_tracking_cookies(request: Request, call_next: Next) -> Response:
    # Careless, on purpose: see examples/shop/careless.py.
    response = await call_next(request)
    for name, value in tracking_cookies(request.cookies, request.app.state.shop.clock.now()):
        response.set_cookie(name, value, max_age=TWO_YEARS)
    return response


async def _log_request(request: Request, call_next: Next) -> Response:
    # Careless, on purpose: the whole address and the whole query string.
    response = await call_next(request)
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    sender = request.client.host if request.client else "nowhere"
    browser = request.headers.get("User-Agent", "")
    log.info("%s %s %s from %s, %s", request.method, address, response.status_code, sender, browser)
    return response
