"""The Starlette adapter: one line puts a shop behind the gate, and mistakes fail before anything is served."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from jinja2 import DictLoader, Environment
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, AuthenticationError, SimpleUser
from starlette.concurrency import run_in_threadpool
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Host, Mount, Route, WebSocketRoute
from starlette.templating import Jinja2Templates
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocket, WebSocketDisconnect

from shopprivacy import Action, GateOrderError, Privacy, PrivacyError, UndeclaredName
from shopprivacy.adapters.starlette import (
    PrivacyMiddleware,
    check_application,
    consent,
    privacy_banner,
    requires_consent,
    sign_in,
)
from shopprivacy.errors import PageError
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.consent import consent_value, consented
from tests.gate.exchange import COOKIES, KEYSET, NOW, make_policy

POLICY = make_policy(cookies={**COOKIES, "session": {"essential": True, "life": "14 days"}})
PAGE = (
    "{% import 'parts' as parts %}{% consent 'ads' %}pixel{% else %}placeholder{% endconsent %}"
    "{{ parts.counted() }}{{ ' asked' if privacy_banner('nl') }}{{ consent.allows('ads') }}"
)
PARTS = "{% macro counted() %}{% consent 'counting' %} counted{% endconsent %}{% endmacro %}"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def privacy() -> Iterator[Privacy]:
    """A shop's Privacy in memory, at a standing clock."""
    made = Privacy(POLICY, keyset=KEYSET, store=MemoryStore(), clock=lambda: NOW)
    yield made
    made.close()


def set_cookies(response: Response) -> Response:
    """Set cookies of every kind, without asking anybody."""
    for name in ("_ga", "cart", "debug_id", "ads"):
        response.set_cookie(name, "1")
    return response


async def index(request: Request) -> Response:
    """Show which cookies came, and set some."""
    return set_cookies(PlainTextResponse(",".join(request.cookies)))


def best_sellers(request: Request) -> Response:
    """Show everybody the same."""
    return PlainTextResponse(f"best sellers, {request.path_params['name']}")


@requires_consent("statistics", otherwise=best_sellers)
def for_you(request: Request) -> Response:
    """Show what this visitor looks at."""
    return PlainTextResponse(f"for you, {request.path_params['name']}")


async def plain_async(_request: Request) -> Response:
    """Answer without consent."""
    return PlainTextResponse("plain")


def plain(_request: Request) -> Response:
    """Answer without consent, in a worker thread."""
    return PlainTextResponse("plain")


@requires_consent("statistics", otherwise=plain_async)
async def for_you_async(_request: Request) -> Response:
    """Show what this visitor looks at, in the loop."""
    return PlainTextResponse("for you")


@requires_consent("ads", otherwise=plain_async)
def sync_otherwise_async(_request: Request) -> Response:
    """Need consent in a worker thread."""
    return PlainTextResponse("ads")


@requires_consent("ads", otherwise=plain)
async def async_otherwise_sync(_request: Request) -> Response:
    """Need consent in the loop."""
    return PlainTextResponse("ads")


class Only(HTTPEndpoint):
    """An endpoint as a class."""

    @requires_consent("ads")
    async def get(self, _request: Request) -> Response:
        return PlainTextResponse("ads")

    @requires_consent("ads")
    def post(self, _request: Request) -> Response:
        return PlainTextResponse("ads")


async def stream(request: Request) -> Response:
    """Ask for consent while streaming."""

    async def parts() -> AsyncIterator[str]:
        for number in range(3):
            yield f"data: {number} {consent(request).allows('ads')}\n\n"

    return set_cookies(StreamingResponse(parts(), media_type="text/event-stream"))


async def login(request: Request) -> Response:
    """Sign customer 7 in."""
    request.session["customer"] = 7
    await run_in_threadpool(sign_in, request, 7)
    return PlainTextResponse("hello")


def broken(_request: Request) -> Response:
    """Fail."""
    raise ZeroDivisionError


async def error_page(request: Request, _error: Exception) -> Response:
    """Show that something failed."""
    return set_cookies(PlainTextResponse(f"sorry {bool(privacy_banner(request, 'nl'))}", 500))


