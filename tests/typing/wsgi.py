"""A shop on plain WSGI as its owner types it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_type
from wsgiref.simple_server import make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from markupsafe import Markup

from shopprivacy import Privacy
from shopprivacy.consent.context import ConsentContext
from shopprivacy.wsgi import WSGIGate, check_application

privacy = Privacy.from_file("privacy.toml", keys="keys.json", store="sqlite:///privacy.sqlite3")
assert_type(privacy, Privacy)


def shop(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    consent: ConsentContext = environ["shopprivacy.consent"]
    assert_type(consent.allows("statistics"), bool)
    assert_type(privacy.banner(consent, "nl"), Markup)
    privacy.sign_in(consent, 7)
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [privacy.banner(consent).encode()]


def customer(environ: WSGIEnvironment) -> str | None:
    return environ.get("REMOTE_USER")


application: WSGIApplication = WSGIGate(shop, privacy, customer)
check_application(application, outside=[dict])
make_server("127.0.0.1", 8000, WSGIGate(shop, privacy))


async def asgi_shop(scope: object, receive: object, send: object) -> None: ...


def check_mistakes(consent: ConsentContext) -> None:
    WSGIGate(asgi_shop, privacy)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    WSGIGate(shop)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    WSGIGate(shop, "privacy.toml")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    consent.allows(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    privacy.banner("nl")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    privacy.sign_in(consent)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
