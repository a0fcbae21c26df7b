"""The ASGI shell: headers only, on every message that has some (ASGI 3.0, HTTP and WebSocket)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from threading import get_ident
from typing import Any

import pytest
from starlette.responses import Response

from shopprivacy.asgi import ASGIGate
from shopprivacy.consent.context import CONSENT_KEY, ConsentContext
from shopprivacy.gate.gate import Gate
from shopprivacy.http.response import respond
from tests.gate.exchange import KEYSET, Host, make_policy

POLICY = make_policy()
COOKIES = [(b"set-cookie", b"_ga=1"), (b"set-cookie", b"cart=1"), (b"x-a", b"1")]
GATED = [(b"x-a", b"1"), (b"set-cookie", b"cart=1")]


class ConsentForm(Host):
    """A service that answers every HTTP path below /privacy itself."""

    thread = 0

    def endpoint(self, head: Any) -> Any:
        return _Echo() if head.path.startswith("/privacy") else None

    def answer(
        self, endpoint: Any, consent: ConsentContext, body: bytes, customer: Callable[[], object | None]
    ) -> Response:
        assert isinstance(endpoint, _Echo)
        self.thread = get_ident()
        said = b"%s %s" % (consent.head.method.encode(), body) + _account(customer())
        return respond(200, [(b"set-cookie", b"_ga=1")], said)


def _account(customer: object | None) -> bytes:
    return b"" if customer is None else f"account of {customer}".encode()


class _Echo:
    body_limit = 10
    declares_too_much = False
    open_to_all = False

    def too_large(self, consent: ConsentContext) -> Response:
        return respond(413, [], b"too much for %s" % consent.head.path.encode())


def scope(kind: str = "http", path: str = "/", method: str = "GET", **more: Any) -> dict[str, Any]:
    """Return a scope as a server makes one."""
    return {
        "type": kind,
        "scheme": "wss" if kind == "websocket" else "https",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"shop.example"), (b"cookie", b"_ga=1; cart=2"), (b"cookie", b"lb=3")],
        **({"method": method} if kind == "http" else {}),
        **more,
    }


def run(app: Any, connection: Any, *received: Any, service: Host | None = None) -> list[Any]:
    """Run one connection through the gate and return what was sent."""
    sent: list[Any] = []
    messages = iter(received)

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(ASGIGate(app, service or Host(Gate(POLICY, KEYSET)))(connection, receive, send))
    return sent


@pytest.mark.parametrize(
    "message", ["http.response.start", "websocket.accept", "websocket.http.response.start"]
)
def test_every_message_with_headers_is_gated(message: str) -> None:
    """Responses, accepted WebSockets and denied ones; the request's cookies are gated on each."""
    seen: list[Any] = []

    async def app(connection: Any, _receive: Any, send: Any) -> None:
        seen.extend(value for name, value in connection["headers"] if name == b"cookie")
        assert connection[CONSENT_KEY].head.scheme == "https"
        await send({"type": message, "status": 200, "headers": COOKIES})

    (start,) = run(app, scope("http" if message.startswith("http") else "websocket"))
    assert seen == [b"cart=2; lb=3"]
    assert sorted(start["headers"]) == sorted([*GATED, (b"cache-control", b"private")])
    assert start["status"] == 200


def test_a_message_without_headers_stays_without() -> None:
    """An accept that names no headers is an accept."""

    async def app(_connection: Any, _receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "hello"})

    accepted, said = run(app, scope("websocket"))
    assert accepted == {"type": "websocket.accept", "headers": []}
    assert said == {"type": "websocket.send", "text": "hello"}


LIFE = [f"lifespan.{happened}" for happened in ("startup", "shutdown")]


async def _living(_scope: Any, receive: Any, send: Any) -> None:
    for _ in LIFE:
        await send({"type": f"{(await receive())['type']}.complete"})


async def _returns(*_: Any) -> None:
    pass


async def _raises(*_: Any) -> None:
    raise ValueError("can only handle HTTP")


@pytest.mark.parametrize("app", [_living, _returns, _raises])
def test_the_gate_begins_and_ends_with_the_server(app: Any) -> None:
    """Before the server is told, for it may end by a signal then; also around an application without a lifespan."""
    host = Host(Gate(POLICY, KEYSET))
    happened = [{"type": message} for message in LIFE]

    async def receive() -> Any:
        return happened.pop(0)

    async def send(message: Any) -> None:
        host.told.append(message["type"])

    asyncio.run(ASGIGate(app, host)({"type": "lifespan"}, receive, send))
    assert host.told == ["resume", "lifespan.startup.complete", "suspend", "lifespan.shutdown.complete"]


def test_a_lifespan_that_breaks_is_the_servers_to_know() -> None:
    """What an application raises after it has asked for a message passes."""

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        await receive()
        raise ValueError("no database")

    async def receive() -> Any:
        return {"type": LIFE[0]}

    async def send(_message: Any) -> None:
        raise AssertionError

    with pytest.raises(ValueError, match="no database"):
        asyncio.run(ASGIGate(app, Host(Gate(POLICY, KEYSET)))({"type": "lifespan"}, receive, send))


