"""Flask: the gate around the application, and consent in views and templates.

privacy = Privacy.from_file("privacy.toml")
app = Flask(__name__)
ShopPrivacy(app, privacy)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast, overload

try:
    from flask import Flask, abort, current_app, has_request_context, request
    from flask.typing import RouteCallable
    from werkzeug.local import LocalProxy
except ImportError as missing:  # pragma: no cover  # the tests of this file run with Flask installed
    from shopprivacy.errors import MissingExtra

    raise MissingExtra("flask") from missing

from markupsafe import Markup

from shopprivacy.adapters import jinja
from shopprivacy.adapters.consent_decorator import P, R, check_purposes, consent_decorator
from shopprivacy.analytics.sighting import Route
from shopprivacy.consent.context import CONSENT_KEY, ConsentContext, NobodysConsent, consent_in
from shopprivacy.errors import GateOrderError
from shopprivacy.gate.framework_cookies import FrameworkCookie, undeclared
from shopprivacy.layers import check_layer, check_layers, find_layer, warn_once
from shopprivacy.pages.look import Layout, Look
from shopprivacy.privacy.origin_log import ProxySettings
from shopprivacy.wsgi import WSGIGate

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from _typeshed import OptExcInfo

    from shopprivacy.privacy import Privacy

__all__ = [
    "ShopPrivacy",
    "check_application",
    "consent",
    "privacy_banner",
    "requires_consent",
    "sign_in",
]

Customer = Callable[[], object | None]

_EXTENSION = "shopprivacy"
_REMEMBER = "remember_token"
_REMEMBERED = timedelta(days=365)  # what Flask-Login does where the shop says nothing
_PROXY = ProxySettings(
    "after ShopPrivacy(app, privacy) write app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1), from "
    "werkzeug.middleware.proxy_fix",
    ", or X-Forwarded-Host, and write ProxyFix(app.wsgi_app, x_proto=1, x_host=1) after ShopPrivacy(app, privacy)",
)


class ShopPrivacy:
    """Puts an application behind the gate: cookies, ``/privacy`` pages, template helpers.

        ShopPrivacy(app, privacy)

    or, one extension for several applications::

        shop_privacy = ShopPrivacy()
        shop_privacy.init_app(app, privacy)

    ``customer`` runs in a request context and returns the shop's id of whoever is signed in, or None: choices that
    they make on the library's pages then reach their other devices.

    ``outside`` are classes, functions or objects that may stand outside the gate because they set no cookies, beside
    the known ones such as ProxyFix.

    ``layout`` is the shop's own document for the library's pages: a template, which is given ``content``, ``title`` and
    ``language``, or a function of these three. It may call ``url_for``; there is no visitor's request in it, so context
    processors are not run. ``assets`` are origins of the shop's own that it loads from, such as
    ``https://static.shop.example``. The first request renders it at the latest, and raises PageError where it would
    keep visitors from choosing freely. A second application with another layout needs a Privacy of its own, and
    ``init_app`` raises PageError where it has none.

    In templates: ``{% consent "statistics" %} … {% endconsent %}``, ``privacy_banner()`` and ``consent``.
    """

    @overload
    def __init__(
        self,
        *,
        customer: Customer = ...,
        outside: Collection[object] = ...,
        layout: str | Layout | None = ...,
        assets: Iterable[str] = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        app: Flask,
        privacy: Privacy,
        *,
        customer: Customer = ...,
        outside: Collection[object] = ...,
        layout: str | Layout | None = ...,
        assets: Iterable[str] = ...,
    ) -> None: ...
    def __init__(
        self,
        app: Flask | None = None,
        privacy: Privacy | None = None,
        *,
        customer: Customer = lambda: None,
        outside: Collection[object] = (),
        layout: str | Layout | None = None,
        assets: Iterable[str] = (),
    ) -> None:
        self._customer = customer
        self._outside = tuple(outside)
        self._layout = layout
        self._assets = tuple(assets)
        self._app = app
        if app is not None and privacy is not None:
            self.init_app(app, privacy)
        elif app is not None or privacy is not None:
            raise TypeError("ShopPrivacy takes an application and its Privacy, or neither")

    def init_app(self, app: Flask, privacy: Privacy) -> None:
        """Put an application behind the gate. What is wrapped around ``app.wsgi_app`` later stands outside it.

        Raises GateOrderError where the application is behind one already: what one of them lets pass, the other hides.
        """
        if _EXTENSION in app.extensions:
            raise GateOrderError(f"{app.name} is behind the privacy gate already; call init_app once")
        privacy.origins.fix = _PROXY
        jinja.install(app.jinja_env, privacy.gate.browser.check, consent, privacy_banner)
        if self._layout is not None:
            privacy.pages.look = Look(
                _InContext(app, jinja.layout_of(app.jinja_env, self._layout)), self._assets
            )
        app.extensions[_EXTENSION] = app.wsgi_app = AppGate(app, privacy, self._customer, self._outside)  # type: ignore[method-assign]  # Flask's documented place for middleware

    def check(self, app: Flask | None = None) -> None:
        """Do what :func:`check_application` does, for the application of the constructor unless another is named."""
        checked = app or self._app
        if checked is None:
            raise TypeError("ShopPrivacy() has no application of its own: name one, check(app)")
        check_application(checked)


class AppGate:
    """The gate around one application: ``app.extensions["shopprivacy"]``. Checks that at its first request."""

    def __init__(self, app: Flask, privacy: Privacy, customer: Customer, outside: Collection[object]) -> None:
        self.privacy = privacy
        self.outside = outside
        self.gate = WSGIGate(self._behind, privacy, self._signed_in, _route_in)
        self._shop = app.wsgi_app
        self._flask = app
        self._customer = customer
        self._is_checked = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if not self._is_checked:
            self.check()
            self._is_checked = True
        return self.gate(environ, start_response)

    def check(self) -> None:
        """Check what is wrapped around ``app.wsgi_app``, the purposes that views and templates name, and own pages."""
        app = self._flask
        check_layers(app.wsgi_app, AppGate, self.outside)
        for one in undeclared(self.privacy.policy, _renamed_cookies(app)):
            warn_once(str(one))
        views = app.view_functions.values()
        declared = self.privacy.gate.browser.check
        check_purposes((*views, *(getattr(view, "view_class", None) for view in views)), declared)
        jinja.check_templates(app.jinja_env)
        self.privacy.check_pages()
        rules = app.url_map.iter_rules()
        self.privacy.analytics.check_funnel(
            (method, rule.rule) for rule in rules for method in rule.methods or ()
        )

    def _behind(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let the shop answer, and look who is signed in where it has looked itself: its response then says so."""

        def leave(
            status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            if has_request_context() and _depends_on_cookies(headers):
                self.privacy.recognise(_current(), self._customer)
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        return self._shop(environ, leave)

    def _signed_in(self, environ: WSGIEnvironment) -> object | None:
        with self._flask.request_context(environ):
            return self._customer()


def _route_in(environ: WSGIEnvironment) -> Route | None:
    """Return the rule that Flask has found for a request, which says so until the response's head has left."""
    found = environ.get("werkzeug.request")
    rule = getattr(found, "url_rule", None)
    return None if rule is None else (rule.rule, getattr(found, "view_args", None) or {})


def _renamed_cookies(app: Flask) -> Iterator[FrameworkCookie]:
    """Yield the cookies of Flask and Flask-Login that the shop has given names of their own, and so uses."""
    config, life = app.config, app.permanent_session_lifetime
    yours = [FrameworkCookie(config["SESSION_COOKIE_NAME"], "SESSION_COOKIE_NAME", life, "flask", "session")]
    if hasattr(app, "login_manager"):  # as Flask-Login leaves it
        name = config.get("REMEMBER_COOKIE_NAME", _REMEMBER)
        kept = config.get("REMEMBER_COOKIE_DURATION", _REMEMBERED)
        kept = kept if isinstance(kept, timedelta) else timedelta(seconds=kept)
        yours.append(FrameworkCookie(name, "REMEMBER_COOKIE_NAME", kept, "flask_login", _REMEMBER))
    yield from (cookie for cookie in yours if cookie.is_renamed)


def _depends_on_cookies(headers: Iterable[tuple[str, str]]) -> bool:
    return any(name.lower() == "vary" and "cookie" in value.lower() for name, value in headers)


@dataclass(frozen=True)
class _InContext:
    """Lets a layout use what Flask offers where a request is answered; the request is one that nobody sent."""

    app: Flask
    layout: Layout

    def __call__(self, content: Markup, title: str, language: str) -> str:
        with self.app.test_request_context():
            return self.layout(content, title, language)


def check_application(app: object) -> None:
    """Check all that a start can get wrong: what stands outside the gate, and purposes in views and templates.

    ``app`` is what the server calls: the Flask application, or what is wrapped around it. The first request checks the
    application too, but not what is wrapped around it. Call this at the end of the application's factory, in a test, or
    in gunicorn's ``post_worker_init``, so that a wrong start fails there.

    Raises GateOrderError for an application without ShopPrivacy, and by name for a layer that is known to set
    cookies; UndeclaredName for a purpose that the policy does not let a browser decide about; PageError for a layout or
    templates of the shop's own that keep visitors from choosing freely. A layer that nobody
    knows, and one that does not show what it wraps, is a warning in the log, once for each name.
    """
    around, flask_app = find_layer(app, Flask)
    if flask_app is None:
        check_layers(app, Flask)
        return
    gate = flask_app.extensions.get(_EXTENSION)
    if not isinstance(gate, AppGate):
        raise GateOrderError(f"{flask_app!r} is not behind the privacy gate: call ShopPrivacy(app, privacy)")
    for layer in around:
        check_layer(layer, gate.outside)
    gate.check()


def _current() -> ConsentContext:
    gate = current_app.extensions.get(_EXTENSION)
    if CONSENT_KEY in request.environ or gate is None:
        return consent_in(request.environ, "is ShopPrivacy(app, privacy) in place?")
    warn_once(
        "a request did not come through the gate, so nothing is allowed to it: Flask's test_request_context() is one"
    )
    return NobodysConsent(gate.privacy.gate.browser)


consent = cast("ConsentContext", LocalProxy(_current))
"""The consent of the visitor whose request is being answered: ``consent.allows("statistics")``.

Nothing is allowed to a request that did not come through the gate, as one of ``app.test_request_context()``.
"""


def privacy_banner(language: str | None = None) -> Markup:
    """Return the banner for the start of a page's body; empty for a visitor who need not be asked.

    ``language`` is the page's; by default it is negotiated with the browser.
    """
    return _privacy().banner(_current(), language)


def sign_in(customer: object) -> None:
    """Record that a customer signed in on this browser; ``customer`` is the shop's id for them.

    A refusal or withdrawal on either side narrows both; a grant is never copied from the browser to the account.
    """
    _privacy().sign_in(_current(), customer)


def requires_consent(
    purpose: str, *, otherwise: RouteCallable | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run only for visitors who allow ``purpose``; everyone else gets ``otherwise``, or 403.

    ``otherwise`` is a view with the same arguments; like the view, it may be a coroutine function. A purpose that
    the policy does not let a browser decide about raises UndeclaredName at the check, or at the first request.
    """
    return consent_decorator(
        purpose,
        otherwise=otherwise,
        allows=lambda name: consent.allows(name),
        forbid=lambda: abort(403),
        to_sync=lambda view: current_app.ensure_sync(view),
    )


def _privacy() -> Privacy:
    gate: AppGate = current_app.extensions[_EXTENSION]
    return gate.privacy
