"""A Starlette shop as its owner types it."""

from __future__ import annotations

from typing import assert_type

from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from shopprivacy import Privacy
from shopprivacy.adapters.starlette import (
    PrivacyMiddleware,
    check_application,
    consent,
    privacy_banner,
    requires_consent,
    sign_in,
)
from shopprivacy.consent.context import ConsentContext
from shopprivacy.testing.consent import consented

templates = Jinja2Templates(directory="templates")


def best_sellers(request: Request, number: int = 3) -> Response:
    return templates.TemplateResponse(request, "best-sellers.html", {"number": number})


@requires_consent("personalisation", otherwise=best_sellers)
async def for_you(request: Request, number: int = 3) -> PlainTextResponse:
    return PlainTextResponse(f"{number} for you")


@requires_consent("statistics")
def counted(request: Request) -> HTMLResponse:
    return HTMLResponse(privacy_banner(request, "nl"))


class Account(HTTPEndpoint):
    @requires_consent("statistics")
    async def get(self, request: Request) -> PlainTextResponse:
        return PlainTextResponse("account")


@requires_consent("statistics")
async def live(websocket: WebSocket) -> None:
    await websocket.accept()


async def home(request: Request) -> Response:
    assert_type(consent(request), ConsentContext)
    assert_type(consent(request).allows("statistics"), bool)
    assert_type(privacy_banner(request), Markup)
    assert_type(counted(request), HTMLResponse)
    assert_type(await for_you(request, number=4), PlainTextResponse)
    assert_type(
        await Account(request.scope, request.receive, request.scope["send"]).get(request), PlainTextResponse
    )
    await run_in_threadpool(sign_in, request, 7)
    return PlainTextResponse("home")


async def socket(websocket: WebSocket) -> None:
    assert_type(consent(websocket), ConsentContext)
    assert_type(await live(websocket), None)


def signed_in(request: Request) -> str | None:
    return request.session.get("customer")


async def signed_in_async(request: Request) -> int:
    return len(request.headers)


def shop(privacy: Privacy) -> Starlette:
    app = Starlette(
        routes=[Route("/", home), Route("/for-you", for_you), Route("/counted", counted)],
        middleware=[
            Middleware(PrivacyMiddleware, privacy=privacy, customer=signed_in, templates=templates),
        ],
    )
    app.add_middleware(PrivacyMiddleware, privacy=privacy, customer=signed_in_async, outside=[Middleware])
    app.add_middleware(PrivacyMiddleware, privacy)
    check_application(app)
    return app


def test(client: TestClient, privacy: Privacy) -> None:
    with consented(client, privacy, "statistics"):
        client.get("/")


async def check_mistakes(request: Request, websocket: WebSocket, privacy: Privacy) -> None:
    await for_you(request, number="4")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await live(request)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    consent(request.scope)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    consent(websocket).allow("ads")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    requires_consent("ads", otherwise="/sellers")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    sign_in(request)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Middleware(PrivacyMiddleware)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Middleware(PrivacyMiddleware, privacy=privacy, customer=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Middleware(PrivacyMiddleware, privacy=privacy, templates="templates")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
