"""Starlette: the gate around the application, and consent in endpoints and templates.

privacy = Privacy.from_file("privacy.toml")
app = Starlette(routes=routes, middleware=[Middleware(PrivacyMiddleware, privacy=privacy)])
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from datetime import timedelta
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

try:
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.errors import ServerErrorMiddleware
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
except ImportError as missing:  # pragma: no cover  # the tests of this file run with Starlette installed
    from shopprivacy.errors import MissingExtra

    raise MissingExtra("starlette") from missing

from anyio import from_thread
from starlette.concurrency import run_in_threadpool

from shopprivacy.adapters.consent_decorator import check_purposes
from shopprivacy.adapters.starlette_consent import (
    CurrentConsent,
    connection_context,
    consent,
    current_banner,
    privacy_banner,
    requires_consent,
    sign_in,
)
from shopprivacy.adapters.starlette_routes import Routes, called_in, routes_in
from shopprivacy.asgi import ASGIGate
from shopprivacy.consent.context import CONSENT_KEY
from shopprivacy.errors import GateOrderError, PrivacyError
from shopprivacy.gate.framework_cookies import FrameworkCookie, undeclared
from shopprivacy.layers import check_layer, check_layers, find_layer, name_of, warn_once
from shopprivacy.pages.look import Layout, Look
from shopprivacy.privacy import Privacy
from shopprivacy.privacy.origin_log import ProxySettings

if TYPE_CHECKING:
    from starlette.templating import Jinja2Templates

__all__ = [
    "PrivacyMiddleware",
    "check_application",
    "consent",
    "privacy_banner",
    "requires_consent",
    "sign_in",
]

_HEADS = frozenset({"http.response.start", "websocket.accept"})
Customer = Callable[[Request], object]
ErrorPage = Callable[[Request, Exception], Response | Awaitable[Response]]

_PROXY = ProxySettings(
    "let the server believe it: uvicorn --proxy-headers --forwarded-allow-ips=ADDRESS of the proxy"
)
_INSIDE = (
    "add PrivacyMiddleware after it (the one added last is outermost; in a list of middleware, the first is)"
)
_ADD = "add the class PrivacyMiddleware itself to the application"
_ERROR_PAGE = "give it to PrivacyMiddleware, as server_error=, and not to the application"
# What makes ``request.session`` and ``request.user``. By name: sessions need a package that not every shop has.
_SESSIONS = "starlette.middleware.sessions.SessionMiddleware"
_SESSION_OPTIONS = ("secret_key", "session_cookie", "max_age")
_SESSION_SECONDS = 14 * 24 * 3600  # its default
_IDENTITY = frozenset({"starlette.middleware.authentication.AuthenticationMiddleware", _SESSIONS})


class PrivacyMiddleware:
    """Puts an application behind the gate: cookies and ``/privacy`` pages. Belongs outermost.

    ``outside`` are middleware classes, or functions of ``@app.middleware``, that may stand outside the gate because
    they set no cookies, beside the known ones such as GZipMiddleware. GateOrderError is raised, before anything is
    served, for one that is known to set some; one that nobody knows is a warning in the log, once for each name.

    ``customer`` takes a request and returns the shop's id of whoever is signed in, or None: choices that they make on
    the library's pages then reach their other devices. It may be a coroutine function; a plain one runs in a worker
    thread. It finds ``request.session`` and ``request.user`` where Starlette's middleware for these stands inside the
    gate; other classes of such middleware are named in ``sessions``.

    ``server_error`` answers where nothing else handles an exception, as a handler of 500 or Exception that the
    application is given; but Starlette calls that one outside all middleware, so also outside the gate.

    In ``templates``: ``{% consent "statistics" %} … {% endconsent %}``, ``privacy_banner()`` and ``consent``.

    ``layout`` is the shop's own document for the library's pages: one of ``templates``, which is given ``content``,
    ``title`` and ``language``, or a function of these three. There is no request in it. ``assets`` are origins of the
    shop's own that it loads from, such as ``https://static.shop.example``. Raises PageError, before anything is served,
    where it would keep visitors from choosing freely.
    """

    def __init__(
        self,
        app: ASGIApp,
        privacy: Privacy,
        *,
        customer: Customer | None = None,
        sessions: Collection[type] = (),
        outside: Collection[object] = (),
        server_error: ErrorPage | None = None,
        templates: Jinja2Templates | None = None,
        layout: str | Layout | None = None,
        assets: Iterable[str] = (),
    ) -> None:
        self.app = app
        self.privacy = privacy
        self.outside = outside
        privacy.origins.fix = _PROXY
        self._customer = customer
        self._sessions = sessions
        self._server_error = server_error
        self._behind = app
        self._identity: list[Middleware] = []
        self._is_checked = False
        self._routes = Routes()
        self._gate = ASGIGate(self._enter, privacy, self._signed_in, route=self._routes.of)
        self._check_templates = _install(templates, privacy) if templates else lambda: None
        if layout is not None:
            privacy.pages.look = Look(_layout(layout, templates), assets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if not self._is_checked:
            try:
                self._start(scope)
            except PrivacyError as error:
                if scope["type"] == "lifespan":
                    # Servers take a lifespan that merely raises for one that is not supported, and serve.
                    await receive()
                    message = "\n".join([str(error), *getattr(error, "__notes__", ())])
                    await send({"type": "lifespan.startup.failed", "message": message})
                raise
            self._is_checked = True
        await self._gate(scope, receive, send)

    def check(self, app: object) -> None:
        """Check the order of an application's middleware, and the purposes that endpoints and templates name.

        Of one that is not Starlette's only the templates can be checked.
        """
        if isinstance(app, Starlette):
            # Around the application object itself the gate is outside all of its middleware.
            if app is not self.app:
                _check_order(app, self.outside)
            called = [*self.views(app), self._server_error]
            for one in undeclared(self.privacy.policy, _sessions_of(app)):
                warn_once(str(one))
            check_purposes(called, self.privacy.gate.browser.check)
            self._routes.learn(self.routes(app))
            self.privacy.analytics.check_funnel(self._routes)
        self._check_templates()
        self.privacy.check_pages()

    def views(self, app: Starlette) -> Iterable[object]:
        """Return everything that is called for a request and may name a purpose."""
        return called_in(app)

    def routes(self, app: Starlette) -> Iterable[tuple[str, Any]]:
        """Return all routes as they are served, each with the path of what it is mounted in."""
        return routes_in(app.routes)

    def _start(self, scope: Scope) -> None:
        app = self.app if isinstance(self.app, Starlette) else scope.get("app")
        if isinstance(app, Starlette):
            if "router" in scope:  # which a router sets that has been asked already
                raise GateOrderError(
                    "the privacy gate is on a route, or on an application that is mounted in another one, so "
                    "cookies of the others pass it by; add PrivacyMiddleware to the outermost application"
                )
            self._identity = _identity_middleware(app, self._sessions)
        if self._server_error is not None:
            debug = isinstance(app, Starlette) and app.debug
            self._behind = ServerErrorMiddleware(self.app, self._server_error, debug)
        self.check(app)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        with connection_context(scope, self.privacy):
            consent: Any = scope.get(CONSENT_KEY)

            async def leave(message: Message) -> None:
                if message["type"] in _HEADS and (scope.get("session") or "user" in scope):
                    await run_in_threadpool(
                        self.privacy.recognise, consent, lambda: self._ask(Request(scope))
                    )
                await send(message)

            recognises = self._customer is not None and consent is not None and consent.holds_something
            await self._behind(scope, receive, leave if recognises else send)

    def _signed_in(self, scope: Scope) -> object | None:
        """Return who is signed in. Runs in the worker thread that answers one of the library's own pages."""
        requests: list[Request] = from_thread.run(self._identify, scope) if self._customer else []
        return self._ask(*requests)

    def _ask(self, *requests: Request) -> object | None:
        answers = [self._customer(request) for request in requests] if self._customer else []
        return next((from_thread.run(_wait, a) if isawaitable(a) else a for a in answers), None)

    async def _identify(self, scope: Scope) -> list[Request]:
        """Return the request as it is behind the shop's sessions; nothing where one of these refuses it."""
        found: list[Request] = []

        async def reached(scope: Scope, _receive: Receive, _send: Send) -> None:
            found.append(Request(scope))

        app: ASGIApp = reached
        for cls, args, kwargs in reversed(self._identity):
            app = cls(app, *args, **kwargs)
        await app(dict(scope), _receive_nothing, _send_nowhere)
        return found


