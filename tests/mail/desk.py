"""One shop's mail, asked through both shells with no server in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from shopprivacy import Privacy
from shopprivacy.asgi import ASGIGate
from shopprivacy.crypto import Keyset
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.ledger.journal import Journal
from shopprivacy.policy import Policy
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.wsgi import WSGIGate
from tests.gate.exchange import KEYSET, NOW, PURPOSES, make_policy

PREFIX = "https://shop.example/u/"
MARKETING: dict[str, Any] = {
    "newsletter": {
        "basis": "consent",
        "mail": "marketing",
        "confirm": "double_opt_in",
        "formerly": ["brief"],
    },
    "promotions": {"basis": "consent", "mail": "marketing", "channels": ["email", "post", "phone"]},
    "offers": {
        "basis": "legitimate_interest",
        "interest": "selling more of the same",
        "mail": "marketing",
        "soft_opt_in": True,
    },
}
POLICY = make_policy(purposes={**PURPOSES, **MARKETING}, mail={"url": PREFIX})


def only(purpose: str, url: str = PREFIX) -> Policy:
    """A policy whose one purpose is marketing."""
    return make_policy(
        purposes={purpose: {"basis": "consent", "mail": "marketing"}}, cookies={}, mail={"url": url}
    )


FORM = {"content-type": "application/x-www-form-urlencoded"}
AN = "an@example.nl"


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The only field of a name; None: there is none."""
        found = [value for key, value in self.headers if key.lower() == name]
        assert len(found) < 2
        return found[0] if found else None

    @property
    def text(self) -> str:
        """The page."""
        return self.body.decode()


@dataclass
class Desk:
    """A shop, its clock, and what it has sent."""

    privacy: Privacy
    shell: str = "wsgi"
    time: datetime = NOW
    sent: list[EmailMessage] = field(default_factory=list)
    mount: str = ""

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        fields: Mapping[str, str] | None = None,
        *,
        length: int | None = -1,
    ) -> Reply:
        """Send a request; ``length`` is what it declares of its body, None: nothing (chunked).

        Where that is more than there is the connection is lost: through ASGI nobody is answered then, status 0.
        """
        declared = len(body) if length == -1 else length
        return _SHELLS[self.shell](self.privacy, method, path, body, dict(fields or {}), declared, self.mount)

    def get(self, path: str, fields: Mapping[str, str] | None = None) -> Reply:
        """Look at a page."""
        return self.ask("GET", path, fields=fields)

    def post(self, path: str, *pairs: tuple[str, str]) -> Reply:
        """Send a form."""
        return self.ask("POST", path, urlencode(pairs).encode(), FORM)

    def path(self, address: str = AN, purpose: str | None = "newsletter") -> str:
        """The path of an unsubscribe link."""
        return "/u/" + self.privacy.mail.link(address, purpose).removeprefix(PREFIX)

    def confirm(self, address: str, purpose: str) -> None:
        """Say yes as the link in a mail does."""
        mail = self.privacy.mail
        how = CollectionMethod.PREFERENCE_PAGE
        yes = mail.marketing.sign_up(mail.subject(address), purpose, at=self.time, how=how)
        self.privacy.ledger.append([yes])

    def rows(self) -> list[Entry]:
        """What the ledger holds."""
        return [row.entry for row in self.privacy.ledger.store.rows() if row.entry]

    def said(self) -> list[tuple[str | None, str, str]]:
        """Purpose, action and collection method of each row."""
        return [(entry.purpose, entry.action.value, entry.how.value) for entry in self.rows()]


@contextmanager
def desk(
    shell: str = "wsgi",
    *,
    policy: Policy = POLICY,
    store: Any = None,
    journal: Journal | None = None,
    transport: bool = True,
    keyset: Keyset = KEYSET,
    **options: Any,
) -> Iterator[Desk]:
    """Open a shop, and close it at the end."""
    opened: Desk | None = None

    def now() -> datetime:
        return opened.time if opened else NOW

    privacy = Privacy(
        policy, keyset=keyset, store=store or MemoryStore(), journal=journal, clock=now, **options
    )
    opened = Desk(privacy, shell)
    if transport:
        privacy.mail.transport = opened.sent.append
    try:
        yield opened
    finally:
        privacy.close()


def _through_wsgi(
    privacy: Privacy,
    method: str,
    path: str,
    body: bytes,
    fields: dict[str, str],
    length: int | None,
    mount: str,
) -> Reply:
    path, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": mount,
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(body),
        "HTTP_HOST": "shop.example",
        "REMOTE_ADDR": "127.0.0.1",
    }
    if length is not None:
        environ["CONTENT_LENGTH"] = str(length)
    else:
        environ["wsgi.input_terminated"] = True
    for name, value in fields.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    answered: list[Any] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        answered.extend([int(status[:3]), headers])
        return lambda _data: None

    sent = b"".join(WSGIGate(_no_shop, privacy)(environ, start_response))
    return Reply(answered[0], answered[1], sent)


def _through_asgi(
    privacy: Privacy,
    method: str,
    path: str,
    body: bytes,
    fields: dict[str, str],
    length: int | None,
    mount: str,
) -> Reply:
    path, _, query = path.partition("?")
    headers = [(b"host", b"shop.example"), *((k.encode(), v.encode()) for k, v in fields.items())]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    scope = {
        "type": "http",
        "method": method,
        "scheme": "https",
        "path": mount + path,
        "root_path": mount,
        "query_string": query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    parts = [body[at : at + 50_000] for at in range(0, len(body), 50_000)] or [b""]
    sent: list[Any] = []

    is_lost = length is not None and length > len(body)

    async def receive() -> Any:
        if not parts:
            return {"type": "http.disconnect"}
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts) or is_lost}

    async def send(message: Any) -> None:
        sent.append(message)

    async def at_once(function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)

    exchange = ASGIGate(_no_shop, privacy, in_thread=at_once)(scope, receive, send)
    with suppress(StopIteration):
        exchange.send(None)
    if not sent:
        return Reply(0, [], b"")
    start, end = sent
    return Reply(start["status"], [(k.decode(), v.decode()) for k, v in start["headers"]], end["body"])


def _no_shop(*_: Any) -> Any:
    raise AssertionError("the shop was asked")


_SHELLS = {"wsgi": _through_wsgi, "asgi": _through_asgi}
SHELLS = tuple(_SHELLS)
