"""How often one client may post choices. In memory, per process: a brake, not a ledger.

Written here because the libraries for this take their own clock, and none of them is needed for thirty lines.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from threading import Lock


class RateLimit:
    """At most ``count`` turns of each kind for each client in ``seconds``, counted in fixed windows.

    ``secret`` keys the hash that clients are remembered by, so that no address stands in memory; at most
    ``clients`` of them are remembered, and a flood of new ones makes a new window.
    """

    def __init__(self, secret: bytes, *, count: int = 30, seconds: int = 60, clients: int = 10_000) -> None:
        self._secret = secret
        self._count = count
        self._seconds = seconds
        self._clients = clients
        self._window = -1
        self._turns: dict[bytes, int] = {}
        self._lock = Lock()

    def take(self, kind: str, client: str, now: datetime) -> bool:
        """Count one turn; whether the client is still within the limit of this kind."""
        key = hmac.digest(self._secret, f"{kind} {client}".encode("utf-8", "surrogatepass"), "sha256")[:8]
        window = int(now.timestamp()) // self._seconds
        with self._lock:
            if window != self._window or len(self._turns) >= self._clients:
                self._window = window
                self._turns = {}
            self._turns[key] = turns = self._turns.get(key, 0) + 1
        return turns <= self._count