async def socket(websocket: WebSocket) -> None:
    """Set cookies, and say which came."""
    await websocket.accept(headers=[(b"set-cookie", b"_ga=1"), (b"set-cookie", b"cart=1")])
    await websocket.send_text(f"{','.join(websocket.cookies)} {consent(websocket).allows('statistics')}")
    await websocket.close()


@requires_consent("ads")
async def ads_socket(websocket: WebSocket) -> None:
    """Need consent on a WebSocket."""
    await websocket.accept()
    await websocket.close()


ROUTES = [
    Route("/", index),
    Route("/for-you/{name}", for_you),
    Route("/async", for_you_async),
    Route("/sync-otherwise-async", sync_otherwise_async),
    Route("/async-otherwise-sync", async_otherwise_sync),
    Route("/only", Only),
    Route("/stream", stream),
    Route("/login", login, methods=["POST"]),
    Route("/broken", broken),
    WebSocketRoute("/socket", socket),
    WebSocketRoute("/ads-socket", ads_socket),
]


def make_app(privacy: Privacy, **options: Any) -> Starlette:
    """Return a careless shop behind the gate."""
    templates = Jinja2Templates(env=Environment(loader=DictLoader({"page": PAGE, "parts": PARTS})))

    def page(request: Request) -> Response:
        return templates.TemplateResponse(request, "page")

    return Starlette(
        routes=[*ROUTES, Route("/page", page)],
        middleware=[
            Middleware(PrivacyMiddleware, privacy, server_error=error_page, templates=templates, **options),
            Middleware(SessionMiddleware, secret_key="test"),
        ],
    )


@pytest.fixture
def client(privacy: Privacy) -> Iterator[TestClient]:
    """A visitor."""
    app = make_app(privacy, customer=lambda request: request.session.get("customer"))
    with TestClient(app, "https://testserver", follow_redirects=False) as made:
        yield made


def cookies(response: Any) -> list[str]:
    """Return the names of the cookies that a response sets."""
    return [value.partition("=")[0] for value in response.headers.get_list("set-cookie")]


def test_cookies_are_gated_both_ways(client: TestClient, privacy: Privacy) -> None:
    """Before a choice essential ones only; with consent the declared ones; the undeclared one never."""
    sent = {"Cookie": "_ga=1; cart=1; debug_id=1"}
    response = client.get("/", headers=sent)
    assert (response.text, cookies(response)) == ("cart", ["cart"])
    with consented(client, privacy, "statistics", refused=("ads",)):
        client.cookies.update({"_ga": "1", "debug_id": "1"})
        response = client.get("/")
        assert (set(response.text.split(",")), cookies(response)) == ({"_ga", "cart"}, ["_ga", "cart"])
    assert client.get("/").text == "cart"


@pytest.mark.parametrize(
    ("path", "without", "granted"),
    [
        ("/for-you/an", "best sellers, an", "for you, an"),
        ("/async", "plain", "for you"),
        ("/sync-otherwise-async", "plain", "ads"),
        ("/async-otherwise-sync", "plain", "ads"),
    ],
)
def test_an_endpoint_runs_for_those_who_consented(
    client: TestClient, privacy: Privacy, path: str, without: str, granted: str
) -> None:
    """Everyone else gets what stands in its place, with the same arguments, sync or async."""
    assert client.get(path).text == without
    with consented(client, privacy, "statistics", "ads"):
        assert client.get(path).text == granted


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_anything_in_its_place_an_endpoint_is_forbidden(
    client: TestClient, privacy: Privacy, method: str
) -> None:
    """403, never the endpoint; on the methods of a class, sync or async."""
    assert client.request(method, "/only").status_code == 403
    with consented(client, privacy, "ads"):
        assert client.request(method, "/only").text == "ads"


def test_templates_follow_consent(client: TestClient, privacy: Privacy) -> None:
    """The tag with and without else, in an imported macro, the banner only for who must be asked, and consent."""
    assert client.get("/page").text == "placeholder counted askedFalse"
    with consented(client, privacy, "ads", "statistics"):
        assert client.get("/page").text == "pixel countedTrue"


def test_a_page_that_asked_is_kept_out_of_shared_caches(client: TestClient) -> None:
    """Its response says so itself."""
    assert client.get("/page").headers["Cache-Control"] == "private"


