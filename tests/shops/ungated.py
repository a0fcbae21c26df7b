"""The Flask shop with the gate taken out: the same command line, pages and forms, but cookies pass as they come.

The library still answers its own addresses and draws its banner; only its hold on the shop's headers is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from examples.flask_app import create_app
from examples.flask_app.server import serve
from examples.shop.options import Options, read_options

from shopprivacy import Privacy
from shopprivacy.logs import CleanedFormatter
from shopprivacy.logs.take_over import attached
from shopprivacy.mail.outcome import Outcome
from shopprivacy.wsgi import WSGIGate

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_COOKIE = "ungated.cookie"
_START_RESPONSE = "ungated.start_response"


class TakenOut:
    """Leads requests round the gate to the shop behind it."""

    def __init__(self, app: WSGIApplication, gate: WSGIGate) -> None:
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


def take_out_mail(privacy: Privacy) -> None:
    """Let every mail go out, as it is written."""
    mail: Any = privacy.mail

    def send(message: EmailMessage, *_: object, **__: object) -> Outcome:
        mail.transport(message)
        return Outcome(sent=True, purpose=None)

    mail.send = send


def give_back_logs() -> None:
    """Let every handler write as it did before the library took it over."""
    for _, handler in attached():
        if isinstance(handler.formatter, CleanedFormatter):
            handler.setFormatter(handler.formatter.inner)


def create_ungated(options: Options) -> Any:
    """Build the shop without its gate, and without the library's hold on its logs."""
    app = create_app(options)
    take_out_mail(app.extensions["shopprivacy"].privacy)
    give_back_logs()
    return TakenOut(app, app.extensions["shopprivacy"].gate)


if __name__ == "__main__":
    serve(read_options(program="tests.shops.ungated"), create_ungated)
