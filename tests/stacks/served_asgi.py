"""The plain ASGI example of the documentation, with more to ask for beside its page."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from anyio import to_thread
from starlette.types import Receive, Scope, Send

from shopprivacy.asgi import ASGIGate
from tests.stacks.served import SEVERAL, SPLIT, STREAMED, UNCHANGED

EXAMPLE: dict[str, Any] = runpy.run_path("asgi_shop.py")
COOKIES = [(b"set-cookie", cookie.encode()) for cookie in SEVERAL]


def cookies_in(scope: Scope) -> bytes:
    """Return what reaches the shop of the Cookie fields."""
    return b" | ".join(value for name, value in scope["headers"] if name == b"cookie")


async def seen(scope: Scope, _receive: Receive, send: Send) -> None:
    """Tell which cookies reach the shop."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": cookies_in(scope)})


async def forwarded(scope: Scope, _receive: Receive, send: Send) -> None:
    """Tell what the shop takes for the host that a proxy names."""
    named = dict(scope["headers"]).get(b"x-forwarded-host", b"")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": named})


async def several(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Set several cookies, one of them with a comma."""
    await send({"type": "http.response.start", "status": 200, "headers": COOKIES})
    await send({"type": "http.response.body", "body": b"several"})


async def unchanged(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer 304 with cookies."""
    fields = [(b"etag", UNCHANGED.encode()), *COOKIES]
    await send({"type": "http.response.start", "status": 304, "headers": fields})
    await send({"type": "http.response.body", "body": b""})


async def split(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Put a line end into a field, as who echoes what a client sent may do."""
    fields = [(SPLIT[0].lower().encode(), SPLIT[1].encode())]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": b"split"})


async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Send the first part, and the second only when whoever reads the first lets it go."""
    await send({"type": "http.response.start", "status": 200, "headers": COOKIES})
    await send({"type": "http.response.body", "body": STREAMED[0], "more_body": True})
    await to_thread.run_sync(Path("released").read_bytes)
    await send({"type": "http.response.body", "body": STREAMED[1]})


async def socket(scope: Scope, receive: Receive, send: Send) -> None:
    """Accept with cookies, and answer a message with the cookies that reach the shop."""
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept", "headers": COOKIES})
    assert (await receive())["type"] == "websocket.receive"
    await send({"type": "websocket.send", "text": cookies_in(scope).decode("latin-1")})
    await send({"type": "websocket.close"})


async def denied(_scope: Scope, receive: Receive, send: Send) -> None:
    """Deny the handshake with a response that sets cookies."""
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.http.response.start", "status": 403, "headers": COOKIES})
    await send({"type": "websocket.http.response.body", "body": b"denied"})


async def shop(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one connection."""
    views = {
        "/seen": seen,
        "/forwarded": forwarded,
        "/several": several,
        "/unchanged": unchanged,
        "/split": split,
        "/stream": stream,
        "/socket": socket,
        "/denied": denied,
    }
    path: str = scope.get("path", "")  # a lifespan has none
    await views.get(path, EXAMPLE["shop"])(scope, receive, send)


app = ASGIGate(shop, EXAMPLE["privacy"])
