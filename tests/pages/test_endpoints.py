"""Which addresses are the library's, and what they answer: shop.md's routes, specs/cookies.md 'Consent'."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

import pytest
from starlette.responses import Response

from shopprivacy.errors import StoreDown
from shopprivacy.http.effects import Effects, World
from shopprivacy.http.form import LIMIT
from shopprivacy.http.page import ErrorPage
from shopprivacy.http.response import respond
from shopprivacy.http.routes import RequestContext, Route, Routes, at_once
from shopprivacy.pages.endpoints import Endpoint
from shopprivacy.pages.static_files import STATIC_FILES, StaticFile
from tests.gate.exchange import make_policy
from tests.http.heads import head
from tests.pages.desk import Desk, fields_of, text_of


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/privacy",
        "/privacy/",
        "/privacy/request",
        "/privacy/choices/",
        "/Privacy/choices",
        "/privacy/consent/x",
    ],
)
def test_only_our_own_paths_are_ours(path: str) -> None:
    """Everything else reaches the shop, its statement under /privacy among it."""
    assert Desk().endpoints.find(head("GET", path)) is None


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/privacy/choices", "GET, HEAD, POST"),
        ("/privacy/consent", "POST"),
        ("/privacy/cookies", "GET, HEAD"),
        *((path, "GET, HEAD") for path in STATIC_FILES),
        ("/privacy/undecided", "GET, HEAD"),
        ("/.well-known/gpc.json", "GET, HEAD"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_refused_by_name(path: str, allowed: str, method: str) -> None:
    """Any other method is 405 and is told what would be right; nothing changes."""
    desk = Desk()
    reply = desk.ask(method, path, b"choice=accept", fields={"sec-fetch-site": "same-origin"})
    assert reply.status_code == 405
    assert fields_of(reply)["allow"] == allowed
    assert desk.effects == []
    assert desk.choices is None


def test_the_banners_address_is_not_a_page() -> None:
    """GET on the banner's address changes nothing: 405."""
    assert Desk().ask("GET", "/privacy/consent?choice=accept").status_code == 405


@pytest.mark.parametrize(
    "path",
    ["/privacy/choices", "/privacy/cookies", "/privacy/undecided", *STATIC_FILES, "/.well-known/gpc.json"],
)
def test_head_answers_as_get_does(path: str) -> None:
    """HEAD has the fields of GET; the shell leaves the body out."""
    desk = Desk()
    with_head, with_get = desk.ask("HEAD", path), desk.ask("GET", path)
    assert with_head.status_code == with_get.status_code == 200
    assert with_head.raw_headers == with_get.raw_headers
    assert with_head.body == with_get.body


def test_reading_a_page_records_nothing() -> None:
    """Page views add no row and take no turn."""
    desk = Desk()
    for path in ("/privacy/choices", "/privacy/cookies"):
        desk.get(path)
    desk.banner()
    assert desk.effects == []
    assert desk.choices is None


@pytest.mark.parametrize("length", [str(LIMIT + 1), "9" * 400])
def test_a_body_declared_too_large_is_not_read(length: str) -> None:
    """Where more is declared than we take, the shell is told to read nothing."""
    endpoint = Desk().endpoints.find(head("POST", "/privacy/consent", content_length=length))
    assert isinstance(endpoint, Endpoint)
    assert endpoint.declares_too_much


@pytest.mark.parametrize("length", [None, "", "17", "0", "-1", "1_0", str(LIMIT)])
def test_any_other_body_is_read_up_to_the_limit(length: str | None) -> None:
    """A body that is within the limit, or of unknown length, is read up to it."""
    endpoint = Desk().endpoints.find(head("POST", "/privacy/consent", content_length=length))
    assert isinstance(endpoint, Endpoint)
    assert endpoint.body_limit == LIMIT == 16 * 1024


def test_too_much_is_answered_with_a_page() -> None:
    """Over the limit the answer is 413, in the visitor's language."""
    desk = Desk()
    request = head("POST", "/privacy/consent", accept_language="en")
    endpoint = desk.endpoints.find(request)
    assert isinstance(endpoint, Endpoint)
    reply = endpoint.too_large(desk.visit(request))
    assert reply.status_code == 413
    assert b"more than we accept" in bytes(reply.body)


def test_a_body_that_was_cut_off_is_answered_with_a_page() -> None:
    """A body that did not come whole is 400, in the visitor's language, and no part of it is read."""
    desk = Desk()
    request = head("POST", "/privacy/consent", accept_language="en")
    endpoint = desk.endpoints.find(request)
    assert isinstance(endpoint, Endpoint)
    reply = endpoint.cut_off(desk.visit(request))
    assert reply.status_code == 400
    assert b'lang="en"' in bytes(reply.body)
    assert desk.effects == []


