"""What the WSGI and the ASGI shell need behind them; ``shopprivacy.Privacy`` is one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from shopprivacy.errors import PrivacyError
from shopprivacy.gate.consent_context import ConsentContext
from shopprivacy.gate.gate import Gate
from shopprivacy.http.request_head import RequestHead

if TYPE_CHECKING:
    from starlette.responses import Response

    from shopprivacy.pages.endpoints import Endpoint

CONSENT_KEY = "shopprivacy.consent"
"""Where a shell leaves the ConsentContext for the application: in the WSGI environ, or in the ASGI scope."""


def consent_in(left: Mapping[str, object], hint: str) -> ConsentContext:
    """Return the ConsentContext in a WSGI environ or an ASGI scope.

    Raises PrivacyError, with ``hint``, where there is none.
    """
    found = left.get(CONSENT_KEY)
    if not isinstance(found, ConsentContext):
        raise PrivacyError(f"this request did not come through the gate; {hint}")
    return found


class Service(Protocol):
    """The decisions behind a shell, and the edges that they act on."""

    gate: Gate

    def now(self) -> datetime:
        """Return the current time in UTC."""
        ...

    def endpoint(self, head: RequestHead) -> Endpoint | None:
        """Return the library's own endpoint for a request, or None where the application answers."""
        ...

    def account(self, customer: object) -> bytes:
        """Return the pseudonym of the account with the shop's own id for it."""
        ...

    def answer(self, endpoint: Endpoint, visit: ConsentContext, body: bytes) -> Response:
        """Run an endpoint to its reply. May block: it reads and writes the stores."""
        ...

    def report(self, visit: ConsentContext) -> None:
        """Tell the developer which cookies were held back, once for each name."""
        ...


def answer_to(
    customer: object | None, service: Service, endpoint: Endpoint, visit: ConsentContext, body: bytes
) -> Response:
    """Answer whoever is signed in, by the shop's id for them, or a visitor that nobody knows: None. May block."""
    if customer is not None:
        visit.account = service.account(customer)
    return service.answer(endpoint, visit, body)
