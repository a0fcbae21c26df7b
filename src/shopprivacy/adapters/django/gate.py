"""``privacy_gate``: the outermost callable of ``wsgi.py`` and ``asgi.py``."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from asgiref.sync import ThreadSensitiveContext, iscoroutinefunction, sync_to_async
from django.conf import settings
from django.core.checks import ERROR
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.urls import get_resolver

from shopprivacy.adapters.django.checks import START, UNREVIEWED
from shopprivacy.adapters.django.conf import read_conf
from shopprivacy.adapters.django.connections import close_connections, close_pools
from shopprivacy.adapters.django.customer import customer_of
from shopprivacy.adapters.django.forwarded import believe_in_environ, believed_in_scope
from shopprivacy.adapters.django.root import get_privacy
from shopprivacy.adapters.django.routes import route_of, routes_of
from shopprivacy.asgi import ASGIGate
from shopprivacy.errors import GateOrderError, PrivacyError
from shopprivacy.layers import check_layers, layers
from shopprivacy.privacy import Privacy
from shopprivacy.wsgi import WSGIGate

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from starlette.types import Receive, Scope, Send

T = TypeVar("T")
G = TypeVar("G", WSGIGate, ASGIGate)

_WSGI, _ASGI = "WSGI_APPLICATION", "ASGI_APPLICATION"

_is_start: ContextVar[bool] = ContextVar("shopprivacy.start", default=True)


@contextmanager
def no_start() -> Iterator[None]:
    """Let ``wsgi.py`` be imported for a look at it: ``privacy_gate`` checks and opens nothing meanwhile."""
    token = _is_start.set(False)
    try:
        yield
    finally:
        _is_start.reset(token)


def privacy_gate(application: Any) -> Any:  # noqa: ANN401  # what Django's get_wsgi_application returns is untyped
    """Put a Django application, WSGI or ASGI, behind the gate: cookies, and the library's pages under ``/privacy``.

        application = privacy_gate(get_wsgi_application())

    Raises, before anything is served, GateOrderError with every error that the system checks of this app find,
    UndeclaredName for a purpose that a view names and the policy does not, and StoreDown where the database does not
    answer or the migrations have not been run. What stands around the gate can only be seen when all of the module
    has run: by ``manage.py check``, by :func:`check_application`, and at the first request.
    """
    is_async = iscoroutinefunction(application) or iscoroutinefunction(type(application).__call__)
    gate = PrivacyASGIGate(application) if is_async else PrivacyWSGIGate(application)
    if _is_start.get():
        _start()
    return gate


def check_application(app: object) -> None:
    """Check what stands between the server, which calls ``app``, and the gate.

    ``manage.py check`` and the first request do so for the application that the settings name. Call this in a test, or
    in gunicorn's ``post_worker_init``.

    Raises GateOrderError for an application of Django's without ``privacy_gate``, and by name for a layer that is known
    to set cookies. A layer that nobody knows, and one that does not show what it wraps, is a warning in the log, once
    for each name. The setting ``SHOPPRIVACY["OUTSIDE"]`` names classes that set none.
    """
    if is_ungated(app):
        raise GateOrderError("the application is not behind the privacy gate, so no cookie is checked")
    check_layers(app, PrivacyGate, read_conf().outside)


class PrivacyGate(ABC, Generic[G]):
    """The gate around an application, with the Privacy of the settings."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401  # see privacy_gate
        self.app = app
        self._made: tuple[Privacy, G] | None = None

    @property
    def gate(self) -> G:
        """The gate itself, made with the first request. Raises GateOrderError when something stands around it."""
        privacy = get_privacy()
        if self._made is None or self._made[0] is not privacy:  # tests override settings
            _check_around(self)
            self._made = privacy, self._make(privacy)
        return self._made[1]

    @abstractmethod
    def _make(self, privacy: Privacy) -> G: ...


