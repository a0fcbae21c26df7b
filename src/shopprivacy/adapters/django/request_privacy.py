"""What views and templates ask for a request's visitor: ``request.privacy``, and the verbs of every adapter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Never

from asgiref.sync import async_to_sync, iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from markupsafe import Markup

from shopprivacy.adapters.consent_decorator import P, R, View, consent_decorator
from shopprivacy.adapters.django.conf import read_conf
from shopprivacy.adapters.django.root import get_browser_policy, get_privacy
from shopprivacy.adapters.django.routes import leave_request
from shopprivacy.adapters.django.sealed.lookups import SearchRefused
from shopprivacy.consent.context import CONSENT_KEY, ConsentContext, NobodysConsent
from shopprivacy.errors import PolicyError
from shopprivacy.layers import warn_once

DjangoView = Callable[..., HttpResponseBase | Awaitable[HttpResponseBase]]

# For what is called without the request, or with it in any place: decorated views and methods of views.
_current: ContextVar[ConsentContext] = ContextVar("shopprivacy.consent")
_HINT = "wsgi.py and asgi.py need application = privacy_gate(...), and tests shopprivacy.adapters.django.test.Client"


def consent(request: HttpRequest) -> ConsentContext:
    """Return the consent of a request's visitor: ``consent(request).allows("statistics")``.

    What ``request.privacy`` asks, with types. Nothing is allowed to a request that did not come through the gate, as
    Django's own test clients and previews of pages send it; the log says so once.
    """
    return _or_nobodys(find_consent(request))


def find_consent(request: HttpRequest) -> ConsentContext | None:
    """Return the consent of a request's visitor, or None where the request did not come through the gate."""
    return _environ(request).get(CONSENT_KEY)


def current_consent() -> ConsentContext:
    """Return the consent for the request that is being answered; nothing is allowed where there is none."""
    return _or_nobodys(_current.get(None))


def _or_nobodys(found: ConsentContext | None) -> ConsentContext:
    if isinstance(found, ConsentContext):
        return found
    warn_once(f"a request did not come through the gate, so nothing is allowed to it; {_HINT}")
    return NobodysConsent(get_browser_policy())


class RequestPrivacy:
    """``request.privacy``: the visitor's consent, in views and templates."""

    def __init__(self, consent: ConsentContext) -> None:
        self.consent = consent

    def allows(self, purpose: str) -> bool:
        """Whether ``purpose`` is allowed for this visitor; the response then depends on consent.

        Raises UndeclaredName for a purpose that the policy does not let a browser decide about.
        """
        return self.consent.allows(purpose)

    def undecided(self) -> tuple[str, ...]:
        """Return the purposes that need this visitor's answer; the response then depends on consent."""
        return self.consent.undecided()

    def banner(self, language: str | None = None) -> Markup:
        """Return the banner for the start of a page's body; empty for a visitor who need not be asked.

        ``language`` is the page's; by default it is negotiated with the browser.
        """
        return get_privacy().banner(self.consent, language)

    def sign_in(self, customer: object) -> None:
        """Record that a customer signed in on this browser; ``customer`` is the shop's id for them.

        A refusal or withdrawal on either side narrows both; a grant is never copied from the browser to the account.
        """
        get_privacy().sign_in(self.consent, customer)

    async def asign_in(self, customer: object) -> None:
        """Do what ``sign_in`` does, in an async view."""
        await sync_to_async(self.sign_in)(customer)


def privacy_banner(request: HttpRequest, language: str | None = None) -> Markup:
    """Return the banner for the start of a page's body; empty for a visitor who need not be asked.

    ``language`` is the page's; by default it is negotiated with the browser.
    """
    return RequestPrivacy(consent(request)).banner(language)


def sign_in(request: HttpRequest, customer: object) -> None:
    """Record that a customer signed in on this browser; ``customer`` is the shop's id for them.

    A refusal or withdrawal on either side narrows both; a grant is never copied from the browser to the account.
    """
    RequestPrivacy(consent(request)).sign_in(customer)


