"""Starlette: the gate around the application, and consent in endpoints and templates.

privacy = Privacy.from_file("privacy.toml")
app = Starlette(routes=routes, middleware=[Middleware(PrivacyMiddleware, privacy=privacy)])
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from contextvars import ContextVar
from functools import partial
from inspect import isawaitable, iscoroutinefunction
from typing import TYPE_CHECKING, Never, ParamSpec, TypeVar

try:
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.exceptions import HTTPException, WebSocketException
    from starlette.middleware import Middleware
    from starlette.middleware.errors import ServerErrorMiddleware
    from starlette.requests import HTTPConnection, Request
    from starlette.status import WS_1008_POLICY_VIOLATION
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
except ImportError as missing:  # pragma: no cover  # the tests of this file run with Starlette installed
    from shopprivacy.errors import MissingExtra

    raise MissingExtra("starlette") from missing

from anyio import from_thread
from markupsafe import Markup

from shopprivacy.adapters.requiring import View, check, requiring
from shopprivacy.adapters.starlette_app import check_outermost, endpoints, identifying
from shopprivacy.asgi import ASGIGate
from shopprivacy.errors import PrivacyError
from shopprivacy.privacy import Privacy
from shopprivacy.web.gate import Visit
from shopprivacy.web.service import VISIT_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.templating import Jinja2Templates

P = ParamSpec("P")
R = TypeVar("R")

Customer = Callable[[Request], object]

_PRIVACY_KEY = "shopprivacy.privacy"
# For what is called without the request: decorated endpoints of any signature, and macros of imported templates.
_connection: ContextVar[Scope] = ContextVar("shopprivacy.connection")


class PrivacyMiddleware:
    """Puts an application behind the gate: cookies and ``/privacy`` pages. Belongs outermost.

    ``outside`` are middleware classes, or functions of ``@app.middleware``, that may stand outside the gate because
    they set no cookies, beside the known ones such as GZipMiddleware. Raises GateOrderError, before anything is
    served, for any other one that does.

    ``customer`` takes a request and returns the shop's id of whoever is signed in, or None: choices that they make on
    the library's pages then reach their other devices. It may be a coroutine function; a plain one runs in a worker
    thread. It finds ``request.session`` and ``request.user`` where Starlette's middleware for these stands inside the
    gate; other classes of such middleware are named in ``sessions``.

    In ``templates``: ``{% consent "statistics" %} … {% endconsent %}``, ``privacy_banner()`` and ``consent``.
    """

    def __init__(
        self,
        app: ASGIApp,
        privacy: Privacy,
        *,
        customer: Customer | None = None,
        sessions: Collection[type] = (),
        outside: Collection[object] = (),
        templates: Jinja2Templates | None = None,
    ) -> None:
        self.app = app
        self.privacy = privacy
        self._customer = customer
        self._sessions = sessions
        self._outside = outside
        self._identifying: list[Middleware] = []
        self._started = False
        self._gate = ASGIGate(self._enter, privacy, self._signed_in)
        self._check_templates = _install(templates, privacy) if templates else lambda: None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if not self._started:
            try:
                self._start(scope)
            except PrivacyError as error:
                if scope["type"] == "lifespan":
                    # Servers take a lifespan that merely raises for one that is not supported, and serve.
                    await receive()
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                raise
            self._started = True
        await self._gate(scope, receive, send)

    def views(self, app: Starlette) -> Iterable[object]:
        """Return everything that is called for a request and may name a purpose."""
        return endpoints(app.routes)

    def _start(self, scope: Scope) -> None:
        # Around the application object itself the gate is outside all middleware anyhow.
        app = self.app if isinstance(self.app, Starlette) else scope.get("app")
        if isinstance(app, Starlette):
            if app is not self.app:
                self._gate_error_page(app)
                check_outermost(app, PrivacyMiddleware, scope, self._outside)
            check(self.views(app), self.privacy.gate.browser.check)
            self._identifying = identifying(app, PrivacyMiddleware, self._sessions)
        self._check_templates()

    def _gate_error_page(self, app: Starlette) -> None:
        """Take the shop's own page for errors inside the gate. Starlette answers with it outside all middleware."""
        outermost = app.middleware_stack
        if isinstance(outermost, ServerErrorMiddleware) and outermost.handler is not None:
            self.app = ServerErrorMiddleware(self.app, outermost.handler, outermost.debug)
            outermost.handler = None

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_PRIVACY_KEY] = self.privacy
        token = _connection.set(scope)
        try:
            await self.app(scope, receive, send)
        finally:
            _connection.reset(token)

    def _signed_in(self, scope: Scope) -> object | None:
        """Return who is signed in. Runs in the worker thread that answers one of the library's own pages."""
        if self._customer is None:
            return None
        requests: list[Request] = from_thread.run(self._identify, scope)
        answers = [self._customer(request) for request in requests]
        return next((from_thread.run(_wait, a) if isawaitable(a) else a for a in answers), None)

    async def _identify(self, scope: Scope) -> list[Request]:
        """Return the request as it is behind the shop's sessions; nothing where one of these refuses it."""
        found: list[Request] = []

        async def reached(scope: Scope, _receive: Receive, _send: Send) -> None:
            found.append(Request(scope))

        app: ASGIApp = reached
        for cls, args, kwargs in reversed(self._identifying):
            app = cls(app, *args, **kwargs)
        await app(dict(scope), _receive_nothing, _send_nowhere)
        return found


