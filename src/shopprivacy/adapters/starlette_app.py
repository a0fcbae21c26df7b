"""What can be seen of a Starlette application: in which order its middleware stands, and what its routes call."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import Scope

from shopprivacy.errors import GateOrderError

Listed = Callable[[Sequence[BaseRoute]], Iterable[object]]

# What may stand outside the gate: it answers for transport and address, and sets no cookies. By exact name: what a
# subclass does is its own.
_HARMLESS = frozenset(
    {
        "hypercorn.middleware.http_to_https.HTTPToHTTPSRedirectMiddleware",
        "hypercorn.middleware.proxy_fix.ProxyFixMiddleware",
        "starlette.middleware.body_limit.RequestBodyLimitMiddleware",
        "starlette.middleware.cors.CORSMiddleware",
        "starlette.middleware.gzip.GZipMiddleware",
        "starlette.middleware.httpsredirect.HTTPSRedirectMiddleware",
        "starlette.middleware.opentelemetry.OpenTelemetryMiddleware",
        "starlette.middleware.trustedhost.TrustedHostMiddleware",
        "uvicorn.middleware.proxy_headers.ProxyHeadersMiddleware",
    }
)
# What makes ``request.session`` and ``request.user``. By name: sessions need a package that not every shop has.
_IDENTIFYING = frozenset(
    {
        "starlette.middleware.authentication.AuthenticationMiddleware",
        "starlette.middleware.sessions.SessionMiddleware",
    }
)


def check_outermost(app: Starlette, gate: type, scope: Scope, allowed: Collection[object]) -> None:
    """Check that between the server and the gate stands nothing but what sets no cookies.

    Raises GateOrderError that names the first middleware that is neither known to be harmless nor ``allowed``, or
    where the gate is on a route or on an application that is mounted in another one: a cookie set out there reaches
    the browser whatever the visitor chose. What is put around the application object itself cannot be seen from here.
    """
    gates = [_is(middleware, gate) for middleware in app.user_middleware]
    if True not in gates:
        raise GateOrderError(
            "the privacy gate is not among the application's own middleware, so cookies of other routes pass it by; "
            "add the class PrivacyMiddleware itself to the application"
        )
    if "router" in scope:  # set by the router of an outer application: this one is in a Mount or a Host of it
        raise GateOrderError(
            "the privacy gate is on an application that is mounted in another one, whose cookies it cannot check; "
            "add it to the outer application instead"
        )
    for middleware in app.user_middleware[: gates.index(True)]:
        dispatch = middleware.kwargs.get("dispatch")
        if (
            _name(middleware.cls) not in _HARMLESS
            and middleware.cls not in allowed
            and dispatch not in allowed
        ):
            called = _name(middleware.cls) + (f" ({_name(dispatch)})" if dispatch else "")
            raise GateOrderError(
                f"{called} stands outside the privacy gate, where no cookie is checked; add PrivacyMiddleware after "
                "it (the one added last is outermost; in a list of middleware, the first), or name it in outside= "
                "if it sets no cookies"
            )


def identifying(app: Starlette, gate: type, others: Collection[type]) -> list[Middleware]:
    """Return the middleware inside the gate that tells who is signed in, the outermost first."""
    gates = [_is(middleware, gate) for middleware in app.user_middleware]
    first = gates.index(True) + 1 if True in gates else 0
    return [
        middleware
        for middleware in app.user_middleware[first:]
        if any(_is(middleware, other) for other in others)
        or any(_name(cls) in _IDENTIFYING for cls in getattr(middleware.cls, "__mro__", ()))
    ]


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


def _is(middleware: Middleware, wanted: type) -> bool:
    cls: object = middleware.cls  # or a function that returns the middleware
    return isinstance(cls, type) and issubclass(cls, wanted)


def _name(called: object) -> str:
    named: Any = called if hasattr(called, "__qualname__") else type(called)
    return f"{named.__module__}.{named.__qualname__}"
