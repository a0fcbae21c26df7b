"""Streams and WebSockets: every adapter for ASGI keeps the same promises about them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import pytest

from tests.adapters.django_shop import set_up  # noqa: F401  # before anything that has models

# isort: split
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.http import StreamingHttpResponse
from django.test.utils import override_settings
from django.urls import path
from fastapi import Depends, FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route, WebSocketRoute

from shopprivacy import Privacy
from shopprivacy.adapters import fastapi, starlette
from shopprivacy.adapters.django import consent, get_privacy, privacy_gate
from shopprivacy.adapters.django.root import forget
from shopprivacy.asgi import ASGIGate
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.consent import consent_value
from tests.gate.exchange import KEYSET, NOW, make_policy

COOKIES = [(b"set-cookie", b"_ga=1"), (b"set-cookie", b"cart=1")]


class Shop:
    """An application behind the gate, its Privacy, and what happened in which order."""

    def __init__(self, privacy: Privacy) -> None:
        self.privacy = privacy
        self.order: list[str] = []
        self.app: Any = None

    async def parts(self, allows: Callable[[str], bool]) -> AsyncIterator[str]:
        """Make a stream, asking for consent as it goes."""
        for number in range(2):
            self.order.append(f"made {number}")
            yield f"{allows('statistics')} "

    def connect(self, kind: str, target: str, cookie: str = "") -> list[Any]:
        """Open a connection as a server does, and return what the application sends."""
        scope: dict[str, Any] = {
            "type": kind,
            "scheme": "wss" if kind == "websocket" else "https",
            "path": target,
            "raw_path": target.encode(),
            "query_string": b"",
            "server": ("testserver", 443),
            "client": ("127.0.0.1", 1),
            "headers": [(b"host", b"testserver"), (b"cookie", f"_ga=1; cart=1; {cookie}".encode())],
            "extensions": {"websocket.http.response": {}},
            "method": "GET",
            "subprotocols": [],
        }
        first = {"http": "http.request", "websocket": "websocket.connect"}[kind]
        received = iter([{"type": first, "body": b"", "more_body": False}])
        sent: list[Any] = []

        async def receive() -> Any:
            for message in received:
                return message
            return await asyncio.Event().wait()  # the browser stays

        async def send(message: Any) -> None:
            self.order.append(message["type"])
            sent.append(message)

        asyncio.run(asyncio.wait_for(self.app(scope, receive, send), 60))
        return sent


async def socket(scope: Any, send: Any, allows: Callable[[str], bool]) -> None:
    """Accept or refuse a WebSocket, with careless cookies, and tell what came."""
    if scope["path"] == "/refused":
        await send({"type": "websocket.http.response.start", "status": 403, "headers": COOKIES})
        await send({"type": "websocket.http.response.body", "body": b""})
        return
    await send({"type": "websocket.accept", "headers": COOKIES})
    cookies = [value for name, value in scope["headers"] if name == b"cookie"]
    seen = sorted(pair.partition(b"=")[0].decode() for field in cookies for pair in field.split(b"; "))
    await send({"type": "websocket.send", "text": f"{','.join(seen)} {allows('statistics')}"})
    await send({"type": "websocket.close"})


@contextmanager
def in_memory() -> Iterator[Shop]:
    """Give a shop whose ledger nobody keeps."""
    privacy = Privacy(make_policy(), keyset=KEYSET, store=MemoryStore(), clock=lambda: NOW)
    yield Shop(privacy)
    privacy.close()


@contextmanager
def plain() -> Iterator[Shop]:
    """The gate around a plain application."""
    with in_memory() as shop:

        async def app(scope: Any, _receive: Any, send: Any) -> None:
            allows = scope["shopprivacy.consent"].allows
            if scope["type"] == "websocket":
                await socket(scope, send, allows)
                return
            head = [*COOKIES, (b"cache-control", b"private")]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            async for part in shop.parts(allows):
                await send({"type": "http.response.body", "body": part.encode(), "more_body": True})
            await send({"type": "http.response.body", "body": b""})

        shop.app = ASGIGate(app, shop.privacy)
        yield shop


def with_cookies(response: Any) -> Any:
    """Set cookies of both kinds, without asking anybody, on a response that no cache shares."""
    for name in ("_ga", "cart"):
        response.set_cookie(name, "1")
    response.headers["Cache-Control"] = "private"
    return response


@contextmanager
def in_starlette() -> Iterator[Shop]:
    """Starlette's adapter."""
    with in_memory() as shop:

        async def stream(request: Request) -> StreamingResponse:
            answer: StreamingResponse = with_cookies(
                StreamingResponse(shop.parts(starlette.consent(request).allows))
            )
            return answer

        async def connected(websocket: WebSocket) -> None:
            await socket(websocket.scope, websocket._send, starlette.consent(websocket).allows)

        shop.app = Starlette(
            routes=[
                Route("/stream", stream),
                WebSocketRoute("/socket", connected),
                WebSocketRoute("/refused", connected),
            ],
            middleware=[Middleware(starlette.PrivacyMiddleware, privacy=shop.privacy)],
        )
        yield shop