def visit(connection: HTTPConnection) -> Visit:
    """Return the visit that a request or a WebSocket belongs to: ``visit(request).allows("statistics")``.

    A WebSocket's is that of its handshake. Raises PrivacyError where the request did not come through the gate.
    """
    return _visit(connection.scope)


consent = visit
"""The visitor's consent: ``consent(request).allows("statistics")``."""


def privacy_banner(connection: HTTPConnection, language: str | None = None) -> Markup:
    """Return the banner for the end of a page's body; empty for a visitor who needs not be asked.

    ``language`` is the page's; left out, it is negotiated with the browser.
    """
    return _banner(connection.scope, language)


def sign_in(connection: HTTPConnection, customer: object) -> None:
    """Tell that a customer signed in on this browser; ``customer`` is the shop's id for them.

    A refusal or withdrawal on either side narrows both; a grant is never copied from the browser to the account.
    Reads the ledger: in a coroutine, ``await run_in_threadpool(sign_in, request, customer.id)``.
    """
    privacy: Privacy = connection.scope[_PRIVACY_KEY]
    privacy.sign_in(visit(connection), str(customer))


def requires_consent(
    purpose: str, *, otherwise: View | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let an endpoint run only for visitors who allow ``purpose``; everyone else gets ``otherwise``, or 403.

    Endpoints are functions, methods of an HTTPEndpoint, or WebSocket endpoints, which are closed with 1008.
    ``otherwise`` is an endpoint with the same arguments. Either may be a coroutine function; plain ones run in a
    worker thread. A purpose that the policy does not let a browser decide about raises UndeclaredName when the
    application starts.
    """
    return requiring(
        purpose,
        otherwise=otherwise,
        allows=lambda name: _visit(_current()).allows(name),
        forbid=lambda: forbid(_current()),
        to_sync=_in_the_loop,
        to_async=_in_a_thread,
    )


def forbid(scope: Scope) -> Never:
    """Refuse a connection that lacks consent: 403, or policy violation (RFC 6455 section 7.4.1)."""
    if scope["type"] == "websocket":
        raise WebSocketException(WS_1008_POLICY_VIOLATION)
    raise HTTPException(403)


def _current() -> Scope:
    return _connection.get({})


def _visit(scope: Scope) -> Visit:
    found = scope.get(VISIT_KEY)
    if not isinstance(found, Visit):
        raise PrivacyError("this request did not come through the gate; is PrivacyMiddleware in place?")
    return found


def _banner(scope: Scope, language: str | None) -> Markup:
    found = _visit(scope)
    privacy: Privacy = scope[_PRIVACY_KEY]
    return privacy.banner(found, language)


def _in_the_loop(view: View) -> View:
    if not iscoroutinefunction(view):
        return view
    return lambda *args, **kwargs: from_thread.run(partial(view, *args, **kwargs))


def _in_a_thread(view: View) -> View:
    return view if iscoroutinefunction(view) else partial(run_in_threadpool, view)


async def _wait(answer: Awaitable[object]) -> object:
    return await answer


async def _receive_nothing() -> Message:
    return {"type": "http.disconnect"}


async def _send_nowhere(_message: Message) -> None:
    """Drop what a session says: whoever asked who is signed in sends an answer of its own."""


class _Consent:
    """The consent of the visitor whose page is being rendered."""

    def allows(self, purpose: str) -> bool:
        return _visit(_current()).allows(purpose)


def _install(templates: Jinja2Templates, privacy: Privacy) -> Callable[[], object]:
    """Add the tag and the functions to an environment. Returns what compiles its templates."""
    from shopprivacy.adapters import jinja  # Starlette needs Jinja no more than this does

    env = templates.env
    jinja.install(env, privacy.gate.browser.check, _Consent().allows)
    env.globals.update(consent=_Consent(), privacy_banner=lambda language=None: _banner(_current(), language))
    return partial(jinja.check_templates, env)
