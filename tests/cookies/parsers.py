"""The cookie parsers that Python shops use, each as its framework calls it, giving names and raw values."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from django.http.cookie import parse_cookie as django_parse
from starlette.requests import cookie_parser as starlette_parse
from werkzeug.sansio.http import parse_cookie as werkzeug_parse

Read = dict[str, list[str]]


def http_cookies(header: str) -> Read:
    """``http.cookies`` keeps the last of a name, and gives up on a name it finds illegal."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(header)
    except CookieError:
        return {}
    return {name: [morsel.value] for name, morsel in jar.items()}


def werkzeug(header: str) -> Read:
    """Werkzeug keeps every one of a name."""
    return dict(werkzeug_parse(header).lists())


def starlette(header: str) -> Read:
    """Starlette keeps the last of a name."""
    return {name: [value] for name, value in starlette_parse(header).items()}


def django(header: str) -> Read:
    """Django keeps the last of a name."""
    return {name: [value] for name, value in django_parse(header).items()}


PARSERS: dict[str, Callable[[str], Read]] = {
    "http.cookies": http_cookies,
    "werkzeug": werkzeug,
    "starlette": starlette,
    "django": django,
}
