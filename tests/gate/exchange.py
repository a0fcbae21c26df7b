"""One request through a gate and back, by way of the WSGI or the ASGI shell, with no server in between."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.responses import Response

from shopprivacy.asgi import ASGIGate
from shopprivacy.consent.choices import (
    Answer,
    BrowserPolicy,
    Choice,
    Choices,
    ConsentStatuses,
    SaidNo,
    Withdrawals,
)
from shopprivacy.consent.context import CONSENT_KEY, ConsentContext
from shopprivacy.consent.cookie import COOKIE_NAME, encode
from shopprivacy.crypto import Keyset
from shopprivacy.gate.cookie_rules import Blocked, Noticed
from shopprivacy.gate.gate import Gate
from shopprivacy.http.request_head import Fields, RequestHead
from shopprivacy.policy import Policy
from shopprivacy.wsgi import WSGIGate
from tests.browser_jar import Jar

if TYPE_CHECKING:
    from shopprivacy.pages.endpoints import Endpoint

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://www.shop.example/cart"


def counting_bytes() -> Any:
    """Return a source of bytes that never repeats itself and never surprises a test."""
    state = 0

    def draw(count: int) -> bytes:
        nonlocal state
        state += 1
        return state.to_bytes(2) * (count // 2) + b"\x00" * (count % 2)

    return draw


KEYSET = Keyset.generate(counting_bytes(), NOW)

PURPOSES: dict[str, Any] = {
    "orders": {"basis": "contract"},
    "statistics": {"basis": "consent"},
    "ads": {"basis": "consent"},
    "counting": {"basis": "legitimate_interest", "interest": "knowing what works"},
}
COOKIES: dict[str, Any] = {
    "cart": {"purpose": "orders", "essential": True, "life": "30 days"},
    "lb": {"essential": True, "life": "session"},
    "_ga": {"purpose": "statistics", "life": "13 months"},
    "_ga_*": {"purpose": "statistics", "life": "1 day"},
    "_ga_cart": {"purpose": "orders", "essential": True, "life": "1 day"},
    "ads": {
        "purpose": "ads",
        "life": "90 days",
        "paths": ["/", "/shop"],
        "domains": ["example.shop.example"],
    },
    "__Host-ad": {"purpose": "ads", "life": "session"},
    "__Secure-ad": {"purpose": "ads", "life": "session", "partitioned": True},
    "_pk": {"purpose": "counting", "exempt": "Tw 11.7a(3)(b)", "life": "30 days"},
}


def make_policy(**changes: Any) -> Policy:
    """Return a small shop's policy with ``changes`` to it."""
    values: dict[str, Any] = {
        "effective": date(2026, 1, 1),
        "jurisdiction": "NL",
        "languages": ["nl", "fr", "de", "en"],
        "controller": {"name": "Shop", "address": "Street 1", "email": "p@shop.example"},
        "purposes": PURPOSES,
        "cookies": COOKIES,
    }
    return Policy(**{**values, **changes})


def choices(policy: Policy, at: datetime = NOW, **answers: Choice) -> Choices:
    """Return choices for purposes by name."""
    return choices_of(policy, answers, at)


def choices_of(policy: Policy, answers: Mapping[str, Choice], at: datetime = NOW) -> Choices:
    """Return choices for purposes by name, whatever the names are."""
    gate = Gate(policy, KEYSET)
    given = {policy.purpose_id(name): Answer(choice, int(at.timestamp())) for name, choice in answers.items()}
    return Choices(gate.browser.stamp, given)


def consent_pair(chosen: Choices) -> bytes:
    """Return the consent cookie as a browser sends it."""
    return f"{COOKIE_NAME}={encode(chosen, KEYSET)}".encode()