def check_application(app: object) -> None:
    """Check all that a start can get wrong: what stands outside the gate, and purposes in endpoints and templates.

    ``app`` is what the server calls: the application, or what is wrapped around it. The lifespan, or the first request,
    checks the application too, but not what is wrapped around it. Call this at the end of the application's factory, in
    a test, or in gunicorn's ``post_worker_init``.

    Raises GateOrderError for an application without PrivacyMiddleware, and by name for a layer that is known to set
    cookies; UndeclaredName for a purpose that the policy does not let a browser decide about. A layer that nobody
    knows, and one that does not show what it wraps, is a warning in the log, once for each name.
    """
    around, found = find_layer(app, (PrivacyMiddleware, Starlette))
    if isinstance(found, PrivacyMiddleware):
        gate, inside = found, found.app
    elif isinstance(found, Starlette) and (listed := _gate_of(found)):
        gate, inside = listed, found
    else:
        check_layers(app, Starlette)
        return
    for layer in around:
        check_layer(layer, gate.outside)
    gate.check(inside)


def _gate_of(app: Starlette) -> PrivacyMiddleware | None:
    """Return a gate as the application's list of middleware makes it; None where a function may make it."""
    for cls, args, kwargs in app.user_middleware:
        if _is_class(cls, PrivacyMiddleware):
            gate: Any = cls(app.router, *args, **kwargs)
            return gate if isinstance(gate, PrivacyMiddleware) else None
    if not all(isinstance(middleware.cls, type) for middleware in app.user_middleware):
        _warn_of_hidden_gate(app)
        return None
    raise GateOrderError(f"{name_of(app)} is not behind the privacy gate, so no cookie is checked; {_ADD}")


