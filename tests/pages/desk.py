"""The library's own endpoints at work: requests go in, a double of the world is lent to effects, replies come out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from starlette.responses import Response

from shopprivacy.consent.choices import Choice, Choices
from shopprivacy.consent.cookie import COOKIE_NAME, decode
from shopprivacy.decision.state import WIDENING
from shopprivacy.errors import StoreDown
from shopprivacy.gate.gate import Gate
from shopprivacy.gate.request_filter import Passage
from shopprivacy.gate.response_filter import release
from shopprivacy.http.effects import Effect, Kind, RandomBytes, TakeTurn, run
from shopprivacy.http.request_head import Fields, RequestHead
from shopprivacy.ledger.effects import CountRefusals, LedgerWorld, RecordChoices
from shopprivacy.ledger.entry import Entry, Row
from shopprivacy.pages.endpoints import Endpoint, Endpoints, Table
from shopprivacy.pages.page_context import raise_it
from shopprivacy.policy import Policy
from tests.gate.exchange import KEYSET, NOW, consent_pair, elsewhere, make_policy
from tests.http.heads import HeaderFields, head

FROM_OUR_PAGE: HeaderFields = {
    "content-type": "application/x-www-form-urlencoded",
    "sec-fetch-site": "same-origin",
}
Pairs = Iterable[tuple[str, str]]


@dataclass
class Desk:
    """One shop's endpoints and one visitor's consent cookie, with a clock that stands still until it is moved."""

    policy: Policy = field(default_factory=make_policy)
    now: datetime = NOW
    ledger_up: bool = True
    journal_up: bool = True
    within_limit: bool = True
    effects: list[Effect[LedgerWorld]] = field(default_factory=list)
    mount: str = ""
    """Where the shop is mounted; targets are below it."""
    choices: Choices | None = None
    """What the visitor's consent cookie says."""
    tables: Sequence[Table] = ()
    """The routes of other domains."""
    withdrawals: dict[str, int] = field(default_factory=dict)
    """Withdrawals elsewhere of the account that is signed in."""
    rows: list[Row] = field(default_factory=list)
    """What the ledger holds."""
    templates: Path | None = None
    """The shop's own."""
    failed: Callable[[Exception], object] = raise_it
    """Told what they raise."""

    def __post_init__(self) -> None:
        self.gate = Gate(self.policy, KEYSET, lambda _account: elsewhere(self.withdrawals))
        self.endpoints = Endpoints(self.policy, self.gate, KEYSET, self.tables, self.templates, self.failed)
        self.drawn = 0
        self.world = _World(self)

    def visit(self, request: RequestHead) -> Passage:
        """Return a request's way through the gate."""
        return Passage(self.gate, request, self.now)

    def head(self, method: str, target: str, fields: HeaderFields | None = None) -> RequestHead:
        """Return the head of the visitor's request, consent cookie included."""
        cookies = (consent_pair(self.choices),) if self.choices else ()
        return head(method, target, fields, cookies=cookies, mount=self.mount)

    def ask(
        self, method: str, target: str, body: bytes = b"", fields: HeaderFields | None = None
    ) -> Response:
        """Send a request for one of the library's paths and keep the consent cookie of the reply."""
        request = self.head(method, target, fields)
        endpoint = self.endpoints.find(request)
        assert isinstance(endpoint, Endpoint)
        visit = self.visit(request)
        reply = run(endpoint.answer(visit, body), self.world)
        self._keep(release(visit, reply.raw_headers))
        return reply

    def get(self, target: str, fields: HeaderFields | None = None) -> str:
        """Return the page at a path."""
        reply = self.ask("GET", target, fields=fields)
        assert reply.status_code == 200
        return text_of(reply)

    def post(
        self, pairs: Pairs, path: str = "/privacy/consent", fields: HeaderFields | None = None
    ) -> Response:
        """Send a form from a page of the shop; ``fields`` may say that it came from elsewhere."""
        body = urlencode(list(pairs)).encode()
        return self.ask("POST", path, body, {**FROM_OUR_PAGE, **(fields or {})})

    def banner(
        self, target: str = "/", language: str | None = "en", fields: HeaderFields | None = None
    ) -> str:
        """Return the banner on a page of the shop."""
        return str(self.endpoints.banner(self.visit(self.head("GET", target, fields)), language))

    def answers(self) -> dict[str, Choice]:
        """Return the visitor's answers by purpose."""
        found = self.choices.answers if self.choices else {}
        return {
            name: found[purpose.id].choice
            for name, purpose in self.gate.browser.purposes.items()
            if purpose.id in found
        }

    def entries(self) -> list[Entry]:
        """Return all rows that were to be recorded so far."""
        return [
            entry for effect in self.effects if isinstance(effect, RecordChoices) for entry in effect.entries
        ]

    def said(self) -> list[tuple[str | None, str]]:
        """Return purpose and action of these rows."""
        return [(entry.purpose, str(entry.action)) for entry in self.entries()]

    def forget_effects(self) -> None:
        """Look only at what comes after."""
        self.effects.clear()

    def _keep(self, fields: Fields) -> None:
        for key, value in fields:
            pair, _, _ = value.partition(b"; ")
            name, _, content = pair.partition(b"=")
            if key == b"set-cookie" and name == COOKIE_NAME.encode():
                self.choices = decode(content, KEYSET)


class _World:
    """What the edges lend; each loan is noted as the effect that asks for it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def now(self) -> datetime:
        return self._desk.now

    def random_bytes(self, count: int) -> bytes:
        self._desk.effects.append(RandomBytes(count))
        self._desk.drawn += 1
        return bytes([self._desk.drawn]) * count

    def take_turn(self, kind: Kind, client: str) -> bool:
        self._desk.effects.append(TakeTurn(kind, client))
        return self._desk.within_limit

    def record(self, entries: Sequence[Entry]) -> None:
        self._desk.effects.append(RecordChoices(entries))
        narrowing = all(entry.action not in WIDENING for entry in entries)
        if not (self._desk.ledger_up or (narrowing and self._desk.journal_up)):
            raise StoreDown

    def rows_of(self, subject: str) -> Sequence[Row]:
        if not self._desk.ledger_up:
            raise StoreDown
        return [row for row in self._desk.rows if row.entry and row.entry.subject == subject]

    def count_refusals(self, purposes: Sequence[str]) -> None:
        self._desk.effects.append(CountRefusals(purposes))
        if not self._desk.ledger_up:
            raise StoreDown


def fields_of(reply: Response) -> dict[str, str]:
    """Return a reply's header fields by name."""
    return {name.decode(): value.decode() for name, value in reply.raw_headers}


def text_of(reply: Response) -> str:
    """Return a reply's body as text."""
    return bytes(reply.body).decode()