def test_other_connections_pass_untouched() -> None:
    """What is neither HTTP nor WebSocket is none of the gate's business."""
    given: list[Any] = []

    async def app(*connected: Any) -> None:
        given.extend(connected)

    asyncio.run(ASGIGate(app, Host(Gate(POLICY, KEYSET)))({"type": "other"}, _returns, _raises))
    assert given == [{"type": "other"}, _returns, _raises]


def test_the_application_receives_what_the_server_has() -> None:
    """A body is read by the application itself, and by nobody before."""

    async def app(_connection: Any, receive: Any, send: Any) -> None:
        await send(await receive())

    assert run(app, scope(method="POST"), {"type": "a", "body": b"form"}) == [{"type": "a", "body": b"form"}]


def test_a_stream_is_never_buffered() -> None:
    """Each part of a body, and each server-sent event, leaves when the application sends it."""
    order: list[str] = []

    async def app(_connection: Any, _receive: Any, send: Any) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"text/event-stream")],
            }
        )
        for number in range(2):
            order.append(f"made {number}")
            await send({"type": "http.response.body", "body": b"data: x\n\n", "more_body": number == 0})

    async def receive() -> Any:
        raise AssertionError

    async def send(message: Any) -> None:
        order.append(message["type"])

    asyncio.run(ASGIGate(app, Host(Gate(POLICY, KEYSET)))(scope(), receive, send))
    assert order == ["http.response.start", "made 0", "http.response.body", "made 1", "http.response.body"]


def test_the_servers_scope_is_not_changed() -> None:
    """The gate hands a copy on; servers keep using theirs, for their access log among others."""
    connection = scope()
    before = dict(connection, headers=list(connection["headers"]))

    async def app(given: Any, _receive: Any, _send: Any) -> None:
        given["path"] = "/changed"

    run(app, connection)
    assert connection == before


def test_no_cookie_field_is_left_where_nothing_remains() -> None:
    """The field disappears when all of it is denied."""

    async def app(connection: Any, _receive: Any, _send: Any) -> None:
        assert connection["headers"] == [(b"host", b"shop.example")]

    run(app, scope(headers=[(b"cookie", b"_ga=1"), (b"host", b"shop.example"), (b"cookie", b"debug_id=1")]))


def test_our_own_pages_are_answered_in_a_worker_thread() -> None:
    """The stores block, so the answer is made off the loop; its own cookies pass the gate as any."""
    service = ConsentForm(Gate(POLICY, KEYSET))
    parts = [
        {"type": "http.request", "body": b"a=", "more_body": True},
        {"type": "http.request", "body": b"1"},
    ]
    start, body = run(None, scope(path="/privacy/x", method="POST"), *parts, service=service)
    assert body == {"type": "http.response.body", "body": b"POST a=1"}
    assert (b"content-length", b"8") in start["headers"]
    assert not [name for name, _ in start["headers"] if name == b"set-cookie"]
    assert service.thread not in {0, get_ident()}


def test_our_own_pages_learn_who_is_signed_in() -> None:
    """The adapter tells from the scope, in the worker thread, since it may have to look it up."""
    service = ConsentForm(Gate(POLICY, KEYSET))
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    gate = ASGIGate(untouched, service, lambda connection: connection["path"])
    asyncio.run(gate(scope(path="/privacy/x"), receive, send))
    assert sent[1]["body"] == b"GET account of /privacy/x"


async def untouched(_connection: Any, _receive: Any, _send: Any) -> None:
    """Stand for an application that must not be asked."""
    raise AssertionError


def test_head_gets_headers_alone() -> None:
    """The length is that of the body which GET would get."""
    request = {"type": "http.request", "body": b""}
    start, body = run(
        None, scope(path="/privacy/x", method="HEAD"), request, service=ConsentForm(Gate(POLICY, KEYSET))
    )
    assert (b"content-length", b"5") in start["headers"]
    assert body["body"] == b""


def test_a_body_beyond_the_limit_is_not_collected() -> None:
    """Reading stops at the limit, whatever is still to come."""
    parts = [{"type": "http.request", "body": b"a" * 6, "more_body": True}] * 2
    start, body = run(
        None, scope(path="/privacy/x", method="POST"), *parts, service=ConsentForm(Gate(POLICY, KEYSET))
    )
    assert (start["status"], body["body"]) == (413, b"too much for /privacy/x")


def test_a_body_that_says_it_is_too_large_is_not_waited_for() -> None:
    """Nothing is received, so nobody holds a connection open for an answer that is known already."""

    class Full(ConsentForm):
        def endpoint(self, _head: Any) -> Any:
            echo = _Echo()
            echo.declares_too_much = True
            return echo

    service = Full(Gate(POLICY, KEYSET))
    start, body = run(untouched, scope(path="/privacy/x", method="POST"), service=service)
    assert (start["status"], body["body"]) == (413, b"too much for /privacy/x")


