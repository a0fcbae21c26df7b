"""What happens on every page: language, careless cookies and logging, the check for forged forms."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from urllib.parse import quote

from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

from examples.django_app.page import notice, texts
from examples.django_app.shop import now, options
from examples.shop.careless import TWO_YEARS, tracking_cookies
from examples.shop.origin import is_forged
from examples.shop.texts import accepted_languages, choose_language

Answer = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger("examples.django_app")


def say_what_was_seen(get_response: Answer) -> Answer:
    """Say on every page which cookies reached the shop, and which worker answered; only with ``--clock``."""
    if not options().has_demo_routes:
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["X-Demo-Seen"] = ",".join(quote(name) for name in request.COOKIES)
        response["X-Demo-Worker"] = str(os.getpid())
        return response

    return middleware


def be_careless(get_response: Answer) -> Answer:
    """Set tracking cookies and log whole addresses, on purpose: see examples/shop/careless.py."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in tracking_cookies(request.COOKIES, now()):
            response.set_cookie(name, value, max_age=TWO_YEARS)
        log.info(
            "%s %s %s from %s, %s",
            request.method,
            request.get_full_path(),
            response.status_code,
            request.META.get("REMOTE_ADDR"),
            request.headers.get("User-Agent", ""),
        )
        return response

    return middleware


def speak(get_response: Answer) -> Answer:
    """Set ``request.language``: what the address or the visitor chose, else the browser's, else Dutch."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.language = choose_language(
            request.GET.get("lang") or request.COOKIES.get("lang"),
            accepted_languages(request.headers.get("Accept-Language", "")),
        )
        return get_response(request)

    return middleware


def refuse_forged_forms(get_response: Answer) -> Answer:
    """Refuse what another site's page sends. In place of Django's tokens: see examples/shop/origin.py."""

    def middleware(request: HttpRequest) -> HttpResponse:
        fields = request.headers
        if is_forged(request.method, request.get_host(), fields.get("Sec-Fetch-Site"), fields.get("Origin")):
            return notice(request, texts(request)["refused"], texts(request)["refused_text"], 403)
        return get_response(request)

    return middleware
