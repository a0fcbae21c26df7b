"""The FastAPI adapter: consent as a dependency, the library's pages in OpenAPI, and mistakes that fail at start."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, Response, WebSocket
from fastapi.openapi.models import OpenAPI
from fastapi.testclient import TestClient
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import Mount
from starlette.websockets import WebSocketDisconnect

from shopprivacy import GateOrderError, Privacy, PrivacyError, UndeclaredName
from shopprivacy.adapters.fastapi import (
    Consent,
    PrivacyMiddleware,
    check_application,
    consent,
    document_refusals,
    get_consent,
    privacy_router,
    require_consent,
    requires_consent,
)
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.consent import consented
from tests.gate.exchange import KEYSET, NOW, make_policy

Visitor = Annotated[Consent, Depends(get_consent)]
Consented = Annotated[Consent, Depends(require_consent("statistics"))]


@pytest.fixture
def privacy() -> Iterator[Privacy]:
    """A shop's Privacy in memory, at a standing clock."""
    made = Privacy(make_policy(), keyset=KEYSET, store=MemoryStore(), clock=lambda: NOW)
    yield made
    made.close()


@pytest.fixture
def app(privacy: Privacy) -> FastAPI:
    """A careless shop behind the gate."""
    made = FastAPI()
    made.add_middleware(SessionMiddleware, secret_key="test")
    made.add_middleware(PrivacyMiddleware, privacy=privacy)
    made.include_router(privacy_router(privacy))

    @made.get("/")
    def index(request: Request, response: Response, visitor: Visitor) -> dict[str, object]:
        for name in ("_ga", "cart", "debug_id"):
            response.set_cookie(name, "1")
        assert consent(request) is visitor
        return {"seen": sorted(request.cookies), "statistics": visitor.allows("statistics")}

    @made.get("/for-you")
    def for_you(visitor: Consented) -> bool:
        return visitor.allows("statistics")

    def best_sellers(name: str, **_more: object) -> str:
        return f"best sellers, {name}"

    @made.get("/decorated/{name}")
    @requires_consent("ads", otherwise=best_sellers)
    async def decorated(name: str, number: int = 1) -> str:
        return f"{number} for {name}"

    @made.websocket("/socket")
    async def socket(websocket: WebSocket, visitor: Consented) -> None:
        await websocket.accept()
        await websocket.send_text(str(visitor.allows("statistics")))
        await websocket.close()

    return made


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A visitor."""
    with TestClient(app, "https://testserver", follow_redirects=False) as made:
        yield made


def test_consent_is_a_dependency(client: TestClient, privacy: Privacy) -> None:
    """It says what this visitor allows, and the gate does the same to the cookies both ways."""
    sent = {"Cookie": "_ga=1; cart=1; debug_id=1"}
    response = client.get("/", headers=sent)
    assert response.json() == {"seen": ["cart"], "statistics": False}
    assert [value.partition("=")[0] for value in response.headers.get_list("set-cookie")] == ["cart"]
    with consented(client, privacy, "statistics"):
        assert client.get("/").json()["statistics"] is True


def test_an_endpoint_can_require_consent(client: TestClient, privacy: Privacy) -> None:
    """403 without, and with it the endpoint gets it."""
    assert client.get("/for-you").status_code == 403
    with consented(client, privacy, "statistics"):
        assert client.get("/for-you").json() is True


def test_a_test_can_put_something_in_its_place(app: FastAPI, client: TestClient) -> None:
    """The dependency on the same purpose is the same one; that on another purpose is not."""
    app.dependency_overrides[require_consent("ads")] = lambda: pytest.fail("nobody asked for ads")
    assert client.get("/for-you").status_code == 403
    stand_in = type("StandIn", (), {"allows": lambda _self, name: name == "statistics"})
    app.dependency_overrides[require_consent("statistics")] = stand_in
    assert client.get("/for-you").json() is True


def test_a_websocket_can_require_consent(client: TestClient, privacy: Privacy) -> None:
    """It is closed with 1008 without, before it is accepted."""
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/socket"):
        pass
    assert closed.value.code == 1008
    with consented(client, privacy, "statistics"), client.websocket_connect("/socket") as opened:
        assert opened.receive_text() == "True"


def test_the_decorator_keeps_an_endpoints_parameters(client: TestClient, privacy: Privacy) -> None:
    """FastAPI reads and documents them as before."""
    operation = client.get("/openapi.json").json()["paths"]["/decorated/{name}"]["get"]
    assert [parameter["name"] for parameter in operation["parameters"]] == ["name", "number"]
    assert client.get("/decorated/an?number=3").json() == "best sellers, an"
    with consented(client, privacy, "ads"):
        assert client.get("/decorated/an?number=3").json() == "3 for an"


def test_what_stands_in_for_an_endpoint_takes_all_its_parameters() -> None:
    """FastAPI passes each, one with a default too: those who refuse would get an error instead of it."""

    def best_sellers(name: str) -> str:
        return name

    with pytest.raises(PrivacyError, match=r"best_sellers cannot replace .*some: .*'number'"):

        @requires_consent("ads", otherwise=best_sellers)
        def some(name: str, number: int = 1) -> str:
            return name * number


# The library's own pages


def test_the_gate_answers_and_the_router_documents(client: TestClient) -> None:
    """Every documented operation is answered by the gate, and every problem it documents is one it can have.

    What only links in mails lead to is documented nowhere.
    """
    paths = client.get("/openapi.json").json()["paths"]
    assert [path for path in paths if path.startswith(("/u/", "/privacy/confirm"))] == []
    ours = {path: operations for path, operations in paths.items() if "privacy" in path or "gpc" in path}
    assert {path: sorted(operations) for path, operations in ours.items()} == {
        "/privacy/choices": ["get", "post"],
        "/privacy/consent": ["post"],
        "/privacy/cookies": ["get"],
        "/privacy/undecided": ["get"],
        "/privacy/banner.css": ["get"],
        "/privacy/page.css": ["get"],
        "/privacy/banner.js": ["get"],
        "/.well-known/gpc.json": ["get"],
    }
    for path, operations in ours.items():
        for method, operation in operations.items():
            assert operation["tags"] == ["privacy"]
            data = {"choice": "refuse"} if method == "post" else None
            answer = client.request(
                method.upper(), path, data=data, headers={"Sec-Fetch-Site": "same-origin"}
            )
            documented = operation["responses"][str(answer.status_code)]
            kind = answer.headers.get("Content-Type", "").partition(";")[0]
            assert list(documented.get("content", {})) == ([kind] if answer.content else [])


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"choice": "accept"}, 303),
        ({"choice": "save", "purpose": ["ads"], "asked": ["ads", "statistics"], "next": "/cart"}, 303),
        ({"choice": "save", "by": "answer", "answer.ads": "refuse", "answer.statistics": "allow"}, 303),
        ({"choice": "perhaps"}, 400),
        ({"choice": "accept", "shown": "nothing that we showed"}, 409),
    ],
)
def test_the_documented_form_is_the_one_that_is_read(
    client: TestClient, form: dict[str, Any], status: int
) -> None:
    """Its fields and values are those of the schema, and where they are not, the answer is a documented one."""
    operation = client.get("/openapi.json").json()["paths"]["/privacy/consent"]["post"]
    schema = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert set(form) <= set(schema["properties"])
    assert (form["choice"] in schema["properties"]["choice"]["enum"]) is (status != 400)
    answer = client.post("/privacy/consent", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == status
    assert str(status) in operation["responses"]


@pytest.fixture
def documented(app: FastAPI) -> FastAPI:
    """The shop with more endpoints that answer 403, and some that say themselves what they answer."""
    needs = Depends(require_consent("ads"))

    def deep(_visitor: Consented) -> None:
        """Need it."""

    router = APIRouter(dependencies=[needs])
    router.post("/in-a-router")(plain)
    app.include_router(router, prefix="/in")
    app.get("/deep", dependencies=[Depends(deep), needs])(plain)
    app.get("/only-decorated")(requires_consent("ads")(plain))
    app.get("/said", dependencies=[needs], responses={403: {"description": "Said"}})(plain)
    app.get("/said-of-all", dependencies=[needs], responses={"4XX": {"description": "Said"}})(plain)
    app.get("/hidden", dependencies=[needs], include_in_schema=False)(plain)
    inner = FastAPI()
    inner.get("/x", dependencies=[needs])(plain)
    app.mount("/mounted", inner)
    return app


def said_of(document: dict[str, Any]) -> dict[str, str]:
    """Return by path what a document says of 403, where the library has no page."""
    paths: dict[str, dict[str, Any]] = document["paths"]
    return {
        path: operation["responses"]["403"]["description"]
        for path, operations in paths.items()
        for operation in operations.values()
        if "403" in operation["responses"] and operation.get("tags") != ["privacy"]
    }


def test_the_document_says_which_operations_need_consent(documented: FastAPI) -> None:
    """Those that answer 403 without, and no others; where something stands in, there is no 403."""
    wanted = {
        "/for-you": "The visitor does not allow statistics",
        "/in/in-a-router": "The visitor does not allow ads",
        "/deep": "The visitor does not allow statistics, ads",
        "/only-decorated": "The visitor does not allow ads",
        "/said": "Said",
    }
    for _ in range(2):  # FastAPI keeps the document that it has made
        assert said_of(document_refusals(documented, documented.openapi())) == wanted
    inner = documented.router.routes[-1]
    assert isinstance(inner, Mount)
    assert isinstance(inner.app, FastAPI)
    mounted = document_refusals(inner.app, inner.app.openapi())
    assert said_of(mounted) == {"/x": "The visitor does not allow ads"}
    with TestClient(documented, "https://testserver") as client:
        for path in wanted:
            method = "POST" if path == "/in/in-a-router" else "GET"
            assert client.request(method, path).status_code == 403
        assert client.get("/decorated/an").status_code == 200


class Shop(FastAPI):
    """A shop that documents its refusals, as FastAPI's guide has shops extend the document."""

    def openapi(self) -> dict[str, Any]:
        return document_refusals(self, super().openapi())


