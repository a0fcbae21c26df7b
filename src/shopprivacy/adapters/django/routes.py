"""The routes of a Django project, as ``resolver_match.route`` writes them, and which one answers a request."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver

from shopprivacy.analytics.sighting import Route

_REQUEST: Final = "shopprivacy.request"
_ANY_METHOD = ("GET", "POST")


def routes_of(resolver: URLResolver, below: str = "") -> Iterator[tuple[str, str]]:
    """Yield each route with each method that it may answer: which ones a view refuses, nobody can see."""
    for entry in resolver.url_patterns:
        route = below + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield from ((method, route) for method in _ANY_METHOD)
        else:
            yield from routes_of(entry, route)


def leave_request(carrier: dict[str, Any], request: HttpRequest) -> None:
    """Leave a request where the gate finds it; weakly, since the request holds that itself."""
    carrier[_REQUEST] = weakref.ref(request)


def route_of(carrier: Mapping[str, Any]) -> Route | None:
    """Return the route that answers a request, once Django has found one."""
    left = carrier.get(_REQUEST)
    match = getattr(left and left(), "resolver_match", None)
    return None if match is None else (match.route, match.kwargs)
