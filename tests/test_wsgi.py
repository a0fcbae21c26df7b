"""The WSGI shell: headers only, whatever the application does with the protocol (PEP 3333)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any
from urllib.parse import quote
from wsgiref.handlers import SimpleHandler
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import pytest
from starlette.responses import Response

from shopprivacy.consent.choices import Choice
from shopprivacy.consent.context import CONSENT_KEY, ConsentContext
from shopprivacy.gate.gate import Gate
from shopprivacy.http.response import respond
from shopprivacy.wsgi import WSGIGate
from tests.gate.exchange import KEYSET, Host, choices, consent_pair, make_policy

POLICY = make_policy()


class ConsentForm(Host):
    """A service that answers every path below /privacy itself, with what it was asked."""

    def endpoint(self, head: Any) -> Any:
        return _Echo() if head.path.startswith("/privacy") else None

    def answer(
        self, endpoint: Any, consent: ConsentContext, body: bytes, customer: Callable[[], object | None]
    ) -> Response:
        assert isinstance(endpoint, _Echo)
        asked = f"{consent.head.method} {consent.head.path} {consent.head.header('content-type')} ".encode()
        asked += _account(customer())
        return respond(200, [(b"content-type", b"text/plain"), (b"set-cookie", b"_ga=1")], asked + body)


def _account(customer: object | None) -> bytes:
    return b"" if customer is None else f"account of {customer}".encode()


class _Echo:
    body_limit = 10
    declares_too_much = False
    open_to_all = False

    def too_large(self, consent: ConsentContext) -> Response:
        return respond(
            413, [(b"content-type", b"text/plain")], b"too much for %s" % consent.head.path.encode()
        )

    def cut_off(self, consent: ConsentContext) -> Response:
        return respond(400, [(b"content-type", b"text/plain")], b"%s cut off" % consent.head.path.encode())


def host() -> Host:
    """Return a service around a plain policy."""
    return Host(Gate(POLICY, KEYSET))


def environ(path: str = "/", method: str = "GET", body: bytes = b"", **more: Any) -> dict[str, Any]:
    """Return a complete WSGI environ."""
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "shop.example",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **more,
    }


class Answer:
    """What a server has been told."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.written: list[bytes] = []

    def start_response(self, status: str, headers: Any, exc_info: Any = None) -> Any:
        if self.status and not exc_info:
            raise AssertionError("start_response was called a second time without exc_info")
        self.status, self.headers = status, list(headers)
        return self.written.append

    def cookies(self) -> list[str]:
        return [value for name, value in self.headers if name.lower() == "set-cookie"]