@pytest.mark.parametrize(
    ("mount", "url"), [("/Xx/~a@b:1", "/Xx/~a@b:1/p"), ("//x/", "/x/p"), ("/a b?", "/a%20b%3F/p")]
)
def test_a_link_is_below_the_mount(mount: str, url: str) -> None:
    """As it stands, but for what a path cannot have (RFC 3986, section 3.3), and never to another host."""
    assert head(mount=mount).url("/p") == url


@pytest.mark.parametrize("mount", ["/shop", "/shop/", "//shop", "/caf\u00e9"])
def test_mounted_below_a_path_every_link_stays_below_it(mount: str) -> None:
    """Pages, banner, forms and the way back lead to where the shop is, and never to another host."""
    desk = Desk(mount=mount)
    below = f"/{quote(mount.strip('/'))}/"
    pages = [desk.get("/privacy/choices"), desk.get("/privacy/cookies"), desk.banner("/cart")]
    for page in (*pages, text_of(desk.post([]))):
        links = re.findall(r'(?:href|action|name="next" value)="([^"]*)"', page)
        assert links
        assert [link for link in links if not link.startswith((below, "mailto:"))] == []
    for target in ("//evil.example", below + "cart"):
        location = fields_of(desk.post([("choice", "refuse"), ("next", target)]))["location"]
        assert location == (below if target.startswith("//") else target)


@pytest.mark.parametrize(("heeded", "claimed"), [("object", True), ("ignore", False)])
def test_the_site_says_whether_it_heeds_global_privacy_control(heeded: str, *, claimed: bool) -> None:
    """/.well-known/gpc.json claims support only where the policy heeds the signal, since when it holds."""
    reply = Desk(make_policy(signals={"gpc": heeded})).ask("GET", "/.well-known/gpc.json")
    assert json.loads(bytes(reply.body)) == {"gpc": claimed, "lastUpdate": "2026-01-01"}
    assert reply.status_code == 200
    assert reply.raw_headers == [
        (b"content-type", b"application/json"),
        (b"cache-control", b"max-age=3600"),
        (b"content-length", b"%d" % len(reply.body)),
    ]


