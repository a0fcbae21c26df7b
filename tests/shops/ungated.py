"""The Flask shop with the gate taken out: the same command line, pages and forms, but cookies pass as they come.

The library still answers its own addresses and draws its banner; only its hold on the shop's headers is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from examples.flask_app.server import Server, serve
from examples.shop.options import read_options
from flask import Flask

from shopprivacy.wsgi import WSGIGate

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

_COOKIE = "ungated.cookie"
_START_RESPONSE = "ungated.start_response"


class TakenOut:
    """Leads requests round the gate to the shop behind it."""

    def __init__(self, app: Flask) -> None:
        gate: WSGIGate = app.extensions["shopprivacy"].gate
        self._app = app
        self._shop = gate.app
        gate.app = self._past_the_gate

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Note what the browser sent, and where the answer goes."""
        environ[_COOKIE] = environ.get("HTTP_COOKIE")
        environ[_START_RESPONSE] = start_response
        return self._app(environ, start_response)

    def _past_the_gate(self, environ: WSGIEnvironment, _gated: Callable[..., object]) -> Iterable[bytes]:
        if environ[_COOKIE] is not None:
            environ["HTTP_COOKIE"] = environ[_COOKIE]
        return self._shop(environ, environ[_START_RESPONSE])


class UngatedServer(Server):
    """Serves the shop without its gate."""

    def load(self) -> Any:
        return TakenOut(super().load())


if __name__ == "__main__":
    serve(read_options(program="tests.shops.ungated"), UngatedServer)
