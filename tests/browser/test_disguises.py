"""Deletions that are none: what a real browser makes of what the gate lets through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from threading import Thread
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from shopprivacy.gate.gate import Gate
from shopprivacy.wsgi import WSGIGate
from tests.gate.exchange import KEYSET, Host, make_policy

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

# Each is a deletion for somebody: for the draft, for the gate, or for nobody but its author.
DISGUISES = [
    "Max-Age=0; Max-Age=x",
    "Max-Age=0; Max-Age=",
    "Max-Age=0; Max-Age",
    'Max-Age=0; Max-Age="9"',
    "Max-Age=-1; Max-Age=+5",
    "Max-Age=0; Max-Age=9999",
    "Expires=Thu, 01 Jan 1970 00:00:00 GMT; Expires=never",
    "Expires=Thu, 01 Jan 1970 00:00:00 GMT; Expires",
    "Max-Age=9; Max-Age=0",
    "Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT",
    "max-age = 0",
    "Max-Age=" + "0" * 1100,
]

NAMES = ["Set-Cookie ", "Set-Cookie\t", " Set-Cookie"]
"""Chromium takes blanks off the end of a field's name; this server sends them."""


class _Silent(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def careless(_environ: Any, start_response: Any) -> Iterable[bytes]:
    """Set an undeclared and a refused cookie in every disguise, and one that is allowed."""
    cookies = [f"debug_{n}=1; Path=/; {disguise}" for n, disguise in enumerate(DISGUISES)]
    cookies += [f"_ga_{n}=1; Path=/; {disguise}" for n, disguise in enumerate(DISGUISES)]
    headers = [
        ("Content-Type", "text/html"),
        *((name, "_ga=1; Path=/") for name in NAMES),
        *(("Set-Cookie", cookie) for cookie in [*cookies, "cart=1; Path=/"]),
    ]
    start_response("200 OK", headers)
    return [b"<!doctype html><title>Shop</title>"]


@pytest.fixture
def address() -> Iterator[str]:
    """A careless application behind the gate, on a port of its own."""
    gated = WSGIGate(careless, Host(Gate(make_policy(), KEYSET)))
    server = make_server("127.0.0.1", 0, gated, handler_class=_Silent)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_no_disguise_puts_a_cookie_into_the_jar(chromium: Browser, address: str) -> None:
    """Before any choice the browser's own jar holds what is essential, whatever a deletion looks like to it."""
    context = chromium.new_context()
    context.new_page().goto(address)
    assert {str(cookie["name"]) for cookie in context.cookies()} == {"cart"}
    context.close()