def test_a_stream_is_gated_and_stays_a_stream(client: TestClient) -> None:
    """Its head goes through the gate, and its parts may ask for consent as long as they come."""
    with client.stream("GET", "/stream") as response:
        assert cookies(response) == ["cart"]
        assert "".join(response.iter_text()).splitlines()[::2] == [f"data: {n} False" for n in range(3)]


def set_by(opened: WebSocketTestSession) -> list[bytes]:
    """Return the cookies that an accepted WebSocket sets."""
    fields: list[tuple[bytes, bytes]] = opened.extra_headers or []
    return [value for name, value in fields if name == b"set-cookie"]


def test_a_websocket_is_gated(client: TestClient, privacy: Privacy) -> None:
    """Its handshake hides and holds back cookies as any request does, and its consent can be asked."""
    sent = {"Cookie": "_ga=1; cart=1; debug_id=1"}
    with client.websocket_connect("/socket", headers=sent) as opened:
        assert set_by(opened) == [b"cart=1"]
        assert opened.receive_text() == "cart False"
    with consented(client, privacy, "statistics"), client.websocket_connect("/socket") as opened:
        assert set_by(opened) == [b"_ga=1", b"cart=1"]
        assert opened.receive_text().endswith("True")


def test_a_websocket_that_needs_consent_is_closed_without(client: TestClient, privacy: Privacy) -> None:
    """With 1008, before it is accepted."""
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/ads-socket"):
        pass
    assert closed.value.code == 1008
    with consented(client, privacy, "ads"), client.websocket_connect("/ads-socket"):
        pass


def test_the_shops_own_error_page_is_gated(privacy: Privacy) -> None:
    """Its cookies are held back, it may ask for consent, and the server still hears of the error."""
    with TestClient(make_app(privacy), raise_server_exceptions=False) as client:
        response = client.get("/broken")
    assert (response.status_code, response.text, cookies(response)) == (500, "sorry True", ["cart"])
    with TestClient(make_app(privacy)) as client, pytest.raises(ZeroDivisionError):
        client.get("/broken")


@pytest.mark.parametrize("handled", [500, Exception])
def test_an_error_page_outside_the_gate_is_a_warning(
    privacy: Privacy, handled: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Starlette calls it outside all middleware; a shop whose page sets no cookies says so."""
    gate = Middleware(PrivacyMiddleware, privacy, outside=[error_page])
    with TestClient(Starlette(middleware=[gate], exception_handlers={handled: error_page})):
        pass
    assert not caplog.text

    async def sorry(_request: Request, _error: Exception) -> Response:
        return PlainTextResponse("sorry", 500)

    sorry.__qualname__ = f"sorry_{handled}"  # each name is a warning once
    gate = Middleware(PrivacyMiddleware, privacy)
    with TestClient(Starlette(middleware=[gate], exception_handlers={handled: sorry})):
        pass
    assert f"sorry_{handled} is outside the privacy gate" in caplog.text
    assert "server_error" in caplog.text


def test_signing_in_narrows(client: TestClient, privacy: Privacy) -> None:
    """The answer to the log-in already carries the narrowed choices, and deletes what is closed now."""
    privacy.withdraw(7, "ads")
    value = consent_value(privacy, "ads", "statistics")
    response = client.post("/login", headers={"Cookie": f"__Host-consent={value}; ads=1"})
    assert set(cookies(response)) == {"session", "__Host-consent", "ads"}
    assert client.get("/page").text.startswith("placeholder")


def by_session(request: Request) -> object:
    """Tell who is signed in by Starlette's session."""
    return request.session.get("customer")


async def by_session_async(request: Request) -> object:
    """Tell the same in a coroutine."""
    return by_session(request)


@pytest.mark.parametrize("customer", [by_session, by_session_async])
def test_a_choice_made_while_signed_in_is_the_accounts_too(
    privacy: Privacy, customer: Callable[[Request], object]
) -> None:
    """A refusal on the banner closes the purpose for the account; a grant ties the browser to it."""
    with TestClient(make_app(privacy, customer=customer), "https://testserver") as client:
        client.post("/login")
        form = {"choice": "save", "purpose": "statistics"}
        client.post("/privacy/consent", data=form, headers=SAME_ORIGIN, follow_redirects=False)
        rows = [row.entry for row in privacy.ledger.store.rows() if row.entry]
        mine = [(row.purpose, row.action) for row in rows if row.subject == privacy.subject(7)]
        assert mine == [("ads", Action.REFUSED)]
        privacy.withdraw(7, "statistics")
        privacy._feed.catch_up()
        assert client.get("/for-you/an").text == "best sellers, an"


@pytest.mark.parametrize("customer", [by_session, by_session_async])
def test_a_cookie_from_before_the_log_in_reopens_nothing(
    privacy: Privacy, customer: Callable[[Request], object]
) -> None:
    """Where the shop's session says who is signed in, the first response denies what that account has withdrawn."""
    with TestClient(make_app(privacy, customer=customer), "https://testserver") as client:
        client.post("/login")
        privacy.withdraw(7, "statistics")
        privacy._feed.catch_up()
        client.cookies.set(
            "__Host-consent", consent_value(privacy, "statistics", "ads"), domain="testserver.local"
        )
        client.cookies.set("_ga", "1", domain="testserver.local")
        response = client.get("/for-you/an")
        assert any(field.startswith("_ga=;") for field in response.headers.get_list("set-cookie"))
        assert client.get("/for-you/an").text == "best sellers, an"
        assert client.get("/only").text == "ads"


class Basic(AuthenticationBackend):
    """Tells who is signed in by HTTP Basic, and refuses whoever has another scheme."""

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, SimpleUser] | None:
        scheme, _, given = conn.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic":
            raise AuthenticationError("no Basic")
        return AuthCredentials(), SimpleUser(base64.b64decode(given).decode().partition(":")[0])


