"""Starlette: the gate around the application, and consent in endpoints and templates.

privacy = Privacy.from_file("privacy.toml")
app = Starlette(routes=routes, middleware=[Middleware(PrivacyMiddleware, privacy=privacy)])
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING

try:
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.errors import ServerErrorMiddleware
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
except ImportError as missing:  # pragma: no cover  # the tests of this file run with Starlette installed
    from shopprivacy.errors import MissingExtra

    raise MissingExtra("starlette") from missing

from anyio import from_thread

from shopprivacy.adapters.consent_decorator import check
from shopprivacy.adapters.starlette_app import called_in, check_outermost, identifying
from shopprivacy.adapters.starlette_context import (
    CurrentConsent,
    consent,
    current_banner,
    privacy_banner,
    requires_consent,
    sign_in,
    visit,
    visiting,
)
from shopprivacy.asgi import ASGIGate
from shopprivacy.errors import PrivacyError
from shopprivacy.pages.look import Layout, Look
from shopprivacy.privacy import Privacy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.templating import Jinja2Templates

__all__ = [
    "PrivacyMiddleware",
    "consent",
    "privacy_banner",
    "requires_consent",
    "sign_in",
    "visit",
]

Customer = Callable[[Request], object]


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
        templates: Jinja2Templates | None = None,
        layout: str | Layout | None = None,
        assets: Iterable[str] = (),
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
        if layout is not None:
            privacy.pages.look = Look(_layout(layout, templates), assets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if not self._started:
            try:
                self._start(scope)
            except PrivacyError as error:
                if scope["type"] == "lifespan":
                    # Servers take a lifespan that merely raises for one that is not supported, and serve.
                    await receive()
                    told = "\n".join([str(error), *getattr(error, "__notes__", ())])
                    await send({"type": "lifespan.startup.failed", "message": told})
                raise
            self._started = True
        await self._gate(scope, receive, send)

    def look_at(self, app: Starlette) -> None:
        """Check what can be seen of the application before it serves."""
        check(self.views(app), self.privacy.gate.browser.check)

    def views(self, app: Starlette) -> Iterable[object]:
        """Return everything that is called for a request and may name a purpose."""
        return called_in(app)

    def _start(self, scope: Scope) -> None:
        # Around the application object itself the gate is outside all middleware anyhow.
        app = self.app if isinstance(self.app, Starlette) else scope.get("app")
        if isinstance(app, Starlette):
            if app is not self.app:
                self._gate_error_page(app)
                check_outermost(app, PrivacyMiddleware, scope, self._outside)
            self.look_at(app)
            self._identifying = identifying(app, PrivacyMiddleware, self._sessions)
        self._check_templates()
        self.privacy.check_pages()

    def _gate_error_page(self, app: Starlette) -> None:
        """Take the shop's own page for errors inside the gate. Starlette answers with it outside all middleware."""
        outermost = app.middleware_stack
        if isinstance(outermost, ServerErrorMiddleware) and outermost.handler is not None:
            self.app = ServerErrorMiddleware(self.app, outermost.handler, outermost.debug)
            outermost.handler = None

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        with visiting(scope, self.privacy):
            await self.app(scope, receive, send)

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


async def _wait(answer: Awaitable[object]) -> object:
    return await answer


async def _receive_nothing() -> Message:
    return {"type": "http.disconnect"}


async def _send_nowhere(_message: Message) -> None:
    """Drop what a session says: whoever asked who is signed in sends an answer of its own."""


def _install(templates: Jinja2Templates, privacy: Privacy) -> Callable[[], object]:
    """Add the tag and the functions to an environment. Returns what compiles its templates."""
    from shopprivacy.adapters import jinja  # Starlette needs Jinja no more than this does

    jinja.install(templates.env, privacy.gate.browser.check, CurrentConsent(), current_banner)
    return partial(jinja.check_templates, templates.env)


def _layout(layout: str | Layout, templates: Jinja2Templates | None) -> Layout:
    """Return a layout by the name of its template."""
    if not isinstance(layout, str):
        return layout
    if templates is None:
        raise PrivacyError(f'layout="{layout}" is the name of a template; say in templates= whose')
    from shopprivacy.adapters import jinja

    return jinja.layout_of(templates.env, layout)