@pytest.mark.parametrize("file", STATIC_FILES.values(), ids=STATIC_FILES)
def test_a_file_is_kept_for_a_year_under_its_own_version_only(file: StaticFile) -> None:
    """Only the address with our version may be kept: another worker's version may be asked of us."""
    desk = Desk()
    reply = desk.ask("GET", file.url)
    assert reply.body == file.content
    assert reply.status_code == 200
    assert reply.raw_headers == [
        (b"content-type", f"{file.media_type}; charset=utf-8".encode()),
        (b"cache-control", b"public, max-age=31536000, immutable"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-length", b"%d" % len(file.content)),
    ]
    for query in ("", "?v=00000000"):
        assert fields_of(desk.ask("GET", f"{file.path}{query}"))["cache-control"] == "no-cache"


def test_a_banner_that_was_answered_can_be_found_out() -> None:
    """A page that the browser had kept asks what is undecided now; the answer is kept nowhere."""
    desk = Desk()
    reply = desk.ask("GET", "/privacy/undecided")
    assert json.loads(bytes(reply.body)) == {"undecided": ["statistics", "ads"]}
    assert fields_of(reply)["cache-control"] == "no-store"
    desk.post([("choice", "accept"), ("asked", "statistics")])
    assert json.loads(bytes(desk.ask("GET", "/privacy/undecided").body)) == {"undecided": ["ads"]}


@pytest.mark.parametrize("file", STATIC_FILES.values(), ids=STATIC_FILES)
def test_no_file_loads_anything_or_moves_anything(file: StaticFile) -> None:
    """No import, no URL elsewhere, no comment, and no motion for anyone."""
    text = file.content.decode()
    for unwanted in ("@import", "url(", "/*", "@keyframes", "animation", "transition", "http"):
        assert unwanted not in text


def test_every_page_names_all_ways_to_reach_the_controller() -> None:
    """Name, address, e-mail, telephone and contact page stand under every page (GDPR art. 13(1)(a))."""
    controller = {"name": "Shop & Co", "address": "Street 1", "phone": "+31 20 123", "page": "/contact"}
    page = Desk(make_policy(controller=controller)).get("/privacy/cookies?lang=en")
    assert "Shop &amp; Co<br>Street 1<br>+31 20 123<br>/contact</p>" in page
    assert "mailto:" not in page
    assert '<a href="mailto:p@shop.example">' in Desk().get("/privacy/cookies")


@dataclass
class Ping:
    """A domain as the next one will be: a route under a prefix, and an effect that acts on its own store."""

    kept: list[tuple[str, datetime]] = field(default_factory=list)

    def routes(self) -> Routes[RequestContext, World]:
        small = Route({"POST": self._keep}, body_limit=4, too_large=self._too_large, cut_off=self._cut_off)
        return Routes({"/ping": small}, {"/ping/": lambda name: Route({"GET": self._shown(name)})})

    def _shown(self, name: str) -> Callable[[RequestContext, bytes], Effects[World]]:
        return at_once(lambda context: respond(200, [], f"{name} of {context.head.url('/ping')}".encode()))

    def _keep(self, _context: RequestContext, body: bytes) -> Effects[World]:
        yield _KeepPing(self, body.decode())
        return ErrorPage("too_many", 429)

    def _too_large(self, _context: RequestContext) -> Response:
        return respond(413, [], b"smaller")

    def _cut_off(self, _context: RequestContext) -> Response:
        return respond(400, [], b"all of it")


@dataclass(frozen=True)
class _KeepPing:
    ping: Ping
    name: str

    def perform(self, world: World) -> None:
        self.ping.kept.append((self.name, world.now()))


def test_a_domain_brings_its_routes() -> None:
    """Exact and below a prefix, with limits and answers of its own; its short pages are the library's."""
    ping = Ping()
    desk = Desk(tables=[ping.routes()], mount="/shop")
    assert text_of(desk.ask("GET", "/ping/a/b")) == "a/b of /shop/ping"
    assert desk.ask("HEAD", "/ping/a/b").status_code == 200
    assert fields_of(desk.ask("POST", "/ping/a"))["allow"] == "GET, HEAD"
    sent = desk.ask("POST", "/ping", b"name", {"accept-language": "en"})
    assert (sent.status_code, fields_of(sent)["content-language"]) == (429, "en")
    assert ping.kept == [("name", desk.now)]
    assert desk.endpoints.find(head("GET", "/ping/")) is None
    request = head("POST", "/ping", {"content-length": "5"})
    endpoint = desk.endpoints.find(request)
    assert endpoint is not None
    assert endpoint.declares_too_much
    assert text_of(endpoint.too_large(desk.visit(request))) == "smaller"
    assert text_of(endpoint.cut_off(desk.visit(request))) == "all of it"
    fitting = desk.endpoints.find(head("POST", "/ping", {"content-length": "4"}))
    assert fitting is not None
    assert fitting.body_limit == 4


def _posted(route: Route[RequestContext, World], **fields: str) -> int:
    desk = Desk(tables=[Routes({"/ping": route})])
    status: int = desk.ask(
        "POST", "/ping", b"", {name.replace("_", "-"): value for name, value in fields.items()}
    ).status_code
    return status


def test_what_another_site_posts_reaches_no_domain_unless_it_is_open_to_all() -> None:
    """Before the endpoint sees it: Fetch Metadata and Origin decide, and one that is open to all judges by itself."""

    def done(_context: RequestContext) -> Response:
        return respond(200, [], b"done")

    methods: dict[str, Callable[[RequestContext, bytes], Effects[World]]] = {"POST": at_once(done)}
    closed: Route[RequestContext, World] = Route(methods)
    opened: Route[RequestContext, World] = Route(methods, open_to_all=True)
    for forged in ({"sec_fetch_site": "cross-site"}, {"origin": "https://evil.example"}):
        assert _posted(closed, **forged) == 403
        assert _posted(opened, **forged) == 200
    assert _posted(closed, sec_fetch_site="same-origin") == 200


def test_a_store_that_is_down_is_an_answer_to_every_domain() -> None:
    """An endpoint that does not catch it answers 503, with the time at which to come back."""

    def fails(_context: RequestContext, _body: bytes) -> Effects[World]:
        yield _Failing()
        return respond(200, [], b"never")

    reply = Desk(tables=[Routes({"/ping": Route({"GET": fails})})]).ask("GET", "/ping")
    assert reply.status_code == 503
    assert fields_of(reply)["retry-after"] == "60"


class _Failing:
    def perform(self, _world: World) -> None:
        raise StoreDown("made up")


def test_a_prefix_may_leave_a_path_to_the_shop() -> None:
    """A domain that has nothing at a path below its prefix says so, and the shop answers."""

    def shown(_context: RequestContext) -> Response:
        return respond(200, [], b"own")

    own: Route[RequestContext, World] = Route({"GET": at_once(shown)})
    routes: Routes[RequestContext, World] = Routes(
        prefixes={"/u/": lambda rest: own if rest == "token" else None}
    )
    desk = Desk(tables=[routes])
    assert desk.endpoints.find(head("GET", "/u/token")) is not None
    assert desk.endpoints.find(head("GET", "/u/users")) is None
