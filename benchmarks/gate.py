"""What the whole gate costs on a raw application, beside Starlette's signed session cookie.

    python -m benchmarks.gate [--quick]

The peer is the cost that SessionMiddleware adds to the same raw ASGI application for a valid cookie. The gate works
for 10,000 visitors with a signed consent each, none of them seen before, and for 1,000 who come back, whose consent the
gate keeps as read; with ten cookies in the request and a policy of thirty names. A no-op middleware stands beside.
Printed are medians of per-round ratios; absolute times mean little here.
"""

from __future__ import annotations

import secrets
import sys
from base64 import b64encode
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import UTC, date, datetime
from itertools import cycle
from typing import Any

from itsdangerous import TimestampSigner
from starlette.middleware.sessions import SessionMiddleware

from benchmarks.rounds import rounds_of, typical
from shopprivacy.asgi import ASGIGate
from shopprivacy.consent.choices import Answer, BrowserPolicy, Choice, Choices
from shopprivacy.consent.cookie import encode
from shopprivacy.crypto import Keyset
from shopprivacy.gate.gate import Gate
from shopprivacy.pages.endpoints import Endpoints
from shopprivacy.policy import Policy
from shopprivacy.wsgi import WSGIGate

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
VISITORS = 10_000
FEW = 1_000
KEYSET = Keyset.generate(secrets.token_bytes, NOW)
POLICY = Policy(
    effective=date(2026, 1, 1),
    jurisdiction="NL",
    languages=["nl"],
    controller={"name": "Shop", "address": "Street 1", "email": "p@shop.example"},
    purposes={
        "orders": {"basis": "contract"},
        "statistics": {"basis": "consent"},
        "advertising": {"basis": "consent"},
        "videos": {"basis": "consent"},
    },
    cookies={
        **{f"essential{n}": {"purpose": "orders", "essential": True, "life": "1 day"} for n in range(10)},
        **{f"_s{n}": {"purpose": "statistics", "life": "13 months"} for n in range(9)},
        "_ga_*": {"purpose": "statistics", "life": "13 months"},
        **{f"_a{n}": {"purpose": "advertising", "life": "90 days"} for n in range(10)},
    },
)
GATE = Gate(POLICY, KEYSET)
TEN = "; ".join(
    [f"essential{n}=value-{n}" for n in range(5)] + [f"_s{n}=GA1.2.{n}.1767225600" for n in range(4)]
)
SECRET = "benchmark-secret"


class Service:
    """What every request passes: the gate, and the look whether it asks for one of the library's own pages."""

    gate = GATE
    endpoint = Endpoints(POLICY, GATE, KEYSET).find
    watch = None

    def now(self) -> datetime:
        return NOW

    def answer(self, endpoint: object, consent: object, body: bytes) -> Any:
        raise LookupError

    def report(self, blocked: object) -> None:
        return None

    def resume(self) -> None:
        raise LookupError

    def suspend(self) -> None:
        raise LookupError


def consents(
    count: int,
    policy: Policy = POLICY,
    keyset: Keyset = KEYSET,
    *,
    granted: Collection[str] = ("statistics",),
    account: bytes = b"",
    now: datetime = NOW,
) -> list[bytes]:
    """Return the consent cookies of as many visitors, who all granted the same and refused the rest."""
    browser = BrowserPolicy(policy)
    at = int(now.timestamp()) - 1000
    answers = {
        policy.purpose_id(name): Answer(Choice.GRANTED if name in granted else Choice.REFUSED, at)
        for name, purpose in browser.purposes.items()
        if purpose.by_consent
    }
    return [
        b"__Host-consent="
        + encode(
            Choices(browser.stamp, answers, consent_id=number.to_bytes(16), account=account), keyset
        ).encode()
        for number in range(count)
    ]


