"""What stands around a gate: layers of middleware, each with the attribute in which it says what it wraps.

Nothing is guessed at: no closure is opened, no stack walked. A layer is known by its class, or by one that it inherits
from.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import suppress
from types import FunctionType, MethodType
from typing import Any, TypeVar

from shopprivacy.errors import GateOrderError

log = logging.getLogger("shopprivacy.gate")

L = TypeVar("L")

WRAPPED = ("__wrapped__", "app", "wsgi_app", "application")
"""Where layers keep what they wrap: functools, Werkzeug and Starlette, Flask, WhiteNoise and Django."""
_MOST = 100
_INSIDE = "put the gate around it: wrap the application in it first"

SETS_COOKIES = frozenset(
    {
        "beaker.middleware.SessionMiddleware",
        "piccolo_api.csrf.middleware.CSRFMiddleware",
        "repoze.who.middleware.PluggableAuthenticationMiddleware",
        "secure_cookie.session.SessionMiddleware",
        "starlette.middleware.sessions.SessionMiddleware",
        "starlette_csrf.middleware.CSRFMiddleware",
        "starsessions.middleware.SessionMiddleware",
    }
)
"""Middleware that is there to set cookies: outside the gate nobody would check them."""
HARMLESS = frozenset(
    {
        "django.contrib.staticfiles.handlers.ASGIStaticFilesHandler",
        "django.contrib.staticfiles.handlers.StaticFilesHandler",
        "flask.app.Flask",
        "hypercorn.middleware.http_to_https.HTTPToHTTPSRedirectMiddleware",
        "hypercorn.middleware.proxy_fix.ProxyFixMiddleware",
        "starlette.applications.Starlette",
        "starlette.middleware.body_limit.RequestBodyLimitMiddleware",
        "starlette.middleware.cors.CORSMiddleware",
        "starlette.middleware.gzip.GZipMiddleware",
        "starlette.middleware.httpsredirect.HTTPSRedirectMiddleware",
        "starlette.middleware.opentelemetry.OpenTelemetryMiddleware",
        "starlette.middleware.trustedhost.TrustedHostMiddleware",
        "uvicorn.middleware.proxy_headers.ProxyHeadersMiddleware",
        "werkzeug.middleware.proxy_fix.ProxyFix",
        "whitenoise.base.WhiteNoise",
    }
)
"""What may stand outside: it answers for transport, address and files, and sets no cookies."""

_warned: set[str] = set()


def check_layers(app: object, gate: type, outside: Collection[object] = ()) -> None:
    """Check what stands between the server, which calls ``app``, and the first layer of the class ``gate``.

    Raises GateOrderError for a layer that is known to set cookies. A layer that nobody knows, and one that does not
    show what it wraps, is a warning in the log, once for each name and process. ``outside`` are classes, functions or
    objects that the shop vouches for.
    """
    for message in layer_warnings(app, gate, outside):
        warn_once(message)


def check_layer(layer: object, outside: Collection[object] = (), *, fix: str = _INSIDE) -> None:
    """Check one layer outside the gate: an object, a function, or a class of which the framework makes an object.

    ``fix`` says how the gate gets around it. Raises GateOrderError, and warns, as :func:`check_layers` does.
    """
    for message in _layer_warning(layer, outside, fix):
        warn_once(message)


def layer_warnings(app: object, gate: type, outside: Collection[object] = ()) -> Iterator[str]:
    """Yield what :func:`check_layers` warns of. Raises GateOrderError as that does."""
    around = list(layers(app))
    places = [place for place, layer in enumerate(around) if isinstance(layer, gate)]
    hidden = () if places else (around.pop(),)
    for layer in around[: places[0]] if places else around:
        yield from _layer_warning(layer, outside, _INSIDE)
    for layer in hidden:
        if not _is_vouched_for(layer, outside):
            _check_setter(layer, _INSIDE)
            yield (
                f"{name_of(layer)} does not show what it wraps: whether the application is behind the privacy gate, "
                "and what is around that, cannot be seen"
            )


def _layer_warning(layer: object, outside: Collection[object], fix: str) -> Iterator[str]:
    if _is_vouched_for(layer, outside):
        return
    _check_setter(layer, fix)
    if name_of(layer) not in HARMLESS:  # what a subclass does is its own
        yield (
            f"{name_of(layer)} is outside the privacy gate: if it sets cookies, nobody checks them; {fix}, or name "
            "it as outside the gate if it sets none"
        )


def _check_setter(layer: object, fix: str) -> None:
    if SETS_COOKIES & {name_of(cls) for cls in _classes(layer)}:
        raise GateOrderError(
            f"{name_of(layer)} sets cookies, and is outside the privacy gate, where no cookie is checked; {fix}"
        )


def find_layer(app: object, kind: type[L] | tuple[type[L], ...]) -> tuple[list[object], L | None]:
    """Return the layers around the first one of a class, the outermost first, and that one.

    All layers, and None, where there is none that can be seen.
    """
    around: list[object] = []
    for layer in layers(app):
        if isinstance(layer, kind):
            return around, layer
        around.append(layer)
    return around, None


def layers(app: object) -> Iterator[object]:
    """Yield an application, what it wraps, what that wraps, and so on as far as the layers say."""
    for _ in range(_MOST):  # an object may wrap itself, or make up whatever it is asked for
        yield app
        app = _wrapped(app)
        if app is None:
            return


def warn_once(message: str) -> None:
    """Log a warning, unless this process did so before."""
    if message not in _warned:
        _warned.add(message)
        log.warning("%s", message)


def name_of(layer: object) -> str:
    """Return the dotted name of a function or a class, or of an object's class."""
    named: Any = layer if isinstance(layer, (FunctionType, MethodType, type)) else type(layer)
    return f"{named.__module__}.{named.__qualname__}"


def _wrapped(layer: object) -> object | None:
    for attribute in WRAPPED:
        with suppress(Exception):  # a proxy that stands for nothing now raises what it likes
            wrapped: object = getattr(layer, attribute)
            return wrapped
    return None


def _is_vouched_for(layer: object, outside: Collection[object]) -> bool:
    classes = _classes(layer)
    return any(item is layer or any(item is cls for cls in classes) for item in outside)


def _classes(layer: object) -> tuple[type, ...]:
    cls = layer if isinstance(layer, type) else type(layer)
    return cls.__mro__