def test_a_limit_outside_the_gate_stops_no_unsubscribe_link() -> None:
    """Where the path says it all, it counts, whoever refuses to read the body; elsewhere the limit is the shop's."""
    echo = _Echo()

    class Open(ConsentForm):
        def endpoint(self, _head: Any) -> Any:
            return echo

    def limited() -> Iterator[Any]:
        yield {"type": "http.request", "body": b"aaa", "more_body": True}
        raise OverflowError

    sent: list[Any] = []
    gate = ASGIGate(untouched, Open(Gate(POLICY, KEYSET)))

    async def ask() -> None:
        parts = limited()

        async def receive() -> Any:
            return next(parts)

        async def send(message: Any) -> None:
            sent.append(message)

        await gate(scope(path="/privacy/x", method="POST"), receive, send)

    with pytest.raises(OverflowError):
        asyncio.run(ask())
    assert sent == []
    echo.open_to_all = True
    asyncio.run(ask())
    assert [sent[0]["status"], sent[1]["body"]] == [200, b"POST "]


def test_a_body_as_long_as_the_limit_is_taken() -> None:
    """Servers may send a message without a body, or without a word about more (ASGI 3.0)."""
    parts = [
        {"type": "http.request", "more_body": True},
        {"type": "http.request", "body": b"a" * 10, "more_body": True},
        {"type": "http.request"},
        {"type": "http.request", "body": b"never asked for"},
    ]
    service = ConsentForm(Gate(POLICY, KEYSET))
    _, body = run(untouched, scope(path="/privacy/x", method="POST"), *parts, service=service)
    assert body["body"] == b"POST aaaaaaaaaa"


def test_a_body_cut_off_by_a_lost_connection_does_not_count() -> None:
    """What came until then may be half of an answer: nobody reads it as a form, and nobody is left to answer."""
    service = ConsentForm(Gate(POLICY, KEYSET))
    parts = [{"type": "http.request", "body": b"a=1", "more_body": True}, {"type": "http.disconnect"}]
    assert run(untouched, scope(path="/privacy/x", method="POST"), *parts, service=service) == []
    assert service.thread == 0


@pytest.mark.parametrize(
    ("path", "root_path", "below"),
    [
        ("/shop/privacy/x", "/shop", "/shop/privacy/x"),
        ("/privacy/x", "/shop", "/shop/privacy/x"),
        ("/shop/privacy/x", "/shop/", "/shop/privacy/x"),
        ("/privacy/x", "/priv", "/priv/privacy/x"),
        ("/privacy/x", "", "/privacy/x"),
    ],
)
def test_our_own_pages_are_found_where_the_shop_is_mounted(path: str, root_path: str, below: str) -> None:
    """The prefix is in root_path, and in the path or not, as the server has it; links are below it."""
    service = ConsentForm(Gate(POLICY, KEYSET))
    request = {"type": "http.request", "body": b""}
    start, _ = run(untouched, scope(path=path, root_path=root_path), request, service=service)
    assert start["status"] == 200
    urls: list[str] = []

    async def app(connection: Any, _receive: Any, _send: Any) -> None:
        head = connection[CONSENT_KEY].head
        urls.append(head.url(head.path))

    run(app, scope(path=path, root_path=root_path))
    assert urls == [below]


def test_the_mount_itself_is_the_shops_front_page() -> None:
    """A path that is the prefix and nothing more has nothing below it; one that only begins alike is another."""
    heads: list[Any] = []

    async def app(connection: Any, _receive: Any, _send: Any) -> None:
        heads.append(connection[CONSENT_KEY].head)

    run(app, scope(path="/shop", root_path="/shop"))
    run(app, scope(path="/shopping", root_path="/shop"))
    assert [(head.path, head.mount) for head in heads] == [("", "/shop"), ("/shopping", "/shop")]


def test_a_websocket_under_our_paths_is_the_applications() -> None:
    """We answer HTTP alone."""

    async def app(_connection: Any, _receive: Any, send: Any) -> None:
        await send({"type": "websocket.close"})

    service = ConsentForm(Gate(POLICY, KEYSET))
    assert run(app, scope("websocket", "/privacy/x"), service=service) == [{"type": "websocket.close"}]


def test_the_head_says_where_the_request_went() -> None:
    """Host, scheme, client and repeated fields as the server has them; without Host, the server's own address."""
    heads: list[Any] = []

    async def app(connection: Any, _receive: Any, _send: Any) -> None:
        heads.append(connection[CONSENT_KEY].head)

    fields = [(b"accept-language", b"nl"), (b"accept-language", b"fr")]
    run(app, scope(scheme="http", headers=fields, server=("10.0.0.1", 80), client=("10.0.0.2", 1)))
    run(app, scope("websocket", scheme="ws", headers=[], server=None, client=None))
    assert heads[0].header("accept-language") == "nl,fr"
    assert (heads[0].host, heads[0].scheme, heads[0].client) == ("10.0.0.1", "http", "10.0.0.2")
    assert (heads[1].scheme, heads[1].client, heads[1].method) == ("http", "", "")