def test_the_document_is_served_and_is_a_valid_one(privacy: Privacy) -> None:
    """As its own schema says, with all that the library adds to it; without the function nothing is added."""
    for made, refusals in ((Shop(), {"/x": "The visitor does not allow ads"}), (FastAPI(), {})):
        made.add_middleware(PrivacyMiddleware, privacy=privacy)
        made.include_router(privacy_router(privacy))
        made.get("/x", dependencies=[Depends(require_consent("ads"))])(plain)
        with TestClient(made, "https://testserver") as client:
            document = client.get("/openapi.json").json()
        OpenAPI.model_validate(document)
        assert said_of(document) == refusals
        assert "openapi" not in vars(made)


def under_a_prefix(app: FastAPI, router: APIRouter) -> None:
    """Include the router there."""
    app.include_router(router, prefix="/api")


def under_a_prefix_of_another(app: FastAPI, router: APIRouter) -> None:
    """Include it in a router that has one."""
    outer = APIRouter(prefix="/api")
    outer.include_router(router)
    app.include_router(outer)


def in_what_is_mounted(app: FastAPI, router: APIRouter) -> None:
    """Include it in an application that is mounted."""
    inner = FastAPI()
    inner.include_router(router)
    app.mount("/api", inner)


@pytest.mark.parametrize("include", [under_a_prefix, under_a_prefix_of_another, in_what_is_mounted])
def test_a_router_where_the_gate_does_not_answer_fails_at_start(privacy: Privacy, include: Any) -> None:
    """A document with addresses that nobody answers lies; the message names the first of them."""
    app = FastAPI()
    app.add_middleware(PrivacyMiddleware, privacy=privacy)
    include(app, privacy_router(privacy))
    with pytest.raises(PrivacyError, match="documents /api/privacy/choices, where"), TestClient(app):
        pass