class Named:
    """Some other middleware that tells who is signed in, in a scope of its own."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await receive()
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.app({**scope, "customer": "7"}, receive, send)


def refusals_of(privacy: Privacy, *middleware: Middleware, **visitor: Any) -> list[str]:
    """Refuse everything in a shop with this middleware, and return whose refusals were recorded."""
    app = Starlette(middleware=list(middleware))
    with TestClient(app) as client:
        answer = client.post("/privacy/consent", data={"choice": "refuse"}, follow_redirects=False, **visitor)
    assert answer.status_code == 303
    return sorted({row.entry.subject for row in privacy.ledger.store.rows() if row.entry})


def test_request_user_is_there_to_tell_who_is_signed_in(privacy: Privacy) -> None:
    """Behind Starlette's AuthenticationMiddleware; where that refuses the request, nobody is."""
    gate = Middleware(PrivacyMiddleware, privacy=privacy, customer=lambda request: request.user.username)
    stack = (gate, Middleware(AuthenticationMiddleware, backend=Basic()))
    assert refusals_of(privacy, *stack, headers=SAME_ORIGIN) == []
    assert refusals_of(privacy, *stack, headers=SAME_ORIGIN, auth=("7", "")) == [privacy.subject(7)]


def test_other_session_middleware_can_be_named(privacy: Privacy) -> None:
    """What it puts in the scope is there to tell who is signed in, and what it sends goes nowhere."""
    gate = Middleware(
        PrivacyMiddleware,
        privacy=privacy,
        customer=lambda request: request.scope.get("customer"),
        sessions=[Named],
    )
    assert refusals_of(privacy, gate, Middleware(Named), headers=SAME_ORIGIN) == [privacy.subject(7)]


@pytest.mark.parametrize("url", ["https://testserver", "https://shop.example"])
def test_a_choice_made_as_a_consented_visitor_replaces_the_first(privacy: Privacy, url: str) -> None:
    """The test client then holds one consent cookie, not two of which nothing tells the later."""
    with TestClient(make_app(privacy), url, follow_redirects=False) as client:
        with consented(client, privacy, "statistics", "ads"):
            client.post("/privacy/consent", data={"choice": "refuse"}, headers=SAME_ORIGIN)
            assert client.get("/page").text == "placeholder countedFalse"
        assert client.get("/page").text == "placeholder counted askedFalse"


def test_the_preference_page_is_there(client: TestClient) -> None:
    """The middleware serves the library's own addresses; nothing is to be mounted."""
    assert client.get("/privacy/choices").status_code == 200
    assert client.get("/privacy/cookies").status_code == 200