class PrivacyMiddleware:
    """Sets ``request.privacy``. Stands first, so that other middleware may ask it too."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer one request."""
        request.privacy = RequestPrivacy(consent(request))
        leave_request(_environ(request), request)
        if self._is_async:
            return self._answer(request)
        with _request_context(request.privacy.consent):
            response: HttpResponseBase = self.get_response(request)
        _recognise(request)
        return response

    def process_exception(self, _request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a search for a part of a sealed value with 400, which says what can be found."""
        if isinstance(exception, SearchRefused):
            return HttpResponseBadRequest(f"{exception}\n".encode(), content_type="text/plain; charset=utf-8")
        return None

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        with _request_context(request.privacy.consent):
            response: HttpResponseBase = await self.get_response(request)
        if _looked_who_it_is(request) and request.privacy.consent.holds_something:
            await sync_to_async(_recognise)(request)
        return response


def signed_in(request: HttpRequest) -> object | None:
    """Return the shop's id of whoever sends a request that has been through the shop's middleware, or None."""
    chosen = read_conf().customer
    if chosen is not None:
        return chosen(request)
    user: Any = getattr(request, "user", None)
    return str(user.pk) if user is not None and user.is_authenticated else None


def _looked_who_it_is(request: HttpRequest) -> bool:
    """Whether the shop itself has: then it costs nothing more, and the response says already that it depends on it."""
    return bool(getattr(getattr(request, "session", None), "accessed", False))


def _recognise(request: HttpRequest) -> None:
    if _looked_who_it_is(request):
        get_privacy().recognise(request.privacy.consent, partial(signed_in, request))


def requires_consent(
    purpose: str, *, otherwise: DjangoView | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run only for visitors who allow ``purpose``; everyone else gets ``otherwise``, or 403.

    ``otherwise`` is a view with the same arguments; like the view, it may be a coroutine function. For a class-based
    view, ``method_decorator(requires_consent("statistics"), name="dispatch")``.

    Raises UndeclaredName at once for a purpose that the policy does not let a browser decide about.
    """
    check_purpose(purpose)
    return consent_decorator(
        purpose,
        otherwise=otherwise,
        allows=lambda name: current_consent().allows(name),
        forbid=_forbid,
        to_sync=_to_sync,
        to_async=_to_async,
        is_async=_is_async,
    )


def check_purpose(purpose: str) -> None:
    """Raise UndeclaredName for a purpose that a browser does not decide about.

    Where there is no policy that could say so, the system checks tell that, with more to help than a view could.
    """
    try:
        browser = get_browser_policy()
    except (ImproperlyConfigured, PolicyError, OSError):
        return
    browser.check(purpose)


@contextmanager
def _request_context(consent: ConsentContext) -> Iterator[None]:
    """Let this be the consent for the request that is being answered."""
    token = _current.set(consent)
    try:
        yield
    finally:
        _current.reset(token)


def _environ(request: HttpRequest) -> dict[str, Any]:
    """Return where the gate left the consent: the ASGI scope, or the WSGI environ."""
    left: dict[str, Any] = getattr(request, "scope", None) or request.META
    return left


def _forbid() -> Never:
    raise PermissionDenied


def _is_async(view: View) -> bool:
    """Whether Django awaits what the view returns.

    For a class-based view the class says so; its ``dispatch``, bound or decorated, is no coroutine function.
    """
    if iscoroutinefunction(view):
        return True
    layer: object = view
    while layer is not None:
        method = layer.func if isinstance(layer, partial) else layer  # what method_decorator passes
        if getattr(getattr(method, "__self__", None), "view_is_async", False):
            return True
        layer = getattr(layer, "__wrapped__", None)
    return False


def _to_sync(view: View) -> View:
    return async_to_sync(view) if iscoroutinefunction(view) else view


def _to_async(view: View) -> View:
    return view if iscoroutinefunction(view) else sync_to_async(view)