def test_a_second_start_response_is_gated_too() -> None:
    """An application that fails half-way replaces its headers, with exc_info; those are gated as well."""

    def failing(_environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Set-Cookie", "cart=1")])
        try:
            raise LookupError
        except LookupError:
            start_response("500 Oops", [("Set-Cookie", "_ga=1"), ("Set-Cookie", "cart=2")], sys.exc_info())
        return [b"sorry"]

    answer = Answer()
    WSGIGate(failing, host())(environ(), answer.start_response)
    assert answer.status == "500 Oops"
    assert answer.cookies() == ["cart=2"]


def test_a_server_that_takes_two_arguments_gets_two() -> None:
    """``exc_info`` is only for the second time (PEP 3333)."""
    told: list[Any] = []

    def app(_environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return []

    gate: Any = WSGIGate(app, host())
    assert gate(environ(), lambda *arguments: told.append(arguments)) == []
    assert told == [("200 OK", [])]


def test_a_path_that_is_missing_or_no_utf_8_is_a_path() -> None:
    """PEP 3333 lets a server leave it out; what cannot be read in it is nobody's page, and no error."""
    paths: list[str] = []

    def app(request: Any, start_response: Any) -> Iterable[bytes]:
        paths.append(request[CONSENT_KEY].head.path)
        start_response("200 OK", [])
        return []

    gate = WSGIGate(app, host())
    without = environ()
    del without["PATH_INFO"]
    for request in (without, environ("/caf\xe9"), environ("/caf\xc3\xa9")):
        gate(request, Answer().start_response)
    assert paths == ["", "/caf\ufffd", "/caf\u00e9"]


def test_the_iterable_is_handed_on_as_it_came() -> None:
    """A file wrapper reaches the server as such, so that it can send the file itself."""
    wrapped = FileWrapper(BytesIO(b"file"))

    def sending(_environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return wrapped

    assert WSGIGate(sending, host())(environ(), Answer().start_response) is wrapped


def test_the_servers_own_file_wrapper_sends_the_file() -> None:
    """A server sends a file in its own way if it gets back the very wrapper that it put into the environ."""
    sent: list[bytes] = []

    class Server(SimpleHandler):
        result: Iterable[bytes]

        def sendfile(self) -> bool:
            assert isinstance(self.result, FileWrapper)
            self.send_headers()
            sent.append(self.result.filelike.read())
            return True

    def app(request: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Set-Cookie", "_ga=1"), ("Set-Cookie", "cart=1")])
        wrapped: Iterable[bytes] = request["wsgi.file_wrapper"](BytesIO(b"file"))
        return wrapped

    out = BytesIO()
    Server(BytesIO(), out, sys.stderr, environ()).run(WSGIGate(app, host()))
    assert sent == [b"file"]
    assert b"Set-Cookie: cart=1\r\n" in out.getvalue()
    assert b"_ga" not in out.getvalue()


def test_a_stream_is_never_buffered() -> None:
    """The application runs only as far as the server asks, headers included."""
    made: list[int] = []

    def streaming(_environ: Any, start_response: Any) -> Iterator[bytes]:
        write = start_response("200 OK", [("Set-Cookie", "_ga=1"), ("Set-Cookie", "cart=1")])
        write(b"first")
        for number in range(3):
            made.append(number)
            yield b"%d" % number

    answer = Answer()
    body = iter(WSGIGate(streaming, host())(environ(), answer.start_response))
    assert answer.status == ""
    assert next(body) == b"0"
    assert made == [0]
    assert answer.cookies() == ["cart=1"]
    assert answer.written == [b"first"]


@pytest.mark.parametrize(
    "status", ["304 Not Modified", "302 Found", "404 Not Found", "500 Oops", "204 No Content"]
)
def test_every_status_is_gated(status: str) -> None:
    """Not modified, redirects and errors carry cookies as well."""

    def answering(_environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response(status, [("Set-Cookie", "_ga=1")])
        return []

    answer = Answer()
    WSGIGate(answering, host())(environ(method="HEAD"), answer.start_response)
    assert answer.status == status
    assert answer.cookies() == []


def test_cookie_fields_joined_by_a_comma_are_one_field() -> None:
    """gunicorn joins so what no browser sends; a comma may stand in a value, so nothing is made of what follows it."""
    seen: list[Any] = []

    def app(request: Any, start_response: Any) -> Iterable[bytes]:
        seen.append((SimpleCookie(request["HTTP_COOKIE"]), request[CONSENT_KEY].choices))
        start_response("200 OK", [])
        return []

    granted = consent_pair(choices(POLICY, statistics=Choice.GRANTED)).decode()
    sent = environ(HTTP_COOKIE=f"cart=1,{granted}; _ga=2")
    WSGIGate(app, host())(sent, Answer().start_response)
    ((cookies, chosen),) = seen
    assert list(cookies) == ["cart"]
    assert chosen is None


def test_the_shell_keeps_to_the_protocol() -> None:
    """wsgiref's validator finds nothing wrong inside or outside of the gate, for the shop and for our own pages."""

    def app(request: Any, start_response: Any) -> Iterable[bytes]:
        assert request[CONSENT_KEY].allows("counting")
        start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "_ga=1")])
        return [b"shop"]

    gate = validator(WSGIGate(validator(app), ConsentForm(Gate(POLICY, KEYSET))))
    for path, expected in (("/", b"shop"), ("/privacy/x", b"GET /privacy/x None ")):
        body = gate(environ(path, HTTP_COOKIE="_ga=1"), Answer().start_response)
        assert b"".join(body) == expected
        body.close()  # type: ignore[attr-defined]


def test_our_own_pages_are_answered_and_gated() -> None:
    """The library answers its own paths, with the body that was posted; HEAD gets the headers alone."""
    answer = Answer()
    gate = WSGIGate(lambda *_: pytest.fail("the shop was asked"), ConsentForm(Gate(POLICY, KEYSET)))
    sent = environ("/privacy/x", "POST", b"a=1", CONTENT_TYPE="text/x")
    assert list(gate(sent, answer.start_response)) == [b"POST /privacy/x text/x a=1"]
    assert answer.status == "200 OK"
    assert ("content-length", "26") in answer.headers
    assert answer.cookies() == []
    assert list(gate(environ("/privacy/x", "HEAD"), Answer().start_response)) == []


def test_our_own_pages_learn_who_is_signed_in() -> None:
    """The adapter tells from the request; nobody signed in is nobody."""
    gate = WSGIGate(lambda *_: [], ConsentForm(Gate(POLICY, KEYSET)), lambda request: request.get("customer"))
    for customer, expected in ((7, b"account of 7"), (None, b"")):
        body = gate(environ("/privacy/x", customer=customer), Answer().start_response)
        assert list(body) == [b"GET /privacy/x None " + expected]


@pytest.mark.parametrize(
    ("length", "body"),
    [
        ("11", b"a" * 11),
        ("99999999999", b"a" * 20),
        ("9" * 5000, b"a" * 20),
        ("-1", b"a" * 20),
        ("x", b"a"),
        ("\u0661", b"a"),
    ],
)
def test_a_body_beyond_the_limit_is_not_read(length: str, body: bytes) -> None:
    """A declared length beyond the limit, or none that is a number, is refused without reading a byte."""
    stream = BytesIO(body)
    sent = environ("/privacy/x", "POST", CONTENT_LENGTH=length) | {"wsgi.input": stream}
    answer = Answer()
    said = WSGIGate(lambda *_: [], ConsentForm(Gate(POLICY, KEYSET)))(sent, answer.start_response)
    assert list(said) == [b"too much for /privacy/x"]
    assert answer.status.startswith("413 ")  # Python 3.13 has the phrase of RFC 9110
    assert stream.tell() == 0


class Dribble(BytesIO):
    """A body that comes a byte at a time, and ends with the connection: cleanly, or with an error."""

    def __init__(self, body: bytes, error: type[OSError] | None = None) -> None:
        super().__init__(body)
        self.error = error
        self.asked: list[int | None] = []

    def read(self, size: int | None = -1, /) -> bytes:
        self.asked.append(size)
        part = super().read(min(1, size or 0))
        if not part and self.error:
            raise self.error
        return part


@pytest.mark.parametrize("error", [None, OSError, ConnectionResetError])
def test_a_body_cut_off_by_a_lost_connection_does_not_count(error: type[OSError] | None) -> None:
    """Fewer bytes than were announced may be half of an answer: 400, and nobody reads them as a form."""
    answer = Answer()
    sent = environ("/privacy/x", "POST", CONTENT_LENGTH="5") | {"wsgi.input": Dribble(b"a=1&", error)}
    body = WSGIGate(lambda *_: [], ConsentForm(Gate(POLICY, KEYSET)))(sent, answer.start_response)
    assert list(body) == [b"/privacy/x cut off"]
    assert answer.status == "400 Bad Request"


def test_no_byte_beyond_the_length_is_asked_for() -> None:
    """A server may wait there for the next request, for ever (PEP 3333). As much as the limit is read."""
    stream = Dribble(b"a" * 10 + b"next")
    whole = environ("/privacy/x", "POST", CONTENT_LENGTH="10") | {"wsgi.input": stream}
    body = WSGIGate(lambda *_: [], ConsentForm(Gate(POLICY, KEYSET)))(whole, Answer().start_response)
    assert list(body) == [b"POST /privacy/x None aaaaaaaaaa"]
    assert stream.asked == [*range(10, 0, -1)]


@pytest.mark.parametrize("mount", ["/shop", "/caf\u00e9".encode().decode("latin-1")])
def test_our_own_pages_are_found_where_the_shop_is_mounted(mount: str) -> None:
    """Whatever mounts the shop says so in SCRIPT_NAME; the library's paths are below it, and so are its links."""
    seen: list[str] = []

    def app(request: Any, start_response: Any) -> Iterable[bytes]:
        seen.append(request[CONSENT_KEY].head.url("/privacy/x"))
        start_response("200 OK", [])
        return []

    gate = WSGIGate(app, ConsentForm(Gate(POLICY, KEYSET)))
    own = gate(environ("/privacy/x", SCRIPT_NAME=mount), Answer().start_response)
    assert list(own) == [b"GET /privacy/x None "]
    gate(environ("/", SCRIPT_NAME=mount), Answer().start_response)
    assert seen == [quote(mount, encoding="latin-1") + "/privacy/x"]


def test_without_a_length_there_is_no_body() -> None:
    """A server hands over no more than Content-Length says; absent or empty it says nothing."""
    for length in ("", "0"):
        sent = environ("/privacy/x", "POST", CONTENT_LENGTH=length)
        body = WSGIGate(lambda *_: [], ConsentForm(Gate(POLICY, KEYSET)))(sent, Answer().start_response)
        assert list(body) == [b"POST /privacy/x None "]


def test_the_host_is_the_servers_where_the_field_is_missing() -> None:
    """HTTP/1.0 has no Host; deletions then go for the server's own name."""
    seen: list[str] = []

    def app(request: Any, start_response: Any) -> Iterable[bytes]:
        seen.append(request[CONSENT_KEY].head.hostname)
        start_response("200 OK", [])
        return []

    WSGIGate(app, host())(environ(), Answer().start_response)
    WSGIGate(app, host())(environ(HTTP_HOST="[::1]:80"), Answer().start_response)
    assert seen == ["shop.example", "::1"]
