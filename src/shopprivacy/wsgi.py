"""The gate around a WSGI application (PEP 3333).

    application = WSGIGate(application, privacy)

It is the outermost callable: what stands outside it sets cookies that nobody checks. Only headers are touched;
the application's iterable is handed on as it came, so ``wsgi.file_wrapper`` and streaming work as before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from shopprivacy.analytics.service import Watched, enter
from shopprivacy.analytics.service import leave as leave_request
from shopprivacy.analytics.sighting import RouteReader, route_left
from shopprivacy.consent.context import CONSENT_KEY, ConsentContext
from shopprivacy.gate.request_filter import Passage
from shopprivacy.gate.response_filter import release
from shopprivacy.http.request_head import FieldNames, Fields, RequestHead, environ_key
from shopprivacy.layers import check_layers
from shopprivacy.pages.service import Service

if TYPE_CHECKING:
    from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

    from _typeshed import OptExcInfo
    from starlette.responses import Response

    from shopprivacy.pages.endpoints import Endpoint

__all__ = ["WSGIGate", "check_application"]


class WSGIGate:
    """A WSGI application that lets another one see and set only the cookies that its visitor allows.

    ``app`` is the application, ``service`` the configured Privacy. ``customer`` returns the shop's id of whoever
    is signed in, or None; with it, a choice made while signed in reaches that account's other devices.
    ``route`` reads from an environ which route the framework has found. The consent of each request is left in the
    environ under ``CONSENT_KEY``.
    """

    def __init__(
        self,
        app: WSGIApplication,
        service: Service,
        customer: Callable[[WSGIEnvironment], object | None] = lambda _environ: None,
        route: RouteReader = route_left,
    ) -> None:
        self.app = app
        self.service = service
        self.customer = customer
        self._route = route

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        service = self.service
        head = _Head(environ)
        passage = Passage(service.gate, head, service.now())
        environ[CONSENT_KEY] = passage
        if passage.rewritten:
            if passage.cookie_field is None:
                del environ["HTTP_COOKIE"]
            else:
                environ["HTTP_COOKIE"] = passage.cookie_field.decode("latin-1")

        def leave(
            status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            headers = [*headers]  # whatever an application hands over, it is read twice
            sent = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers]
            fields = release(passage, sent)
            if passage.noticed:
                service.report(passage.noticed)
            released = headers if fields == sent else _strings(fields)
            # Applications call a second time, with exc_info, to replace headers that are not sent yet.
            return (
                start_response(status, released, exc_info) if exc_info else start_response(status, released)
            )

        endpoint = service.endpoint(head)
        if endpoint is None:
            if service.watch is None:
                return self.app(environ, leave)
            return self._watch(service.watch(passage, environ, self._route), passage, environ, leave)
        passage.is_ours = True
        reply = self._answer(endpoint, passage, environ)
        if endpoint.open_to_all:
            passage.holds_denied = False  # and so nothing is deleted
        phrase = HTTPStatus(reply.status_code).phrase
        leave(f"{reply.status_code} {phrase}", _strings(reply.raw_headers))
        return [] if head.method == "HEAD" else [bytes(reply.body)]

    def _watch(
        self, watched: Watched, passage: Passage, environ: WSGIEnvironment, leave: StartResponse
    ) -> Iterable[bytes]:
        """Let the application answer, and tell when the head of its response leaves."""

        def tell(
            status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            write = leave(status, headers, exc_info)
            watched.left(int(status[:3]), passage.released or ())
            return write

        token = enter(watched)
        try:
            return self.app(environ, tell)
        except Exception:
            watched.failed()  # the server answers, or what stands around the gate
            raise
        finally:
            leave_request(token)

    def _answer(self, endpoint: Endpoint, consent: ConsentContext, environ: WSGIEnvironment) -> Response:
        # A server hands over no more than Content-Length; without one there is no body that can be read safely.
        length = environ.get("CONTENT_LENGTH") or "0"
        # Python reads no number of thousands of digits; twenty are beyond any limit.
        size = int(length[:20]) if length.isascii() and length.isdigit() else endpoint.body_limit + 1
        if endpoint.declares_too_much or size > endpoint.body_limit:
            if not endpoint.open_to_all:
                return endpoint.too_large(consent)
            size = 0
        ends_itself = not environ.get("CONTENT_LENGTH") and environ.get("wsgi.input_terminated")
        if endpoint.open_to_all and ends_itself:  # a chunked body, which such servers end themselves
            body = _read(environ["wsgi.input"], endpoint.body_limit + 1)
            body = b"" if len(body) > endpoint.body_limit else body
            return self.service.answer(endpoint, consent, body, lambda: self.customer(environ))
        body = _read(environ["wsgi.input"], size)
        if len(body) < size:  # what came of it is not all that the visitor chose
            if not endpoint.open_to_all:
                return endpoint.cut_off(consent)
            body = b""
        return self.service.answer(endpoint, consent, body, lambda: self.customer(environ))


def check_application(app: object, *, outside: Collection[object] = ()) -> None:
    """Check what stands between the server, which calls ``app``, and the gate.

    For the end of a factory, a test, or gunicorn's ``post_worker_init``. Raises GateOrderError, by name, for a layer
    that is known to set cookies. One that nobody knows, and one that does not show what it wraps, is a warning in the
    log. ``outside`` are classes, functions or objects that set no cookies.
    """
    check_layers(app, WSGIGate, outside)


def _strings(fields: Fields) -> list[tuple[str, str]]:
    """Return header fields as PEP 3333 writes them."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in fields]


def _read(stream: InputStream, size: int) -> bytes:
    """Return ``size`` bytes; fewer where the connection is lost: servers then end the stream, or raise."""
    body = b""
    while len(body) < size:
        try:
            part = stream.read(size - len(body))
        except OSError:
            break
        if not part:
            break
        body += part
    return body


class _Head(RequestHead):
    """The head of a request, read from its environ. Applications move the path there about, so it is kept here."""

    __slots__ = ("_environ", "_path", "_script")

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ
        self._path: str = environ.get("PATH_INFO", "")
        self._script: str = environ.get("SCRIPT_NAME", "")
        cookie: str | None = environ.get("HTTP_COOKIE")
        self.cookies = () if cookie is None else (cookie.encode("latin-1"),)

    @property
    def method(self) -> str:
        method: str = self._environ["REQUEST_METHOD"]
        return method

    @property
    def scheme(self) -> str:
        scheme: str = self._environ["wsgi.url_scheme"]
        return scheme

    @property
    def server(self) -> str:
        server: str = self._environ.get("SERVER_NAME", "")
        return server

    @property
    def mount(self) -> str:
        return _decoded(self._script)

    @property
    def path(self) -> str:
        path = self._path
        return path if path.isascii() else _decoded(path)

    @property
    def query(self) -> str:
        query: str = self._environ.get("QUERY_STRING", "")
        return query

    @property
    def client(self) -> str:
        client: str = self._environ.get("REMOTE_ADDR", "")
        return client

    def header(self, name: str, /) -> str | None:
        value: str | None = self._environ.get(_KEYS[name])
        return value

    def picked(self, names: FieldNames, /) -> Sequence[str | None]:
        return [*map(self._environ.get, names.in_environ)]


class _Keys(dict[str, str]):
    """Where an environ has the fields that the library asks for, the same few on every request."""

    __slots__ = ()

    def __missing__(self, name: str) -> str:
        key = self[name] = environ_key(name)
        return key


_KEYS = _Keys()


def _decoded(text: str) -> str:
    # PEP 3333 hands bytes over as Latin-1; paths are UTF-8, as ASGI decodes them.
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")