async def raw(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": b"page"})


def noop(app: Any) -> Any:
    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return middleware


async def receive() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(_message: Any) -> None:
    return None


def asgi(app: Callable[..., Awaitable[None]], cookies: Iterable[bytes]) -> Callable[[], object]:
    """Return a case: one request to ``app``, driven without a loop since nothing in it waits."""
    each = cycle(cookies)
    fields = [(b"host", b"shop.example"), (b"user-agent", b"Mozilla/5.0"), (b"accept", b"text/html")]

    def request() -> None:
        scope = {
            "type": "http",
            "method": "GET",
            "scheme": "https",
            "path": "/",
            "query_string": b"",
            "headers": [*fields, (b"cookie", next(each))],
            "client": ("192.0.2.1", 1),
            "server": ("192.0.2.2", 443),
        }
        try:
            app(scope, receive, send).__await__().send(None)
        except StopIteration:
            return
        raise RuntimeError("the application waited")

    return request


def raw_wsgi(_environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"page"]


def wsgi(app: Any, cookies: Iterable[bytes]) -> Callable[[], object]:
    """Return a case: one request to a WSGI ``app``."""
    each = cycle([cookie.decode("latin-1") for cookie in cookies])

    def start_response(_status: str, _headers: Any, _exc_info: Any = None) -> Any:
        return None

    def request() -> None:
        environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/",
            "QUERY_STRING": "",
            "wsgi.url_scheme": "https",
            "HTTP_HOST": "shop.example",
            "HTTP_COOKIE": next(each),
            "REMOTE_ADDR": "192.0.2.1",
        }
        app(environ, start_response)

    return request


def session_cookie() -> bytes:
    data = b64encode(b'{"user": 12345, "cart": [1, 2, 3], "language": "nl"}')
    return b"session=" + TimestampSigner(SECRET).sign(data) + b"; " + TEN.encode()


def cases(visitors: int) -> dict[str, Callable[[], object]]:
    """Return the cases of as many returning visitors."""
    consented = [TEN.encode() + b"; " + consent for consent in consents(visitors)]
    session = SessionMiddleware(raw, SECRET)
    return {
        "raw ASGI": asgi(raw, consented),
        "raw WSGI": wsgi(raw_wsgi, consented),
        "no-op": asgi(noop(raw), consented),
        "SessionMiddleware": asgi(session, [session_cookie()]),
        "gate, ASGI, returning": asgi(ASGIGate(raw, Service()), consented),
        "gate, WSGI, returning": wsgi(WSGIGate(raw_wsgi, Service()), consented),
        "gate, ASGI, no consent cookie": asgi(ASGIGate(raw, Service()), [TEN.encode()]),
        "gate, ASGI, two essential cookies": asgi(ASGIGate(raw, Service()), [b"essential1=a; essential2=b"]),
    }


def distinct(visitors: int) -> dict[str, Callable[[], object]]:
    """Return the cases of as many visitors, none of whom has been here before: each signature is checked."""
    forgetful = Service()
    forgetful.gate = Gate(POLICY, KEYSET)
    forgetful.gate.read_consent = forgetful.gate.read_consent.__wrapped__  # type: ignore[assignment]
    consented = [TEN.encode() + b"; " + consent for consent in consents(visitors)]
    return {
        "gate, ASGI, distinct": asgi(ASGIGate(raw, forgetful), consented),
        "gate, WSGI, distinct": wsgi(WSGIGate(raw_wsgi, forgetful), consented),
    }


def main() -> None:
    """Measure and print."""
    rounds, calls = (5, 2_000) if "--quick" in sys.argv else (41, 10_000)
    every = {**cases(FEW), **distinct(VISITORS)}
    measured = rounds_of(every, rounds=rounds, calls=calls)

    def added(name: str, bare: str) -> float:
        return typical(measured, lambda r: (r[name] - r[bare]) / (r["SessionMiddleware"] - r["raw ASGI"]))

    print("cost added, as a share of what SessionMiddleware adds to the same raw ASGI application")
    for name in every:
        if name.startswith("gate") or name == "no-op":
            bare = "raw WSGI" if "WSGI" in name else "raw ASGI"
            print(f"  {name:36} {added(name, bare):5.2f}")
    microseconds = typical(measured, lambda r: r["SessionMiddleware"] - r["raw ASGI"]) / 1000
    print(f"  (SessionMiddleware adds {microseconds:.1f} us here)")


if __name__ == "__main__":
    main()
