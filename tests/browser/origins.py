"""A shop behind the gate and other sites beside it, each on an origin of its own, on this machine alone.

Chromium finds every name below ``localhost`` at 127.0.0.1, and takes it for as trustworthy as https: it keeps Secure
cookies there and sends Fetch Metadata.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from shopprivacy.consent.context import CONSENT_KEY
from shopprivacy.decision import Action
from shopprivacy.privacy import Privacy
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.wsgi import WSGIGate
from tests.gate.exchange import KEYSET, make_policy

SHOP, SISTER, EVIL = "www.shop.localhost", "blog.shop.localhost", "evil.localhost"
_HTML = [("Content-Type", "text/html; charset=utf-8")]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that reached the shop."""

    method: str
    path: str
    site: str
    destination: str
    cookies: str
    purpose: str
    """Empty where somebody is waiting for the answer; else that of a request made ahead."""


class Server(ThreadingMixIn, WSGIServer):
    """Browsers open connections that they may never use."""

    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def get_environ(self) -> dict[str, Any]:
        """Leave the Cookie field as it came: wsgiref takes other white space than spaces and tabs off its ends."""
        environ = super().get_environ()
        if cookies := self.headers.get_all("Cookie"):
            environ["HTTP_COOKIE"] = "; ".join(cookies)
        return environ

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@dataclass
class Origins:
    """The shop and its neighbours, on one port; which is meant stands in the Host field."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    """What other sites answer, by path."""
    sent: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Header fields of these answers, by path; with a Location they are redirects that keep the method."""
    script: str = ""
    """What the shop's own page runs."""

    def __post_init__(self) -> None:
        self._store = MemoryStore()
        self.privacy = Privacy(
            make_policy(), keyset=KEYSET, store=self._store, clock=lambda: datetime.now(UTC)
        )
        self._shop = WSGIGate(self._page, self.privacy)

    def url(self, host: str, path: str = "/") -> str:
        """Return where a host's page stands."""
        return f"http://{host}:{self.port}{path}"

    @property
    def granted(self) -> int:
        """How many rows of the ledger grant something."""
        rows = self._store.rows_after(0)
        return sum(row.entry is not None and row.entry.action is Action.GRANTED for row in rows)

    def wait_for(self, path: str) -> Asked:
        """Return the first request for a path of the shop, once it is there."""
        for _ in range(2000):
            if found := [asked for asked in self.asked if asked.path == path]:
                return found[0]
            time.sleep(0.02)
        raise AssertionError(f"{path} was not asked for; {self.asked}")

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer for the host that was asked."""
        host = environ["HTTP_HOST"].partition(":")[0]
        if host == SHOP:
            self.asked.append(
                Asked(
                    environ["REQUEST_METHOD"],
                    environ["PATH_INFO"],
                    environ.get("HTTP_SEC_FETCH_SITE", ""),
                    environ.get("HTTP_SEC_FETCH_DEST", ""),
                    environ.get("HTTP_COOKIE", ""),
                    environ.get("HTTP_SEC_PURPOSE", ""),
                )
            )
            return self._shop(environ, start_response)
        path = environ["PATH_INFO"]
        fields = self.sent.get(path, [])
        redirects = any(name == "Location" for name, _ in fields)
        start_response("307 Temporary Redirect" if redirects else "200 OK", [*_HTML, *fields])
        return [self.pages.get(path, "<!doctype html><title>Elsewhere</title>").encode()]

    def _page(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """A page of the shop that asks, and whose code sets what it likes; anybody may frame it or render it ahead."""
        cookies = [("Set-Cookie", "_ga=1; Path=/"), ("Set-Cookie", "cart=1; Path=/")]
        start_response("200 OK", [*_HTML, ("Supports-Loading-Mode", "credentialed-prerender"), *cookies])
        banner = self.privacy.banner(environ[CONSENT_KEY], "en")
        return [f"<!doctype html><title>Shop</title><h1>Shop</h1>{banner}{self.script}".encode()]


@contextmanager
def served(made: Callable[[], Origins] = Origins) -> Iterator[Origins]:
    """Serve the shop and its neighbours on a free port."""
    origins = made()
    server = make_server("127.0.0.1", 0, origins, server_class=Server, handler_class=_Silent)
    origins.port = server.server_port
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield origins
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        origins.privacy.close()


Attack = Callable[[Origins], str]
"""The page of another site that tries it."""