def test_the_gate_goes_around_an_application_too(privacy: Privacy) -> None:
    """As any ASGI middleware, without Starlette's list: then nothing of the application is outside."""
    app = Starlette(routes=ROUTES, middleware=[Middleware(SessionMiddleware, secret_key="test")])
    gated: Any = PrivacyMiddleware(app, privacy, customer=by_session)
    with TestClient(gated, "https://testserver") as client:
        assert cookies(client.get("/")) == ["cart"]
        client.post("/login")
        client.post("/privacy/consent", data={"choice": "refuse"}, headers=SAME_ORIGIN)
    assert any(row.entry and row.entry.subject == privacy.subject(7) for row in privacy.ledger.store.rows())
    app.add_route("/x", requires_consent("nothing")(plain))
    with pytest.raises(UndeclaredName, match="nothing"):
        TestClient(PrivacyMiddleware(app, privacy)).get("/")


# Mistakes


def start(privacy: Privacy, *routes: Any, **options: Any) -> None:
    """Start a shop with these routes, as a server does, and end it."""
    with TestClient(Starlette(routes=routes, middleware=[Middleware(PrivacyMiddleware, privacy, **options)])):
        pass


class WithAMistake(HTTPEndpoint):
    """A class-based endpoint that names a purpose of the account."""

    @requires_consent("orders")
    def get(self, _request: Request) -> Response:
        raise NotImplementedError


class CalledWithAMistake:
    """An endpoint that is an object."""

    @requires_consent("x")
    async def __call__(self, _request: Request) -> Response:
        raise NotImplementedError


def sorry_with_a_mistake(_request: Request, _error: Exception) -> Response:
    """Handle an error."""
    raise NotImplementedError


def failing() -> Starlette:
    """Return an application whose handler of errors names a purpose."""
    return Starlette(exception_handlers={404: requires_consent("x")(sorry_with_a_mistake)})


@pytest.mark.parametrize(
    ("route", "name"),
    [
        (Route("/", requires_consent("statistics")(requires_consent("statistic")(plain))), "statistic"),
        (Route("/", WithAMistake), "orders"),
        (WebSocketRoute("/", requires_consent("nothing")(ads_socket)), "nothing"),
        (Mount("/in", routes=[Mount("/in", routes=[Route("/", requires_consent("x")(plain))])]), "x"),
        (Mount("/in", Starlette(routes=[Route("/", requires_consent("x")(plain_async))])), "x"),
        (Host("x.example", Starlette(routes=[Route("/", requires_consent("x")(plain_async))])), "x"),
        (Route("/", CalledWithAMistake()), "x"),
        (Route("/", partial(requires_consent("x")(plain_async))), "x"),
        (Mount("/in", failing()), "x"),
        (Mount("/in", failing(), middleware=[Middleware(GZipMiddleware)]), "x"),
        (Mount("/in", routes=[Mount("/in", failing())]), "x"),
    ],
)
def test_an_undeclared_purpose_fails_at_start(privacy: Privacy, route: Any, name: str) -> None:
    """Before anything is served, wherever the endpoint is mounted."""
    with pytest.raises(UndeclaredName, match=f'"{name}"'):
        start(privacy, route)


@pytest.mark.parametrize("handled", [404, Exception, 500, ZeroDivisionError])
def test_an_undeclared_purpose_in_a_handler_of_errors_fails_at_start(privacy: Privacy, handled: Any) -> None:
    """Its first error would be the first that anybody hears of it; where the gate goes around all of it too."""
    handler = requires_consent("x")(sorry_with_a_mistake)
    app = Starlette(
        middleware=[Middleware(PrivacyMiddleware, privacy)], exception_handlers={handled: handler}
    )
    with pytest.raises(UndeclaredName, match='"x"'), TestClient(app):
        pass
    around: Any = PrivacyMiddleware(Starlette(exception_handlers={handled: handler}), privacy)
    with pytest.raises(UndeclaredName, match='"x"'):
        TestClient(around).get("/")


def test_an_undeclared_purpose_in_the_page_for_errors_fails_at_start(privacy: Privacy) -> None:
    """As in any other handler."""
    with pytest.raises(UndeclaredName, match='"x"'):
        start(privacy, server_error=requires_consent("x")(sorry_with_a_mistake))


