"""The route that a request is counted under, and a funnel that no route answers, in each framework."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from django.urls import ResolverMatch, include, path, re_path
from django.urls.resolvers import RegexPattern, URLResolver
from fastapi import APIRouter, FastAPI
from flask import Flask
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from shopprivacy import Policy, Privacy
from shopprivacy.adapters import fastapi as for_fastapi
from shopprivacy.adapters.django.routes import leave_request, route_of, routes_of
from shopprivacy.adapters.flask import ShopPrivacy
from shopprivacy.adapters.starlette import PrivacyMiddleware
from shopprivacy.errors import PolicyError
from shopprivacy.storage.memory import MemoryStore
from tests.analytics.test_building import policy_with
from tests.gate.exchange import KEYSET
from tests.storage.test_events import written

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0",
    "Sec-Fetch-Dest": "document",
}


@pytest.fixture
def privacy(tmp_path: Path) -> Iterator[Privacy]:
    """A shop that counts, with a funnel of one step."""
    made = _privacy(policy_with(funnel=["GET /shop/products/{slug}"], keep_params=["slug"]), tmp_path)
    yield made
    made.close()


def _privacy(policy: Policy, folder: Path) -> Privacy:
    return Privacy(
        policy, keyset=KEYSET, store=MemoryStore(), clock=lambda: NOON, analytics=folder / "analytics"
    )


def _counted(privacy: Privacy, folder: Path) -> list[str]:
    privacy.analytics.write_all()
    return written(folder / "analytics", NOON.date())


async def _page(_request: Any) -> HTMLResponse:
    return HTMLResponse("page")


def _starlette(privacy: Privacy) -> Starlette:
    products = [Route("/products/{slug:str}", _page)]
    return Starlette(
        routes=[Mount("/shop", routes=products), Mount("/other", routes=products)],
        middleware=[Middleware(PrivacyMiddleware, privacy=privacy)],
    )


def _fastapi(privacy: Privacy) -> FastAPI:
    app, router = FastAPI(), APIRouter()

    @router.get("/products/{slug}", response_class=HTMLResponse)
    async def product(slug: str) -> str:
        return slug

    app.include_router(router, prefix="/shop")
    app.include_router(router, prefix="/other")
    app.add_middleware(for_fastapi.PrivacyMiddleware, privacy=privacy)
    return app


@pytest.mark.parametrize("make", [_starlette, _fastapi])
def test_mounts_and_prefixes_are_in_the_template(make: Any, privacy: Privacy, tmp_path: Path) -> None:
    """The template is the whole one, also where the same routes stand in two places; the lifespan's end writes all."""
    with TestClient(make(privacy), base_url="https://shop.example", headers=BROWSER) as client:
        for below in ("/shop", "/other"):
            assert client.get(f"{below}/products/teapot").status_code == 200
    text = (tmp_path / "analytics" / "2026-11-29.exempt.jsonl").read_text(encoding="utf-8")
    assert _counted(privacy, tmp_path) == ["page", "GET /shop/products/{slug}", "page"]
    assert '"route":"/shop/products/{slug}"' in text
    assert '"route":"/other/products/{slug}"' in text


def test_a_mount_and_a_route_may_name_a_parameter_alike(tmp_path: Path) -> None:
    """Counting breaks no page: routes that stand in two places, one of them below a parameter of the same name."""
    privacy = _privacy(policy_with(), tmp_path)
    products = [Route("/products/{slug:str}", _page)]
    app = Starlette(
        routes=[Mount("/other", routes=products), Mount("/{slug}", routes=products)],
        middleware=[Middleware(PrivacyMiddleware, privacy=privacy)],
    )
    with TestClient(app, base_url="https://shop.example", headers=BROWSER) as client:
        assert client.get("/vases/products/teapot").status_code == 200
    assert _counted(privacy, tmp_path) == ["page"]
    text = (tmp_path / "analytics" / "2026-11-29.exempt.jsonl").read_text(encoding="utf-8")
    assert '"route":"/{slug}/products/{slug}"' in text
    privacy.close()


def test_flask_counts_by_its_rules(privacy: Privacy, tmp_path: Path) -> None:
    """The rule is read while Flask still knows it; what no rule answers has failed."""
    app = Flask(__name__)
    app.add_url_rule("/shop/products/<string:slug>", "product", lambda slug: slug)
    ShopPrivacy(app, privacy)
    client = app.test_client()
    for url in ("/shop/products/teapot", "/nothing"):
        client.get(url, base_url="https://shop.example", headers=BROWSER)
    assert _counted(privacy, tmp_path) == ["page", "GET /shop/products/{slug}", "failure"]


def test_a_start_with_a_funnel_that_nobody_answers(tmp_path: Path) -> None:
    """Flask's check, and Starlette's before anything is served, name the step."""
    privacy = _privacy(policy_with(funnel=["POST /crat"]), tmp_path)
    app = Flask(__name__)
    shop_privacy = ShopPrivacy(app, privacy)
    with pytest.raises(PolicyError, match="POST /crat"):
        shop_privacy.check()
    starlette = _starlette(privacy)
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        sent.append(message)

    with pytest.raises(PolicyError, match="POST /crat"):
        asyncio.run(starlette({"type": "lifespan", "app": starlette}, receive, send))
    assert "POST /crat" in sent[0]["message"]
    privacy.close()


def test_djangos_routes() -> None:
    """Each pattern, those that are included too, with both methods that a step may have."""

    def view(_request: HttpRequest) -> None: ...

    inner = [path("products/<slug:slug>", view), re_path(r"^old/(?P<year>\d+)$", view)]
    resolver = URLResolver(RegexPattern(r"^/"), [path("shop/", include((inner, "shop")))])
    assert {*routes_of(resolver)} == {
        (method, route)
        for method in ("GET", "POST")
        for route in ("shop/products/<slug:slug>", r"shop/^old/(?P<year>\d+)$")
    }


def test_djangos_route_of_a_request() -> None:
    """It is there from when Django has found one, and for as long as the request is."""

    class Request(HttpRequest):  # type: ignore[misc]  # Django has no types
        """A request without the settings that Django's own asks for."""

        def __init__(self) -> None:
            self.resolver_match = None

    request, carrier = Request(), dict[str, Any]()
    assert route_of(carrier) is None
    leave_request(carrier, request)
    assert route_of(carrier) is None
    request.resolver_match = ResolverMatch(lambda: None, (), {"slug": "x"}, route="p/<slug>")
    assert route_of(carrier) == ("p/<slug>", {"slug": "x"})
    del request
    assert route_of(carrier) is None