def test_a_router_in_a_router_without_a_prefix_is_where_the_gate_answers(privacy: Privacy) -> None:
    """There the addresses are the true ones; a path in front of the whole shop is told as that of the server."""
    app, outer = FastAPI(), APIRouter()
    app.add_middleware(PrivacyMiddleware, privacy=privacy)
    outer.include_router(privacy_router(privacy))
    app.include_router(outer)
    with TestClient(app, "https://testserver", root_path="/shop") as client:
        document = client.get("/openapi.json").json()
        assert document["servers"] == [{"url": "/shop"}]
        assert "/privacy/choices" in document["paths"]
        assert client.get("/shop/privacy/choices").status_code == 200


def test_a_router_without_the_gate_says_so(privacy: Privacy) -> None:
    """It answers nothing itself: a choice that nobody records must not look like one."""
    bare = FastAPI()
    bare.include_router(privacy_router(privacy))
    with pytest.raises(PrivacyError, match="is PrivacyMiddleware in place"):
        TestClient(bare).post("/privacy/consent", data={"choice": "refuse"})


# Mistakes


def plain() -> str:
    """Answer."""
    return "plain"


def on_the_application(app: FastAPI) -> None:
    """Name it on an endpoint."""
    app.get("/x")(requires_consent("mistake")(plain))