def test_an_undeclared_purpose_in_a_template_fails_at_start(privacy: Privacy) -> None:
    """Every template with the tag is compiled; one that no page shows yet, too."""
    late = {"late.html": "{% consent 'adds' %}x{% endconsent %}", "broken.html": "{{"}
    with pytest.raises(UndeclaredName, match="adds"):
        start(privacy, templates=Jinja2Templates(env=Environment(loader=DictLoader(late))))


class Unknown:
    """Some middleware."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


class OurSessions(SessionMiddleware):
    """What a shop makes of Starlette's sessions."""


async def timing(request: Request, call_next: Any) -> Response:
    """Stand for a function of ``@app.middleware("http")``."""
    response: Response = await call_next(request)
    return response


@pytest.mark.parametrize("sessions", [SessionMiddleware, OurSessions])
def test_what_sets_cookies_outside_the_gate_fails_by_name(privacy: Privacy, sessions: Any) -> None:
    """By the check, at start, and with every request where a server leaves the start out."""
    app = make_app(privacy)
    app.add_middleware(GZipMiddleware)
    app.add_middleware(sessions, secret_key="test")
    named = rf"{sessions.__module__}\.{sessions.__name__} sets cookies, .* add PrivacyMiddleware after"
    with pytest.raises(GateOrderError, match=named):
        check_application(app)
    with pytest.raises(GateOrderError, match=named), TestClient(app):
        pass
    for _ in range(2):
        with pytest.raises(GateOrderError, match=named):
            TestClient(app).get("/privacy/cookies")


@pytest.mark.parametrize(
    ("middleware", "named"),
    [
        (Middleware(Unknown), "test_starlette.Unknown is outside the privacy gate"),
        (Middleware(BaseHTTPMiddleware, dispatch=timing), "test_starlette.timing is outside"),
        (Middleware(lambda app: Unknown(app)), "lambda> is outside"),
    ],
)
def test_what_nobody_knows_outside_the_gate_is_a_warning(
    privacy: Privacy, middleware: Middleware, named: str, caplog: pytest.LogCaptureFixture
) -> None:
    """At start, by name; the shop goes on."""
    app = make_app(privacy)
    app.user_middleware.insert(0, middleware)
    with TestClient(app) as client:
        assert client.get("/privacy/cookies").status_code == 200
    assert named in caplog.text


def test_harmless_middleware_may_stand_outside(privacy: Privacy, caplog: pytest.LogCaptureFixture) -> None:
    """The known ones, and what the shop vouches for."""
    outside = [
        Middleware(GZipMiddleware),
        Middleware(OurSessions, secret_key="test"),
        Middleware(BaseHTTPMiddleware, dispatch=counted),
    ]
    app = make_app(privacy, outside=[OurSessions, counted])
    app.user_middleware[:0] = outside
    check_application(app)
    with TestClient(app) as client:
        assert client.get("/privacy/cookies").headers["Content-Encoding"] == "gzip"
    assert "is outside" not in caplog.text


async def counted(request: Request, call_next: Any) -> Response:
    """Another function of ``@app.middleware("http")``."""
    return await timing(request, call_next)


def test_what_is_around_the_whole_application_is_seen_by_who_checks_it(
    privacy: Privacy, caplog: pytest.LogCaptureFixture
) -> None:
    """No request tells of it: the function is there for the end of a factory, gunicorn's hooks and tests."""
    app = make_app(privacy)
    around: Any = PrivacyMiddleware(Starlette(routes=ROUTES), privacy)
    plain: Any = PrivacyMiddleware(PlainTextResponse("plain"), privacy)
    for right in (app, GZipMiddleware(app), around, plain):
        check_application(right)
    for wrong in (app, around, plain):
        with pytest.raises(GateOrderError, match="SessionMiddleware sets cookies"):
            check_application(SessionMiddleware(GZipMiddleware(wrong), secret_key="test"))
    with pytest.raises(GateOrderError, match=r"applications\.Starlette is not behind the privacy gate"):
        check_application(Starlette(routes=ROUTES, middleware=[Middleware(Unknown)]))
    assert caplog.text == ""
    check_application(lambda scope, receive, send: app(scope, receive, send))
    assert "lambda> does not show what it wraps" in caplog.text


