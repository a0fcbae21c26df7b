"""Consent in a Starlette application: what endpoints and templates ask for the visitor of a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from inspect import iscoroutinefunction
from typing import Never

from anyio import from_thread
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import HTTPConnection
from starlette.status import WS_1008_POLICY_VIOLATION
from starlette.types import Scope

from shopprivacy.adapters.consent_decorator import P, R, View, consent_decorator
from shopprivacy.consent.context import ConsentContext, consent_in
from shopprivacy.privacy import Privacy

_PRIVACY_KEY = "shopprivacy.privacy"
# For what is called without the request: decorated endpoints of any signature, and macros of imported templates.
_connection: ContextVar[Scope] = ContextVar("shopprivacy.connection")


@contextmanager
def connection_context(scope: Scope, privacy: Privacy) -> Iterator[None]:
    """Let a connection be the one that is being answered."""
    scope[_PRIVACY_KEY] = privacy
    token = _connection.set(scope)
    try:
        yield
    finally:
        _connection.reset(token)


def consent(connection: HTTPConnection) -> ConsentContext:
    """Return the consent of a request's or a WebSocket's visitor: ``consent(request).allows("statistics")``.

    A WebSocket's is that of its handshake. Raises PrivacyError where the request did not come through the gate.
    """
    return _consent(connection.scope)


def privacy_banner(connection: HTTPConnection, language: str | None = None) -> Markup:
    """Return the banner for the start of a page's body; empty for a visitor who need not be asked.

    ``language`` is the page's; by default it is negotiated with the browser.
    """
    return _banner(connection.scope, language)


def sign_in(connection: HTTPConnection, customer: object) -> None:
    """Record that a customer signed in on this browser; ``customer`` is the shop's id for them.

    A refusal or withdrawal on either side narrows both; a grant is never copied from the browser to the account.
    Reads the ledger: in a coroutine, ``await run_in_threadpool(sign_in, request, customer.id)``.
    """
    privacy: Privacy = connection.scope[_PRIVACY_KEY]
    privacy.sign_in(consent(connection), customer)


def requires_consent(
    purpose: str, *, otherwise: Callable[..., object] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let an endpoint run only for visitors who allow ``purpose``; everyone else gets ``otherwise``, or 403.

    Endpoints are functions, methods of an HTTPEndpoint, or WebSocket endpoints, which are closed with 1008.
    ``otherwise`` is an endpoint with the same arguments. Either may be a coroutine function; plain ones run in a
    worker thread. A purpose that the policy does not let a browser decide about raises UndeclaredName when the
    application starts.
    """
    return consent_required(purpose, otherwise, by_name=False)


def consent_required(
    purpose: str, otherwise: View | None, *, by_name: bool
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Do what ``requires_consent`` does; ``by_name`` as for ``consent_decorator``."""
    return consent_decorator(
        purpose,
        otherwise=otherwise,
        allows=CurrentConsent().allows,
        forbid=lambda: forbid(_current()),
        to_sync=_in_the_loop,
        to_async=_in_a_thread,
        by_name=by_name,
    )


def forbid(scope: Scope) -> Never:
    """Refuse a connection that lacks consent: 403, or policy violation (RFC 6455 section 7.4.1)."""
    if scope["type"] == "websocket":
        raise WebSocketException(WS_1008_POLICY_VIOLATION)
    raise HTTPException(403)


class CurrentConsent:
    """The consent of the visitor who is being answered: ``consent`` in templates."""

    def allows(self, purpose: str) -> bool:
        """Whether ``purpose`` is allowed for them. Raises UndeclaredName."""
        return _consent(_current()).allows(purpose)


def current_banner(language: str | None = None) -> Markup:
    """Return the banner for the visitor who is being answered: ``privacy_banner`` in templates."""
    return _banner(_current(), language)


def _current() -> Scope:
    return _connection.get({})


def _consent(scope: Scope) -> ConsentContext:
    return consent_in(scope, "is PrivacyMiddleware in place?")


def _banner(scope: Scope, language: str | None) -> Markup:
    found = _consent(scope)
    privacy: Privacy = scope[_PRIVACY_KEY]
    return privacy.banner(found, language)


def _in_the_loop(view: View) -> View:
    if not iscoroutinefunction(view):
        return view
    return lambda *args, **kwargs: from_thread.run(partial(view, *args, **kwargs))


def _in_a_thread(view: View) -> View:
    return view if iscoroutinefunction(view) else partial(run_in_threadpool, view)
