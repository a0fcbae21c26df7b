"""Flask: the gate around the application, and consent in views and templates.

privacy = Privacy.from_file("privacy.toml")
app = Flask(__name__)
ShopPrivacy(app, privacy)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

try:
    from flask import Flask, abort, current_app, request
    from flask.typing import RouteCallable
    from werkzeug.local import LocalProxy
except ImportError as missing:  # pragma: no cover  # the tests of this file run with Flask installed
    from shopprivacy.errors import MissingExtra

    raise MissingExtra("flask") from missing

from markupsafe import Markup

from shopprivacy.adapters import jinja
from shopprivacy.adapters.consent_decorator import P, R, check, consent_decorator
from shopprivacy.adapters.taking import when_taken
from shopprivacy.gate.consent_context import ConsentContext
from shopprivacy.pages.look import Layout, Look
from shopprivacy.pages.service import consent_in
from shopprivacy.privacy import Privacy
from shopprivacy.wsgi import WSGIGate, check_outermost, layers

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

_EXTENSION = "shopprivacy"


class ShopPrivacy:
    """Puts an application behind the gate: cookies, ``/privacy`` pages, template helpers.

    ``outside`` are classes of middleware that may stand outside the gate because they set no cookies, beside the
    known ones such as ProxyFix. Any other one that is put there raises GateOrderError at once; one around the Flask
    application itself, in the module that a server is told, when the server takes it from there.

    ``customer`` runs in a request context and returns the shop's id of whoever is signed in, or None: choices that
    they make on the library's pages then reach their other devices.

    ``layout`` is the shop's own document for the library's pages: a template, which is given ``content``, ``title`` and
    ``language``, or a function of these three. It may call ``url_for``; there is no visitor's request in it, so context
    processors are not run. ``assets`` are origins of the shop's own that it loads from, such as
    ``https://static.shop.example``. The first request renders it at the latest, and raises PageError where it would
    keep visitors from choosing freely.

    In templates: ``{% consent "statistics" %} … {% endconsent %}``, ``privacy_banner()`` and ``consent``.
    """

    def __init__(
        self,
        app: Flask,
        privacy: Privacy,
        *,
        customer: Callable[[], object | None] = lambda: None,
        outside: Collection[type] = (),
        layout: str | Layout | None = None,
        assets: Iterable[str] = (),
    ) -> None:
        self.app = app
        self.privacy = privacy
        self._customer = customer
        self._outside = tuple(outside)
        self._started = False
        app.extensions[_EXTENSION] = self
        jinja.install(app.jinja_env, privacy.gate.browser.check, consent, privacy_banner)
        if layout is not None:
            privacy.pages.look = Look(_in_context(app, jinja.layout_of(app.jinja_env, layout)), assets)
        app.view_functions = _Views(app.view_functions, self._check_view)
        self.gate = WSGIGate(app.wsgi_app, privacy, self._signed_in)
        app.wsgi_app = self._serve  # type: ignore[method-assign]  # Flask's documented place for middleware
        self._stay_outermost()

    def _serve(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._started:
            self.check()
            self._started = True
        return self.gate(environ, start_response)

    def check(self) -> None:
        """Check all that a start can get wrong: what stands outside the gate, and purposes in views and templates.

        The first request does so at the latest; what stands outside the gate is seen before. Call it at the end of
        the application's factory, in a test or in gunicorn's ``on_starting``, so that a wrong start fails there.
        Raises GateOrderError, UndeclaredName or PageError.
        """
        self._check_outermost(self.app.wsgi_app, self._serve)
        for view in self.app.view_functions.values():
            self._check_view(view)
        jinja.check_templates(self.app.jinja_env)
        self.privacy.check_pages()

    def _stay_outermost(self) -> None:
        """Check from now on what is put around the gate, at once: WSGI tells nobody that a server has started."""
        app, kind = self.app, type(self.app)

        def put(_app: Flask, outermost: object) -> None:
            self._check_outermost(outermost, self._serve)
            vars(app)["wsgi_app"] = outermost

        checked = {
            "wsgi_app": property(lambda _app: vars(app)["wsgi_app"], put),
            "__module__": kind.__module__,
        }
        app.__class__ = type(kind.__name__, (kind,), checked)  # of this application alone
        when_taken(self._check_taken)

    def _check_taken(self, taken: object) -> None:
        if any(layer is self.app for layer in layers(taken)):
            self._check_outermost(taken, self.app)

    def _check_outermost(self, outermost: object, gate: object) -> None:
        check_outermost(outermost, gate, allowed=self._outside)

    def _signed_in(self, environ: WSGIEnvironment) -> object | None:
        with self.app.request_context(environ):
            return self._customer()

    def _check_view(self, view: object) -> None:
        check((view, getattr(view, "view_class", None)), self.privacy.gate.browser.check)


class _Views(dict[str, Callable[..., Any]]):
    """An application's views, each checked as it comes in: by a route, a blueprint or ``app.endpoint``."""

    def __init__(self, views: Mapping[str, Callable[..., Any]], check_view: Callable[[object], None]) -> None:
        super().__init__()
        self._check_view = check_view
        for name, view in views.items():
            self[name] = view

    def __setitem__(self, name: str, view: Callable[..., Any]) -> None:
        self._check_view(view)
        super().__setitem__(name, view)


def _in_context(app: Flask, layout: Layout) -> Layout:
    """Let a layout use what Flask offers where a request is answered; the request is one that nobody sent."""

    def laid_out(content: Markup, title: str, language: str) -> str:
        with app.test_request_context():
            return layout(content, title, language)

    return laid_out


def visit() -> ConsentContext:
    """Return the current request's visit. Raises PrivacyError where the request did not come through the gate."""
    return consent_in(request.environ, "is ShopPrivacy(app, privacy) in place?")


consent = cast("ConsentContext", LocalProxy(visit))
"""The visitor's consent: ``consent.allows("statistics")``."""


def privacy_banner(language: str | None = None) -> Markup:
    """Return the banner for the end of a page's body; empty for a visitor who needs not be asked.

    ``language`` is the page's; left out, it is negotiated with the browser.
    """
    return _privacy().banner(visit(), language)


def sign_in(customer: object) -> None:
    """Tell that a customer signed in on this browser; ``customer`` is the shop's id for them.

    A refusal or withdrawal on either side narrows both; a grant is never copied from the browser to the account.
    """
    _privacy().sign_in(visit(), customer)


def requires_consent(
    purpose: str, *, otherwise: RouteCallable | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run only for visitors who allow ``purpose``; everyone else gets ``otherwise``, or 403.

    ``otherwise`` is a view with the same arguments; like the view, it may be a coroutine function. A purpose that
    the policy does not let a browser decide about raises UndeclaredName when the view is registered.
    """
    return consent_decorator(
        purpose,
        otherwise=otherwise,
        allows=lambda name: consent.allows(name),
        forbid=lambda: abort(403),
        to_sync=lambda view: current_app.ensure_sync(view),
    )


def _privacy() -> Privacy:
    extension: ShopPrivacy = current_app.extensions[_EXTENSION]
    return extension.privacy
