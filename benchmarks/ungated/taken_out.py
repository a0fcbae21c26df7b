"""What stands in the gate's place, to see what the gate costs a shop.

Nothing reads, checks or rewrites a header. The pages ask about consent as before, and each gets a copy of what the gate
found for the first visitor.
"""

from __future__ import annotations

from copy import copy
from typing import Any

from shopprivacy.asgi import ASGIGate
from shopprivacy.consent.context import CONSENT_KEY, ConsentContext
from shopprivacy.wsgi import WSGIGate


class WSGITakenOut:
    """Leads every request but the first past the gate."""

    def __init__(self, gate: WSGIGate) -> None:
        self._gate, self._shop = gate, gate.app
        self._visit: ConsentContext | None = None
        gate.app = self._first

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if self._visit is None:
            return self._gate(environ, start_response)
        environ[CONSENT_KEY] = copy(self._visit)
        return self._shop(environ, start_response)

    def _first(self, environ: Any, start_response: Any) -> Any:
        self._visit = copy(environ[CONSENT_KEY])
        return self._shop(environ, start_response)


class ASGITakenOut:
    """Leads every request but the first past the gate."""

    def __init__(self, gate: ASGIGate) -> None:
        self._gate, self._shop = gate, gate.app
        self._visit: ConsentContext | None = None
        gate.app = self._first

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._visit is None:
            await self._gate(scope, receive, send)
        else:
            await self._shop({**scope, CONSENT_KEY: copy(self._visit)}, receive, send)

    async def _first(self, scope: Any, receive: Any, send: Any) -> None:
        if CONSENT_KEY in scope:  # what comes first is the server's start, which is nobody's visit
            self._visit = copy(scope[CONSENT_KEY])
        await self._shop(scope, receive, send)
