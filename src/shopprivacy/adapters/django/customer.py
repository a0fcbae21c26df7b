"""Who is signed in: asked by the gate when a choice is made, and told to the library at a log-in."""

from __future__ import annotations

from contextlib import ExitStack
from inspect import isclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, close_old_connections, connections
from django.http import HttpRequest
from django.utils.module_loading import import_string

from shopprivacy.adapters.django.conf import read_conf
from shopprivacy.adapters.django.request_privacy import find_consent, signed_in
from shopprivacy.adapters.django.root import get_privacy
from shopprivacy.adapters.django.waits import watched
from shopprivacy.errors import StoreDown
from shopprivacy.storage.outage import told


def customer_of(request: HttpRequest) -> object | None:
    """Return the shop's id of whoever sends a request that Django itself never sees, or None.

    ``request.session`` and ``request.user`` are there where their middleware is among the shop's. By default the id
    is the primary key of the user; ``SHOPPRIVACY["CUSTOMER"]`` asks something else. Raises StoreDown where the shop's
    database does not answer.
    """
    # Django closes connections around its own requests only.
    close_old_connections()
    try:
        with ExitStack() as waits:
            for connection in _connections_in_use():
                waits.enter_context(watched(connection, read_conf().patience))
            _identify(request)
            return signed_in(request)
    except DatabaseError as error:
        raise StoreDown(f"could not find out who the customer is: {told(error)}") from None
    finally:
        close_old_connections()


def _connections_in_use() -> list[Any]:
    """Return this thread's connections, and those to the usual database and to the ledger's, open or not.

    No others: the driver of one that nobody uses may not be installed.
    """
    made: list[Any] = connections.all(initialized_only=True)
    aliases = {connection.alias for connection in made} | {DEFAULT_DB_ALIAS, read_conf().store}
    return [connections[alias] for alias in connections if alias in aliases]


def listen_for_log_ins() -> None:
    """Listen for log-ins, where the setting asks for it. Raises ImproperlyConfigured where nobody could log in."""
    asked = getattr(settings, "SHOPPRIVACY", None) or {}
    if asked.get("SIGN_IN_ON_LOGIN") and apps.is_installed("django.contrib.auth"):
        from django.contrib.auth.signals import user_logged_in

        user_logged_in.connect(_signed_in, dispatch_uid="shopprivacy")


def _signed_in(*, request: HttpRequest, user: Any, **_: object) -> None:  # noqa: ANN401  # any model of users
    consent = find_consent(request)
    # Test clients log in with a request that no browser sent; one that a browser sent would not get here ungated.
    if consent is not None:
        get_privacy().sign_in(consent, str(user.pk))


def _identify(request: HttpRequest) -> None:
    """Let the shop's own middleware for sessions and users, or what it made of them, see the request."""
    for kind in ("sessions.middleware.SessionMiddleware", "auth.middleware.AuthenticationMiddleware"):
        app = "django.contrib." + kind.partition(".")[0]
        if apps.is_installed(app):  # its middleware cannot be imported otherwise
            wanted: Any = import_string(f"django.contrib.{kind}")
            middleware: Any
            for middleware in map(import_string, settings.MIDDLEWARE):
                fits = isclass(middleware) and issubclass(middleware, wanted)
                if fits:
                    middleware(_nobody).process_request(request)  # pyright: ignore[reportCallIssue]


def _nobody(_request: HttpRequest) -> None: ...
