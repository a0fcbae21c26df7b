"""A Starlette shop as its owner types it; mypy --strict and pyright read this file, nobody runs it."""

from __future__ import annotations

from typing import assert_type

from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
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
    consent,
    privacy_banner,
    requires_consent,
    sign_in,
    visit,
)
from shopprivacy.testing.consent import consented
from shopprivacy.web.gate import Visit

templates = Jinja2Templates(directory="templates")


def best_sellers(request: Request) -> Response:
    return templates.TemplateResponse(request, "best-sellers.html")


@requires_consent("personalisation", otherwise=best_sellers)
async def for_you(request: Request, number: int = 3) -> PlainTextResponse:
    return PlainTextResponse(f"{number} for you")


@requires_consent("statistics")
def counted(request: Request) -> HTMLResponse:
    return HTMLResponse(privacy_banner(request, "nl"))


async def home(request: Request) -> Response:
    assert_type(consent(request), Visit)
    assert_type(visit(request).allows("statistics"), bool)
    assert_type(privacy_banner(request), Markup)
    assert_type(counted(request), HTMLResponse)
    assert_type(await for_you(request, number=4), PlainTextResponse)
    await run_in_threadpool(sign_in, request, 7)
    return PlainTextResponse("home")


async def socket(websocket: WebSocket) -> None:
    assert_type(consent(websocket), Visit)


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
    return app


def test(client: TestClient, privacy: Privacy) -> None:
    with consented(client, privacy, "statistics"):
        client.get("/")
