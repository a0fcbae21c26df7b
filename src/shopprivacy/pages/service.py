"""What the WSGI and the ASGI shell need behind them; ``shopprivacy.Privacy`` is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from shopprivacy.analytics.service import Watched
from shopprivacy.analytics.sighting import RouteReader
from shopprivacy.consent.context import ConsentContext
from shopprivacy.gate.cookie_rules import Noticed
from shopprivacy.gate.gate import Gate
from shopprivacy.http.request_head import RequestHead

if TYPE_CHECKING:
    from starlette.responses import Response

    from shopprivacy.pages.endpoints import Endpoint


class Service(Protocol):
    """The decisions behind a shell, and the edges that they act on."""

    gate: Gate

    @property
    def watch(self) -> Callable[[ConsentContext, object, RouteReader], Watched] | None:
        """Begins to watch a request for what is counted; None: nothing is."""
        ...

    def now(self) -> datetime:
        """Return the current time in UTC."""
        ...

    def endpoint(self, head: RequestHead) -> Endpoint | None:
        """Return the library's own endpoint for a request, or None where the application answers."""
        ...

    def answer(
        self, endpoint: Endpoint, consent: ConsentContext, body: bytes, customer: Callable[[], object | None]
    ) -> Response:
        """Run an endpoint to its reply. May block: it reads and writes the stores.

        ``customer`` returns the shop's own id of whoever is signed in, or None; it is called where that matters.
        """
        ...

    def report(self, noticed: Sequence[Noticed]) -> None:
        """Tell the developer which cookies were held back, once for each name."""
        ...

    def resume(self) -> None:
        """Go on after ``suspend``: a server starts. May block."""
        ...

    def suspend(self) -> None:
        """Write what is left, and let nobody wait for this process: the server stops. May block."""
        ...