def _check_order(app: Starlette, outside: Collection[object]) -> None:
    """Check what an application's list of middleware puts outside the gate."""
    gates = [_is_class(middleware.cls, PrivacyMiddleware) for middleware in app.user_middleware]
    if True not in gates:
        _warn_of_hidden_gate(app)
        return
    for cls, _, kwargs in app.user_middleware[: gates.index(True)]:
        if cls not in outside:
            check_layer(kwargs.get("dispatch") or cls, outside, fix=_INSIDE)
    for handled in (
        500,
        Exception,
    ):  # of these Starlette calls the last that it finds, outside all middleware
        if (handler := app.exception_handlers.get(handled)) is not None:
            check_layer(handler, outside, fix=_ERROR_PAGE)


def _warn_of_hidden_gate(app: Starlette) -> None:
    warn_once(
        f"PrivacyMiddleware is not among the middleware that {name_of(app)} lists, so what is outside the privacy "
        f"gate cannot be seen; {_ADD}"
    )


def _identity_middleware(app: Starlette, others: Collection[type]) -> list[Middleware]:
    """Return the middleware inside the gate that tells who is signed in, the outermost first."""
    gates = [_is_class(middleware.cls, PrivacyMiddleware) for middleware in app.user_middleware]
    first = gates.index(True) + 1 if True in gates else 0
    return [
        middleware
        for middleware in app.user_middleware[first:]
        if any(_is_class(middleware.cls, other) for other in others)
        or any(name_of(cls) in _IDENTITY for cls in getattr(middleware.cls, "__mro__", ()))
    ]


def _sessions_of(app: Starlette) -> Iterator[FrameworkCookie]:
    """Yield the cookies of Starlette's own sessions; what a class of the shop's does with its options, nobody knows."""
    for cls, args, kwargs in app.user_middleware:
        if isinstance(cls, type) and name_of(cls) == _SESSIONS:
            given = {**dict(zip(_SESSION_OPTIONS, args, strict=False)), **kwargs}
            age = given.get("max_age", _SESSION_SECONDS)
            life = None if age is None else timedelta(seconds=age)
            name = given.get("session_cookie", "session")
            yield FrameworkCookie(name, "SessionMiddleware(session_cookie=)", life, "starlette", "session")


def _is_class(cls: object, wanted: type) -> bool:
    return isinstance(cls, type) and issubclass(cls, wanted)  # or a function that returns the middleware


async def _wait(answer: Awaitable[object]) -> object:
    return await answer


async def _receive_nothing() -> Message:
    return {"type": "http.disconnect"}


async def _send_nowhere(_message: Message) -> None:
    """Drop what a session says: whoever asked who is signed in sends an answer of its own."""


def _install(templates: Jinja2Templates, privacy: Privacy) -> Callable[[], object]:
    """Add the tag and the functions to an environment. Returns what compiles its templates."""
    from shopprivacy.adapters import jinja  # Jinja, which a shop without templates= need not load

    jinja.install(templates.env, privacy.gate.browser.check, CurrentConsent(), current_banner)
    return partial(jinja.check_templates, templates.env)


def _layout(layout: str | Layout, templates: Jinja2Templates | None) -> Layout:
    """Return a layout by the name of its template."""
    if not isinstance(layout, str):
        return layout
    if templates is None:
        raise PrivacyError(f'layout="{layout}" is the name of a template; say in templates= whose')
    from shopprivacy.adapters import jinja  # as above

    return jinja.layout_of(templates.env, layout)
