"""Flask: the gate around the application, and consent in views and templates.

privacy = Privacy.from_file("privacy.toml")
app = Flask(__name__)
ShopPrivacy(app, privacy)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

try:
    from flask import Flask, abort, current_app, request
    from werkzeug.local import LocalProxy
except ImportError as missing:  # pragma: no cover  # the tests of this file run with Flask installed
    from shopprivacy.errors import MissingExtra

    raise MissingExtra("flask") from missing

from markupsafe import Markup

from shopprivacy.adapters import jinja
from shopprivacy.adapters.requiring import check, requiring
from shopprivacy.errors import PrivacyError
from shopprivacy.privacy import Privacy
from shopprivacy.web.gate import Visit
from shopprivacy.web.service import VISIT_KEY
from shopprivacy.wsgi import WSGIGate, check_outermost

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

P = ParamSpec("P")
R = TypeVar("R")

_EXTENSION = "shopprivacy"


class ShopPrivacy:
    """Puts an application behind the gate: cookies, ``/privacy`` pages, template helpers.

    ``outside`` are classes of middleware that may stand outside the gate because they set no cookies, beside the
    known ones such as ProxyFix. Raises GateOrderError, before anything is served, for any other one that does.

    ``customer`` runs in a request context and returns the shop's id of whoever is signed in, or None: choices that
    they make on the library's pages then reach their other devices.

    In templates: ``{% consent "statistics" %} … {% endconsent %}``, ``privacy_banner()`` and ``consent``.
    """

    def __init__(
        self,
        app: Flask,
        privacy: Privacy,
        *,
        customer: Callable[[], object | None] = lambda: None,
        outside: Collection[type] = (),
    ) -> None:
        self.app = app
        self.privacy = privacy
        self._customer = customer
        self._outside = tuple(outside)
        self._started = False
        app.extensions[_EXTENSION] = self
        jinja.install(app.jinja_env, privacy.gate.browser.check, lambda purpose: consent.allows(purpose))
        app.jinja_env.globals.update(privacy_banner=privacy_banner, consent=consent)
        self._check_views(app.view_functions.values())
        self._check_what_follows()
        self.gate = WSGIGate(app.wsgi_app, privacy, self._signed_in)
        app.wsgi_app = self._serve  # type: ignore[method-assign]  # Flask's documented place for middleware

    def _serve(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._started:
            check_outermost(self.app.wsgi_app, self._serve, allowed=self._outside)
            jinja.check_templates(self.app.jinja_env)
            self._started = True
        return self.gate(environ, start_response)

    def _signed_in(self, environ: WSGIEnvironment) -> object | None:
        with self.app.request_context(environ):
            return self._customer()

    def _check_views(self, views: Iterable[Callable[..., object]]) -> None:
        check(views, self.privacy.gate.browser.check)

    def _check_what_follows(self) -> None:
        """Check views as they are registered: a shop's usually are, after this extension."""
        add_url_rule = self.app.add_url_rule

        @wraps(add_url_rule)
        def checked(
            rule: str,
            endpoint: str | None = None,
            view_func: Callable[..., Any] | None = None,
            *args: Any,
            **options: Any,
        ) -> None:
            if view_func is not None:
                self._check_views([view_func])
            add_url_rule(rule, endpoint, view_func, *args, **options)

        self.app.add_url_rule = checked  # type: ignore[method-assign]  # Flask has no hook for this


def visit() -> Visit:
    """Return the current request's visit. Raises PrivacyError where the request did not come through the gate."""
    found = request.environ.get(VISIT_KEY)
    if not isinstance(found, Visit):
        raise PrivacyError(
            "this request did not come through the gate; is ShopPrivacy(app, privacy) in place?"
        )
    return found


consent = cast("Visit", LocalProxy(visit))
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
    _privacy().sign_in(visit(), str(customer))


def requires_consent(
    purpose: str, *, otherwise: Callable[..., object] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run only for visitors who allow ``purpose``; everyone else gets ``otherwise``, or 403.

    ``otherwise`` is a view with the same arguments; like the view, it may be a coroutine function. A purpose that
    the policy does not let a browser decide about raises UndeclaredName when the view is registered.
    """
    return requiring(
        purpose,
        otherwise=otherwise,
        allows=lambda name: consent.allows(name),
        forbid=lambda: abort(403),
        to_sync=lambda view: current_app.ensure_sync(view),
    )


def _privacy() -> Privacy:
    extension: ShopPrivacy = current_app.extensions[_EXTENSION]
    return extension.privacy
