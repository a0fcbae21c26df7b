"""A FastAPI shop as its owner types it; mypy --strict and pyright read this file, nobody runs it."""

from __future__ import annotations

from typing import Annotated, assert_type

from fastapi import APIRouter, Depends, FastAPI, Request, WebSocket
from fastapi.testclient import TestClient

from shopprivacy import Privacy
from shopprivacy.adapters.fastapi import (
    Consent,
    PrivacyMiddleware,
    consent,
    privacy_router,
    require_consent,
    requires_consent,
    sign_in,
)
from shopprivacy.testing.consent import consented

Visitor = Annotated[Consent, Depends(consent)]
app = FastAPI()


@app.get("/")
def home(visitor: Visitor) -> bool:
    assert_type(visitor, Consent)
    return visitor.allows("statistics")


@app.get("/for-you")
async def for_you(visitor: Annotated[Consent, Depends(require_consent("personalisation"))]) -> bool:
    return visitor.allows("personalisation")


def best_sellers(number: int) -> list[str]:
    return ["vase"] * number


@app.get("/{number}")
@requires_consent("statistics", otherwise=best_sellers)
def some(number: int) -> list[str]:
    return ["lamp"] * number


assert_type(some(3), list[str])
some("3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the decorator keeps the signature


@app.post("/login")
def login(request: Request) -> None:
    sign_in(request, 7)


@app.websocket("/socket")
async def socket(websocket: WebSocket, visitor: Visitor) -> None:
    await websocket.send_text(str(visitor.allows("statistics")))


def protect(privacy: Privacy) -> None:
    app.add_middleware(
        PrivacyMiddleware, privacy=privacy, customer=lambda request: request.session.get("customer")
    )
    router = privacy_router(privacy)
    assert_type(router, APIRouter)
    app.include_router(router)


def test(client: TestClient, privacy: Privacy) -> None:
    with consented(client, privacy, "statistics"):
        client.get("/")
