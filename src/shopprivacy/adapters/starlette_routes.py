"""The routes of a Starlette application: all there are, what they call, and which one answers a request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import count
from typing import Any

from starlette.applications import Starlette
from starlette.routing import PARAM_REGEX, BaseRoute, compile_path
from starlette.types import Scope

from shopprivacy.analytics.sighting import Route

Listed = Callable[[Sequence[BaseRoute]], Iterable[object]]


def called_in(app: Starlette, listed: Listed = iter) -> Iterator[object]:
    """Yield what is called for a request: what routes call and what handles exceptions, in mounted applications too.

    ``listed`` returns an application's routes as they are served; FastAPI keeps those of its routers elsewhere.
    """
    yield from app.exception_handlers.values()
    for _, route in routes_in(app.routes, listed):
        yield getattr(route, "endpoint", None)
        inner = mounted(route)
        yield from inner.exception_handlers.values() if inner else ()


def routes_in(
    routes: Sequence[BaseRoute], listed: Listed = iter, below: str = ""
) -> Iterator[tuple[str, Any]]:
    """Yield all routes, each with the path of what it is mounted in."""
    for route in listed(routes):
        yield below, route
        inner: Sequence[BaseRoute] = getattr(route, "routes", None) or ()
        yield from routes_in(inner, listed, below + (getattr(route, "path", None) or ""))


def mounted(route: object) -> Starlette | None:
    """Return the application that is mounted at a route, behind middleware of the mount's own or not."""
    app = getattr(route, "app", None)
    while app is not None and not isinstance(app, Starlette):
        app = getattr(app, "app", None)
    return app


class Routes:
    """Knows the whole template of a route: the route itself lacks what it is mounted in, and the router's prefix."""

    def __init__(self) -> None:
        self._templates: dict[int, list[str]] = {}
        self._routes: list[tuple[str, str]] = []

    def learn(self, routes: Iterable[tuple[str, Any]]) -> None:
        """Learn an application's routes, each with the path of what it is mounted in. They live as long as it does."""
        self._templates.clear()
        self._routes.clear()
        for below, route in routes:
            path: str | None = getattr(route, "path", None)
            if path is not None:
                original = getattr(route, "original_route", route)
                self._templates.setdefault(id(original), []).append(below + path)
                self._routes += ((method, below + path) for method in getattr(route, "methods", None) or ())

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield methods with templates."""
        return iter(self._routes)

    def of(self, scope: Scope) -> Route | None:
        """Return the route that answers a request, once the router has found it."""
        route = scope.get("route")
        path: str | None = getattr(route, "path", None)
        if path is None:
            return None
        known = self._templates.get(id(route)) or [path]
        template = known[0] if len(known) == 1 else _matching(known, scope["path"]) or path
        return template, scope.get("path_params") or {}


def _matching(templates: Iterable[str], path: str) -> str | None:
    """Return the template that a path has come by: a router may be included under several prefixes."""
    return next((template for template in templates if _pattern(template).match(path)), None)


@lru_cache(1024)
def _pattern(template: str) -> re.Pattern[str]:
    """Return what matches the paths of a template. A mount and what is in it may name a parameter alike."""
    numbers = count()
    return compile_path(PARAM_REGEX.sub(lambda found: f"{{p{next(numbers)}{found[2] or ''}}}", template))[0]