def as_a_dependency(app: FastAPI) -> None:
    """Name it in a dependency of an endpoint."""
    app.get("/x", dependencies=[Depends(require_consent("mistake"))])(plain)


def in_a_dependency(app: FastAPI) -> None:
    """Name it in a dependency's dependency."""

    def deep(_visitor: Annotated[Consent, Depends(require_consent("mistake"))]) -> None:
        raise NotImplementedError

    app.get("/x", dependencies=[Depends(deep)])(plain)


def in_a_dependency_that_is_an_object(app: FastAPI) -> None:
    """Name it on the ``__call__`` of one."""

    class Deep:
        @requires_consent("mistake")
        def __call__(self) -> None:
            raise NotImplementedError

    app.get("/x", dependencies=[Depends(Deep())])(plain)


def in_a_dependency_that_is_a_partial(app: FastAPI) -> None:
    """Name it on what a partial calls."""
    app.get("/x", dependencies=[Depends(partial(requires_consent("mistake")(plain)))])(plain)


def on_a_handler_of_errors(app: FastAPI) -> None:
    """Name it on one."""

    @app.exception_handler(404)
    @requires_consent("mistake")
    def missing(_request: Request, _error: Exception) -> Response:
        raise NotImplementedError


def on_a_router(app: FastAPI) -> None:
    """Name it on a router in a router."""
    inner, outer = APIRouter(), APIRouter()
    inner.get("/x")(plain)
    outer.include_router(inner, dependencies=[Depends(require_consent("mistake"))])
    app.include_router(outer, prefix="/in")


def on_a_websocket(app: FastAPI) -> None:
    """Name it on a WebSocket of a router."""
    router = APIRouter()
    router.websocket("/x", dependencies=[Depends(require_consent("mistake"))])(plain)
    app.include_router(router)


def in_a_mounted_application(app: FastAPI) -> None:
    """Name it in another application."""
    inner = FastAPI()
    as_a_dependency(inner)
    app.mount("/in", inner)


@pytest.mark.parametrize(
    "make",
    [
        on_the_application,
        as_a_dependency,
        in_a_dependency,
        in_a_dependency_that_is_an_object,
        in_a_dependency_that_is_a_partial,
        on_a_handler_of_errors,
        on_a_router,
        on_a_websocket,
        in_a_mounted_application,
    ],
)
def test_an_undeclared_purpose_fails_at_start(app: FastAPI, make: Any) -> None:
    """Before anything is served, wherever a route or a dependency names it."""
    make(app)
    with pytest.raises(UndeclaredName, match="mistake"), TestClient(app):
        pass


def test_what_sets_cookies_outside_the_gate_fails_by_name(app: FastAPI) -> None:
    """Middleware that is added after the gate stands outside it: by the check, and at start."""
    check_application(app)
    app.add_middleware(SessionMiddleware, secret_key="test")
    with pytest.raises(GateOrderError, match="SessionMiddleware sets cookies"):
        check_application(app)
    with pytest.raises(GateOrderError, match="SessionMiddleware sets cookies"), TestClient(app):
        pass


def test_the_check_finds_what_a_start_finds(app: FastAPI, privacy: Privacy) -> None:
    """Undeclared purposes of dependencies, and a router under a prefix."""
    in_a_dependency(app)
    with pytest.raises(UndeclaredName, match="mistake"):
        check_application(app)
    other = FastAPI()
    other.add_middleware(PrivacyMiddleware, privacy=privacy)
    under_a_prefix(other, privacy_router(privacy))
    with pytest.raises(PrivacyError, match="documents /api/privacy/choices, where"):
        check_application(other)


def test_a_function_outside_the_gate_is_a_warning(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    """A function of ``@app.middleware`` that comes after the gate stands outside it, and may do what it likes."""

    @app.middleware("http")
    async def count(request: Request, call_next: Any) -> Response:
        answer: Response = await call_next(request)
        return answer

    with TestClient(app):
        pass
    assert "count is outside the privacy gate" in caplog.text