@dataclass
class Shop:
    """An application that sets the cookies it is told to, and remembers what reached it."""

    sets: Sequence[bytes] = ()
    fields: Fields = field(default_factory=list)
    asks: Sequence[str] = ()
    seen: bytes | None = None
    answers: dict[str, bool] = field(default_factory=dict)

    def answer(self, cookie: bytes | None, visit: ConsentContext) -> Fields:
        self.seen = cookie
        self.answers = {name: visit.allows(name) for name in self.asks}
        return [*self.fields, *((b"set-cookie", value) for value in self.sets)]

    def wsgi(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        cookie = environ.get("HTTP_COOKIE")
        fields = self.answer(None if cookie is None else cookie.encode("latin-1"), environ[CONSENT_KEY])
        start_response("200 OK", [(k.decode("latin-1"), v.decode("latin-1")) for k, v in fields])
        return [b"page"]

    async def asgi(self, scope: Any, receive: Any, send: Any) -> None:
        cookies = [value for key, value in scope["headers"] if key == b"cookie"]
        assert len(cookies) <= 1, "crumbs reach no application"
        fields = self.answer(cookies[0] if cookies else None, scope[CONSENT_KEY])
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": b"page"})


@dataclass
class Host:
    """The service behind a shell, with a clock that stands still."""

    gate: Gate
    time: datetime = NOW
    reported: list[tuple[str, str]] = field(default_factory=list)
    noticed: list[Noticed] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    watch = None

    def endpoint(self, head: RequestHead) -> Endpoint | None:
        return None

    def resume(self) -> None:
        self.told.append("resume")

    def suspend(self) -> None:
        self.told.append("suspend")

    def answer(
        self, endpoint: Endpoint, consent: ConsentContext, body: bytes, customer: Callable[[], object | None]
    ) -> Response:
        raise LookupError

    def report(self, noticed: Sequence[Noticed]) -> None:
        self.noticed.extend(noticed)
        self.reported.extend((item.name, item.why.name) for item in noticed if isinstance(item, Blocked))


def through_wsgi(
    shop: Shop, host: Host, cookies: Sequence[bytes], headers: Mapping[str, str] | None = None, url: str = URL
) -> Fields:
    """Send one request through the WSGI shell; a WSGI server has joined the Cookie fields already."""
    parts = urlsplit(url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": BytesIO(),
        "HTTP_HOST": parts.netloc,
        "REMOTE_ADDR": "127.0.0.1",
    }
    if cookies:
        environ["HTTP_COOKIE"] = b"; ".join(cookies).decode("latin-1")
    for name, value in (headers or {}).items():
        environ["HTTP_" + name.upper().replace("-", "_")] = value
    answered: Fields = []

    def start_response(status: str, fields: list[tuple[str, str]], exc_info: Any = None) -> Any:
        answered[:] = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in fields]
        return lambda _data: None

    assert b"".join(WSGIGate(shop.wsgi, host)(environ, start_response)) == b"page"
    return answered


def through_asgi(
    shop: Shop, host: Host, cookies: Sequence[bytes], headers: Mapping[str, str] | None = None, url: str = URL
) -> Fields:
    """Send one request through the ASGI shell, its Cookie fields as they came."""
    parts = urlsplit(url)
    fields = [(b"host", parts.netloc.encode()), *((b"cookie", value) for value in cookies)]
    fields += [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": parts.scheme,
        "path": parts.path,
        "query_string": parts.query.encode(),
        "headers": fields,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    _run(ASGIGate(shop.asgi, host)(scope, receive, send))
    start, body = sent
    assert body["body"] == b"page"
    return list(start["headers"])


def _run(exchange: Coroutine[Any, Any, None]) -> None:
    """Run to its end what waits for nothing; a loop would cost more than all the rest."""
    try:
        exchange.send(None)
    except StopIteration:
        return
    exchange.close()
    raise AssertionError("the exchange waited for something")


SHELLS = {"wsgi": through_wsgi, "asgi": through_asgi}


def set_cookies(fields: Fields) -> list[bytes]:
    """Return the Set-Cookie fields among ``fields``."""
    return [value for key, value in fields if key.lower() == b"set-cookie"]


def value_of(fields: Fields, name: bytes) -> bytes | None:
    """Return the values of a field, joined; None where it is absent."""
    found = [value for key, value in fields if key.lower() == name]
    return b", ".join(found) if found else None


@dataclass
class Browser:
    """A visitor with a jar, whose requests go through one of the shells."""

    host: Host
    shell: str
    jar: Jar = field(default_factory=Jar)

    def get(self, shop: Shop, url: str = URL, headers: Mapping[str, str] | None = None) -> Fields:
        """Load a page: send what the jar holds, keep what comes back."""
        cookie = self.jar.cookie_header(url, self.host.time)
        fields = SHELLS[self.shell](shop, self.host, [cookie] if cookie else [], headers, url)
        self.jar.store(set_cookies(fields), url, self.host.time)
        return fields

    def plant(self, *fields: bytes, url: str = URL) -> None:
        """Keep cookies from before the gate was there, or from somewhere that it does not stand."""
        self.jar.store(fields, url, self.host.time)

    def choose(self, chosen: Choices) -> None:
        """Hold this consent cookie."""
        self.plant(consent_pair(chosen) + b"; Path=/; Secure; Max-Age=15552000")

    def names(self) -> set[str]:
        """Return what the jar holds, the consent cookie aside."""
        return {name.decode() for name in self.jar.names(self.host.time)} - {COOKIE_NAME}


def elsewhere(closed: Mapping[str, int] | None) -> Withdrawals | None:
    """Return what an account said no to, by purpose with when (POSIX seconds), as a feed knows it."""
    if closed is None:
        return None
    return {name.encode().ljust(6)[:6]: SaidNo(name, at) for name, at in closed.items()}


def statuses(
    browser: BrowserPolicy,
    choices: Choices | None,
    now: datetime,
    *,
    signal: bool,
    withdrawals: Mapping[str, int] | None,
) -> ConsentStatuses:
    """Return how purposes stand where every heeded signal is on or off, and the account has closed these."""
    fields = dict.fromkeys(browser.signal_fields, "1") if signal else {}
    return ConsentStatuses(browser, choices, fields.get, lambda _account: elsewhere(withdrawals), now)
