"""A request's visit: what the gate left for the shop's code, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from markupsafe import Markup

from shopprivacy.adapters.django.root import get_privacy
from shopprivacy.gate.consent_context import ConsentContext
from shopprivacy.pages.service import CONSENT_KEY, consent_in

# For what is called without the request, or with it in any place: decorated views and methods of views.
_current: ContextVar[ConsentContext] = ContextVar("shopprivacy.visit")
_HINT = "wsgi.py and asgi.py need application = privacy_gate(...), and tests shopprivacy.adapters.django.test.Client"


def visit(request: HttpRequest) -> ConsentContext:
    """Return a request's visit. Raises PrivacyError where the request did not come through the gate."""
    return consent_in(_left(request), _HINT)


def find_consent(request: HttpRequest) -> ConsentContext | None:
    """Return a request's visit, or None where there is none."""
    return _left(request).get(CONSENT_KEY)


def current_consent() -> ConsentContext:
    """Return the visit of the request that is being answered. Raises PrivacyError where there is none."""
    return consent_in({CONSENT_KEY: _current.get(None)}, _HINT)


@contextmanager
def visiting(visit: ConsentContext) -> Iterator[None]:
    """Let ``visit`` be the current one."""
    token = _current.set(visit)
    try:
        yield
    finally:
        _current.reset(token)


class RequestPrivacy:
    """``request.privacy``: the visitor's consent, in views and templates."""

    def __init__(self, visit: ConsentContext) -> None:
        self.visit = visit

    def allows(self, purpose: str) -> bool:
        """Whether ``purpose`` is live for this visitor; the response then depends on consent.

        Raises UndeclaredName for a purpose that the policy does not let a browser decide about.
        """
        return self.visit.allows(purpose)

    def undecided(self) -> tuple[str, ...]:
        """Return the purposes that need this visitor's answer; the response then depends on consent."""
        return self.visit.undecided()

    def banner(self, language: str | None = None) -> Markup:
        """Return the banner for the end of a page's body; empty for a visitor who needs not be asked.

        ``language`` is the page's; left out, it is negotiated with the browser.
        """
        return get_privacy().banner(self.visit, language)

    def sign_in(self, customer: object) -> None:
        """Tell that a customer signed in on this browser; ``customer`` is the shop's id for them.

        A refusal or withdrawal on either side narrows both; a grant is never copied from the browser to the account.
        """
        get_privacy().sign_in(self.visit, customer)

    async def asign_in(self, customer: object) -> None:
        """Do what ``sign_in`` does, in an async view."""
        await sync_to_async(self.sign_in)(customer)


consent = visit
"""The visitor's consent, where there is no ``request.privacy``: ``consent(request).allows("statistics")``."""


def privacy_banner(request: HttpRequest, language: str | None = None) -> Markup:
    """Return what ``request.privacy.banner(language)`` returns."""
    return RequestPrivacy(visit(request)).banner(language)


def sign_in(request: HttpRequest, customer: object) -> None:
    """Do what ``request.privacy.sign_in(customer)`` does."""
    RequestPrivacy(visit(request)).sign_in(customer)


def _left(request: HttpRequest) -> dict[str, Any]:
    left: dict[str, Any] = getattr(request, "scope", None) or request.META
    return left
