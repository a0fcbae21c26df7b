"""A shop on plain ASGI as its owner types it: with asgiref's types, or with Starlette's."""

from __future__ import annotations

from typing import Any, assert_type

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable
from asgiref.typing import Scope as AsgirefScope
from starlette.types import ASGIApp, Receive, Scope, Send

from shopprivacy import Privacy
from shopprivacy.asgi import ASGIGate, check_application
from shopprivacy.consent.context import ConsentContext

privacy = Privacy.from_file("privacy.toml")


async def shop(scope: Scope, receive: Receive, send: Send) -> None:
    consent: ConsentContext = scope["shopprivacy.consent"]
    assert_type(consent.allows("statistics"), bool)
    page = privacy.banner(consent, "nl").encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": page})


async def asgiref_shop(scope: AsgirefScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None: ...


def customer(scope: Any) -> str | None:
    return scope.get("customer")  # type: ignore[no-any-return]


app: ASGIApp = ASGIGate(shop, privacy, customer)
check_application(app)
asgiref_app: ASGI3Application = ASGIGate(asgiref_shop, privacy)


def wsgi_shop(environ: dict[str, Any], start_response: object) -> list[bytes]:
    return []


def sync_shop(scope: Scope, receive: Receive, send: Send) -> None: ...


def check_mistakes() -> None:
    ASGIGate(wsgi_shop, privacy)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ASGIGate(sync_shop, privacy)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ASGIGate(shop)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    ASGIGate(shop, privacy, "customer")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