class PrivacyWSGIGate(PrivacyGate[WSGIGate]):
    """The gate around a WSGI application."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        believe_in_environ(environ)
        return self.gate(environ, start_response)

    def _make(self, privacy: Privacy) -> WSGIGate:
        return WSGIGate(self.app, privacy, _customer_in_environ, route_of)


class PrivacyASGIGate(PrivacyGate[ASGIGate]):
    """The gate around an ASGI application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        try:
            gate = self.gate
        except PrivacyError as error:
            if scope["type"] == "lifespan":
                # Servers take a lifespan that merely raises for one that is not supported, and serve.
                await receive()
                await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        await gate(scope if scope["type"] == "lifespan" else believed_in_scope(scope), receive, send)

    def _make(self, privacy: Privacy) -> ASGIGate:
        return ASGIGate(
            self.app,
            privacy,
            _customer_in_scope,
            in_thread=_in_djangos_thread,
            route=route_of,
        )


# The body has been read, and by another grammar: Django reads Content-Type as a field of mail, and may raise.
def _customer_in_environ(environ: WSGIEnvironment) -> object | None:
    return customer_of(WSGIRequest({**environ, "CONTENT_TYPE": ""}))


def _customer_in_scope(scope: Scope) -> object | None:
    fields = [field for field in scope["headers"] if field[0] != b"content-type"]
    return customer_of(ASGIRequest({**scope, "headers": fields}, BytesIO()))


def applications() -> dict[str, str]:
    """Return the dotted paths of what servers call, by the setting that names each.

    ``startproject`` leaves ``asgi.py`` unnamed: it is then looked for beside ``wsgi.py``, under the name of the file.
    """
    named = {setting: path for setting in (_WSGI, _ASGI) if (path := getattr(settings, setting, None))}
    package, found, name = named.get(_WSGI, "").rpartition(".wsgi.")
    if found and _ASGI not in named:
        named["asgi.py"] = f"{package}.asgi.{name}"
    return named


def find_gate(application: object) -> PrivacyGate[Any] | None:
    """Return the gate in what a server calls, or None where none can be seen."""
    return next((layer for layer in layers(application) if isinstance(layer, PrivacyGate)), None)


def is_ungated(application: object) -> bool:
    """Whether an application can be seen through as far as Django's own, and there is no gate around that."""
    return find_gate(application) is None and any(isinstance(one, BaseHandler) for one in layers(application))


def _check_around(gate: PrivacyGate[Any]) -> None:
    """Check what is around this gate: the server has imported it, so that can be seen now. Raises GateOrderError."""
    for path in applications().values():
        module, _, name = path.rpartition(".")
        application = getattr(sys.modules.get(module), name, None)
        # Where none can be seen, it may be this one.
        if application is not None and find_gate(application) in (gate, None) and not is_ungated(application):
            check_application(application)


def _start() -> None:
    """Run this app's system checks, which servers do not, and open the store."""
    found = [message for check in START for message in check()]
    errors = [
        message
        for message in found
        # A layout that could not be looked at now is a warning to migrate; nothing is served with it.
        if message.id == UNREVIEWED or (message.level >= ERROR and not message.is_silenced())
    ]
    if errors:
        raise GateOrderError("\n".join(["the shop cannot start:", *map(str, errors)]))
    if isinstance(urls := getattr(settings, "ROOT_URLCONF", None), str):
        # With the views, whose decorators name purposes. Django waits for the first request.
        import_module(urls)
    get_privacy().analytics.check_funnel(routes_of(get_resolver()))
    # A server may fork its workers from here: none of them may inherit an open connection.
    close_connections()
    close_pools()


async def _in_djangos_thread(function: Callable[..., T], *args: object) -> T:
    """Run ``function`` as Django's own ASGI handler runs sync views: one thread for each request."""

    def run() -> T:
        try:
            return function(*args)
        finally:
            close_connections()  # they are this thread's, which ends with the request

    async with ThreadSensitiveContext():
        answer: T = await sync_to_async(run)()
        return answer