def test_the_check_finds_undeclared_purposes(privacy: Privacy) -> None:
    """Without a start, and in an application that the gate goes around."""
    route = Route("/", requires_consent("nothing")(plain))
    for app in (
        Starlette(routes=[route], middleware=[Middleware(PrivacyMiddleware, privacy)]),
        PrivacyMiddleware(Starlette(routes=[route]), privacy),
    ):
        with pytest.raises(UndeclaredName, match="nothing"):
            check_application(app)
    late = Jinja2Templates(
        env=Environment(loader=DictLoader({"late": "{% consent 'adds' %}x{% endconsent %}"}))
    )
    with pytest.raises(UndeclaredName, match="adds"):
        check_application(PrivacyMiddleware(PlainTextResponse("plain"), privacy, templates=late))


@pytest.mark.parametrize(
    ("middleware", "template", "says"),
    [
        ([Middleware(SessionMiddleware, secret_key="test")], "", "SessionMiddleware sets cookies"),
        ([], "\n{{ consent.allows('adds') }}", "\nin the template late.html, line 2"),
    ],
)
def test_a_lifespan_that_fails_says_so_to_the_server(
    privacy: Privacy, middleware: list[Middleware], template: str, says: str
) -> None:
    """A server would take a mere exception for an application without lifespan, and serve it."""
    templates = Jinja2Templates(env=Environment(loader=DictLoader({"late.html": template})))
    gate = Middleware(PrivacyMiddleware, privacy=privacy, templates=templates)
    app: Any = Starlette(middleware=[*middleware, gate])
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        await app({"type": "lifespan", "app": app}, receive, send)

    with pytest.raises(PrivacyError):
        anyio.run(run)
    (failed,) = sent
    assert failed["type"] == "lifespan.startup.failed"
    assert says in failed["message"]


@pytest.mark.parametrize("at", [lambda app: Mount("/", app), lambda app: Host("testserver", app)])
def test_a_mounted_application_cannot_hold_the_gate(privacy: Privacy, at: Callable[[Any], Any]) -> None:
    """What stands around the outer application sets cookies that this gate never sees."""
    around: Any = PrivacyMiddleware(Starlette(routes=ROUTES), privacy)
    for inner in (make_app(privacy), around):
        with pytest.raises(GateOrderError, match="mounted in another"):
            TestClient(Starlette(routes=[at(inner)])).get("/")


def test_the_gate_cannot_be_on_some_of_the_routes(privacy: Privacy) -> None:
    """There it is no gate: cookies of the others pass it by."""
    gate = Middleware(PrivacyMiddleware, privacy=privacy)
    app = Starlette(routes=[Mount("/in", routes=ROUTES, middleware=[gate])])
    with pytest.raises(GateOrderError, match="on a route"):
        TestClient(app).get("/in/")
    with pytest.raises(GateOrderError, match="not behind"):
        check_application(app)


def test_a_gate_behind_a_function_is_a_warning(privacy: Privacy, caplog: pytest.LogCaptureFixture) -> None:
    """It works, and nobody sees where it stands."""
    app = Shop(routes=ROUTES, middleware=[Middleware(lambda app: PrivacyMiddleware(app, privacy))])
    check_application(app)
    (message,) = caplog.messages
    assert message.startswith(
        "PrivacyMiddleware is not among the middleware that tests.adapters.test_starlette.Shop"
    )
    assert cookies(TestClient(app).get("/")) == ["cart"]


class Shop(Starlette):
    """An application of the shop's own class."""


