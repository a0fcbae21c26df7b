"""A FastAPI shop as its owner types it."""

from __future__ import annotations

from typing import Annotated, Any, assert_type

from fastapi import APIRouter, Depends, FastAPI, Request, WebSocket
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from markupsafe import Markup

from shopprivacy import Privacy
from shopprivacy.adapters.fastapi import (
    Consent,
    PrivacyMiddleware,
    check_application,
    consent,
    document_refusals,
    get_consent,
    privacy_banner,
    privacy_router,
    require_consent,
    requires_consent,
    sign_in,
)
from shopprivacy.testing.consent import consented

Visitor = Annotated[Consent, Depends(get_consent)]


class Shop(FastAPI):
    def openapi(self) -> dict[str, Any]:
        return document_refusals(self, super().openapi())


app = Shop()


@app.get("/")
def home(request: Request, visitor: Visitor) -> bool:
    assert_type(visitor, Consent)
    assert_type(consent(request), Consent)
    assert_type(privacy_banner(request, "nl"), Markup)
    return visitor.allows("statistics")


@app.get("/for-you")
async def for_you(visitor: Annotated[Consent, Depends(require_consent("personalisation"))]) -> bool:
    assert_type(visitor.undecided(), tuple[str, ...])
    return visitor.allows("personalisation")


@app.get("/counted", dependencies=[Depends(require_consent("statistics"))])
async def counted() -> StreamingResponse:
    return StreamingResponse(iter([b"counted"]))


def best_sellers(number: int, page: int = 1) -> list[str]:
    return ["vase"] * number * page


@app.get("/{number}")
@requires_consent("personalisation", otherwise=best_sellers)
def some(number: int, page: int = 1) -> list[str]:
    return ["lamp"] * number * page


@app.get("/async/{number}")
@requires_consent("personalisation", otherwise=best_sellers)
async def some_async(number: int) -> list[str]:
    return some(number)


@app.post("/login")
def login(request: Request) -> None:
    sign_in(request, 7)


@app.websocket("/socket")
async def socket(websocket: WebSocket, visitor: Visitor) -> None:
    await websocket.send_text(str(visitor.allows("statistics")))


async def check_signatures() -> None:
    assert_type(some(3, page=2), list[str])
    assert_type(await some_async(number=3), list[str])


def protect(privacy: Privacy) -> None:
    app.add_middleware(
        PrivacyMiddleware, privacy=privacy, customer=lambda request: request.session.get("customer")
    )
    router = privacy_router(privacy)
    assert_type(router, APIRouter)
    app.include_router(router)
    check_application(app)


def test(client: TestClient, privacy: Privacy) -> None:
    with consented(client, privacy, "statistics"):
        client.get("/")


def test_alone() -> None:
    app.dependency_overrides[require_consent("statistics")] = lambda: None


def check_mistakes(visitor: Consent) -> None:
    some("3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    visitor.allow("ads")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    require_consent()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    require_consent(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    require_consent("ads", otherwise=best_sellers)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    requires_consent("ads", otherwise=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    app.add_middleware(PrivacyMiddleware)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    app.add_middleware(PrivacyMiddleware, privacy="privacy.toml")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    privacy_router("privacy.toml")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