@contextmanager
def in_fastapi() -> Iterator[Shop]:
    """FastAPI's adapter, with consent as a dependency."""
    with in_memory() as shop:
        app = FastAPI()
        app.add_middleware(fastapi.PrivacyMiddleware, privacy=shop.privacy)

        @app.get("/stream")
        async def stream(visitor: Visitor) -> StreamingResponse:
            answer: StreamingResponse = with_cookies(StreamingResponse(shop.parts(visitor.allows)))
            return answer

        @app.websocket("/socket")
        @app.websocket("/refused")
        async def connected(websocket: WebSocket, visitor: Visitor) -> None:
            await socket(websocket.scope, websocket._send, visitor.allows)

        shop.app = app
        yield shop


Visitor = Annotated[fastapi.Consent, Depends(fastapi.get_consent)]


@contextmanager
def in_django() -> Iterator[Shop]:
    """Django's adapter, around Django's own application and, as Channels has it, another one for WebSockets."""
    call_command("migrate", verbosity=0)
    forget()
    shop = Shop(get_privacy())

    async def stream(request: Any) -> StreamingHttpResponse:
        answer: StreamingHttpResponse = with_cookies(
            StreamingHttpResponse(shop.parts(request.privacy.allows))
        )
        return answer

    pages = get_asgi_application()

    async def router(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            connection: Any = type("Consumer", (), {"scope": scope})()
            await socket(scope, send, consent(connection).allows)
        else:
            await pages(scope, receive, send)

    shop.app = privacy_gate(router)
    with override_settings(ROOT_URLCONF=(path("stream", stream),)):
        yield shop
    forget()


@pytest.fixture(params=[plain, in_starlette, in_fastapi, in_django])
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """The same careless shop in each."""
    with request.param() as made:
        yield made


def set_by(message: Any) -> list[bytes]:
    """Return the names of the cookies that a message sets."""
    fields = message["headers"]
    return sorted(value.strip().partition(b"=")[0] for name, value in fields if name.lower() == b"set-cookie")


def granted(shop: Shop) -> str:
    """Return the cookie of a visitor who allows statistics."""
    return f"__Host-consent={consent_value(shop.privacy, 'statistics')}"


def test_a_streams_head_is_gated_and_its_parts_may_ask(shop: Shop) -> None:
    """Its cookies are held back as any response's, and consent can be asked as long as it lasts."""
    without = shop.connect("http", "/stream")
    assert set_by(without[0]) == [b"cart"]
    assert b"".join(message.get("body", b"") for message in without[1:]) == b"False False "
    with_consent = shop.connect("http", "/stream", granted(shop))
    assert set_by(with_consent[0]) == [b"_ga", b"cart"]
    assert b"".join(message.get("body", b"") for message in with_consent[1:]) == b"True True "


def test_a_stream_leaves_as_it_is_made(shop: Shop) -> None:
    """Nothing waits for the next part, or for the end."""
    shop.connect("http", "/stream")
    body = "http.response.body"
    assert shop.order[:5] == ["http.response.start", "made 0", body, "made 1", body]


def test_a_websockets_handshake_is_gated_both_ways(shop: Shop) -> None:
    """What the shop may not see is not there, what it may not set does not leave, and it may ask."""
    accepted, told, _ = shop.connect("websocket", "/socket")
    assert (set_by(accepted), told["text"]) == ([b"cart"], "cart False")
    accepted, told, _ = shop.connect("websocket", "/socket", granted(shop))
    assert (set_by(accepted), told["text"]) == ([b"_ga", b"cart"], "_ga,cart True")


def test_a_refused_handshake_is_gated(shop: Shop) -> None:
    """It is answered by a response, and a response sets cookies."""
    refused, _ = shop.connect("websocket", "/refused")
    assert (refused["type"], set_by(refused)) == ("websocket.http.response.start", [b"cart"])