def test_the_gate_goes_around_any_asgi_application(privacy: Privacy) -> None:
    """One without a stack that could be looked at, too."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await set_cookies(PlainTextResponse("plain"))(scope, receive, send)

    gated: Any = PrivacyMiddleware(app, privacy)
    assert cookies(TestClient(gated).get("/")) == ["cart"]


def test_asking_outside_the_gate_is_an_error() -> None:
    """Not a silent no, and not a silent yes."""
    bare = Starlette(routes=ROUTES)
    for path in ("/stream", "/async"):
        with pytest.raises(PrivacyError, match="did not come through the gate"):
            TestClient(bare).get(path)


LAYOUT = '<html lang="{{ language }}"><title>{{ title }}</title><h6>The shop</h6>{{ content }}'


def laid_out(**options: Any) -> Any:
    """Return the preference page of a shop with a layout."""
    environment = Environment(loader=DictLoader({"layout.html": LAYOUT, "wrong.html": ""}), autoescape=True)
    templates = Jinja2Templates(env=environment)
    app = Starlette(middleware=[Middleware(PrivacyMiddleware, templates=templates, **options)])
    with TestClient(app) as client:
        return client.get("/privacy/choices?lang=en")


def test_the_librarys_pages_wear_the_shops_layout(privacy: Privacy) -> None:
    """A template of the shop's own engine, without any visitor's request."""
    answer = laid_out(privacy=privacy, layout="layout.html", assets=["https://static.shop.example"])
    assert '<title>Your choices</title><h6>The shop</h6><div class="sp-page"' in answer.text
    assert "style-src 'self' https://static.shop.example;" in answer.headers["content-security-policy"]


def test_a_layout_may_be_a_function(privacy: Privacy) -> None:
    """It needs no templates."""
    answer = laid_out(
        privacy=privacy,
        layout=lambda content, title, language: f'<html lang="{language}"><title>{title}</title>{content}',
    )
    assert answer.text.startswith('<html lang="en"><title>Your choices</title><div class="sp-page"')


@pytest.mark.parametrize("layout", ["wrong.html", "nowhere.html"])
def test_a_wrong_layout_fails_at_start(privacy: Privacy, layout: str) -> None:
    """What cannot be rendered, or drops the content, ends the lifespan; a name needs an engine to look it up."""
    with pytest.raises(PageError, match=r"layout \(nl\)"):
        laid_out(privacy=privacy, layout=layout)
    with pytest.raises(PrivacyError, match="say in templates= whose"):
        PrivacyMiddleware(Starlette(), privacy, layout="layout.html")


def test_a_layout_is_read_once(privacy: Privacy, tmp_path: Path) -> None:
    """What was reviewed is what is shown, whatever happens to the file, and to the one that it extends."""
    (tmp_path / "base.html").write_text(LAYOUT, encoding="utf-8")
    (tmp_path / "layout.html").write_text('{% extends "base.html" %}', encoding="utf-8")
    layout = Middleware(PrivacyMiddleware, privacy, templates=Jinja2Templates(tmp_path), layout="layout.html")
    app = Starlette(middleware=[layout])
    check_application(app)  # which makes the middleware once more
    with TestClient(app) as client:
        for name in ("base.html", "layout.html"):
            (tmp_path / name).write_text("<p>{{ content }}", encoding="utf-8")
        assert "<h6>The shop</h6>" in client.get("/privacy/choices").text


def test_tls_that_ends_at_a_proxy(privacy: Privacy, caplog: pytest.LogCaptureFixture) -> None:
    """Where the server does not believe the proxy, refusing counts, and one line names uvicorn's option."""
    with TestClient(make_app(privacy), "http://shop.example", follow_redirects=False) as client:
        for _ in range(2):
            sent = {"Origin": "https://shop.example", "X-Forwarded-Proto": "https"}
            refused = client.post("/privacy/consent", data={"choice": "refuse"}, headers=sent)
            assert refused.status_code == 303
    [told] = [message for message in caplog.messages if "TLS ends at a proxy" in message]
    assert "--proxy-headers" in told


def test_the_librarys_own_pages_need_no_banner(client: TestClient, privacy: Privacy) -> None:
    """They are not counted among the pages that ask nobody."""
    before = privacy.gate.unasked_pages_left
    assert client.get("/privacy/choices").status_code == 200
    assert privacy.gate.unasked_pages_left == before > 0


@pytest.mark.parametrize(
    ("known", "declared"),
    [
        (Middleware(SessionMiddleware, "s", session_cookie="named", max_age=3600), ("named", "1 hour")),
        (Middleware(SessionMiddleware, "s", "placed", None), ("placed", "session")),
    ],
)
def test_a_session_that_is_not_declared_is_told_at_start(
    privacy: Privacy, known: Middleware, declared: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Starlette's own middleware shows its options; a class of the shop's may do with them what it likes."""

    class Own(SessionMiddleware):
        """Nobody knows what it makes of its options."""

    gate, own = Middleware(PrivacyMiddleware, privacy), Middleware(Own, secret_key="s", session_cookie="own")
    check_application(Starlette(middleware=[gate, known, own]))
    [told] = caplog.messages
    name, life = declared
    assert f'[cookies.{name}] with essential = true, life = "{life}" and use = "visit"' in told
