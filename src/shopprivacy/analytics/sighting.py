"""What the request path knows of a response when its head leaves: put together in memory, judged elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any, Final, NamedTuple

from shopprivacy.http.request_head import FieldNames

OF_NAVIGATIONS: Final = FieldNames(
    *("host", "user-agent", "accept-language", "referer", "sec-fetch-site", "sec-purpose", "purpose"),
    *("x-moz", "x-purpose", "sec-fetch-dest"),
)
"""Fields of a request that say where a visitor came from, and with what, or that a browser fetches a page ahead."""
OF_OTHERS: Final = FieldNames(
    *("x-sec-purpose", "hx-request", "hx-boosted", "hx-preloaded"),
    *("x-turbo-request-id", "turbo-frame", "x-requested-with"),
)
"""What tells page views from parts of pages where the browser does not say that it navigates. Scripts send them."""
FIELD_NAMES: Final = OF_NAVIGATIONS.names + OF_OTHERS.names


DOCUMENT: Final = frozenset({"document", b"document"})
"""What Sec-Fetch-Dest says of a navigation; then nothing of ``OF_OTHERS`` need be looked at."""

Route = tuple[str, Mapping[str, Any]]
"""A route as its framework writes it, and the parameters of this request."""
ROUTE_KEY: Final = "shopprivacy.route"
"""Where an adapter may leave the route: in the WSGI environ, or in the ASGI scope."""


def route_left(carrier: Mapping[str, Any]) -> Route | None:
    """Return the route that an adapter has left there."""
    found: Route | None = carrier.get(ROUTE_KEY)
    return found


RouteReader = Callable[[Any], Route | None]
"""Reads the route from what the server handed over, once the framework has found one."""


class Allowed(IntEnum):
    """How much of a visitor may be written."""

    NOTHING = 0
    EXEMPT = 1
    CONSENTED = 2


class Sighting(NamedTuple):
    """One response, or one event that code counts. Header fields stand as the server gave them, text or bytes."""

    at: datetime
    allowed: Allowed
    event: str | None
    """What code has counted; None: a response."""
    method: str = ""
    path: str = ""
    status: int | None = None
    duration: float | None = None
    """Seconds to the head of the response."""
    route: Route | None = None
    query: str = ""
    fields: Sequence[str | bytes | None] = ()
    """Those of ``FIELD_NAMES``; none: there was no request."""
    answered: Iterable[tuple[bytes, bytes]] = ()
    """The fields of the response."""
    client: str = ""
    """The address, where a visitor may be told from others."""
