"""A shop whose store, journal and clock a test has in its hand."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from shopprivacy import Privacy, StoreDown
from shopprivacy.consent.choices import Choice, Choices
from shopprivacy.gate.request_filter import Passage
from shopprivacy.http.effects import Effect
from shopprivacy.ledger.effects import LedgerWorld
from shopprivacy.ledger.entry import Entry
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.memory import MemoryStore
from tests.gate.exchange import NOW, PURPOSES, choices_of, consent_pair, make_policy
from tests.http.heads import MadeHead

POLICY = make_policy(purposes={**PURPOSES, "newsletter": {"basis": "consent"}})


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


class Failing(MemoryStore):
    """A store that can be switched off."""

    down = False

    def writing(self) -> Any:
        if self.down:
            raise StoreDown("the database does not answer")
        return super().writing()

    def rows_after(self, seq: int, limit: int = 1000) -> Sequence[Any]:
        if self.down:
            raise StoreDown("the database does not answer")
        return super().rows_after(seq, limit)

    def count_refusals(self, day: Any, purposes: Any) -> None:
        if self.down:
            raise StoreDown("the database does not answer")
        super().count_refusals(day, purposes)


class Full(JournalFile):
    """A journal whose disk can fill up."""

    full = False

    def append(self, records: Any) -> None:
        if self.full:
            raise StoreDown("the journal cannot be used (No space left on device)")
        super().append(records)


class Waiting:
    """Counts passes of the feed, and waits for some."""

    def __init__(self) -> None:
        from threading import Condition

        self._condition = Condition()
        self._count = 0

    def passed(self) -> None:
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    def wait(self, more: int) -> None:
        with self._condition:
            target = self._count + more
            assert self._condition.wait_for(lambda: self._count >= target, timeout=20)


def context(privacy: Privacy, chosen: Choices | None = None, **fields: str) -> Passage:
    """Return the consent context of a request with these choices."""
    cookies = [consent_pair(chosen)] if chosen else []
    head = MadeHead("GET", "https", "shop.example", "/", "", cookies, fields.get)
    return Passage(privacy.gate, head, privacy.now())


def perform(privacy: Privacy, effect: Effect[LedgerWorld]) -> object:
    """Perform one effect, as that of an endpoint which returns what came of it."""

    def endpoint() -> Generator[Effect[LedgerWorld], object, object]:
        return (yield effect)

    return privacy._effects.answer(endpoint())


def answer(
    privacy: Privacy,
    chosen: Choices | bytes | None,
    customer: Callable[[], object] = lambda: None,
    **fields: str,
) -> tuple[Response, Passage]:
    """Send the banner's form from a page of the shop, with a Cookie field or with one that says what was chosen."""
    cookies = [consent_pair(chosen) if isinstance(chosen, Choices) else chosen] if chosen else []
    sent = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
    head = MadeHead("POST", "https", "shop.example", "/privacy/consent", "", cookies, sent.get)
    endpoint = privacy.endpoint(head)
    assert endpoint is not None
    arriving = Passage(privacy.gate, head, privacy.now())
    return privacy.answer(endpoint, arriving, urlencode(fields).encode(), customer), arriving


def no_header(_name: str) -> None:
    """Return what a request without header fields says."""


def granted(**answers: Choice) -> Choices:
    """Return what a browser holds that granted something."""
    return replace(choices_of(POLICY, answers), consent_id=b"i" * 16)


def entries(privacy: Privacy) -> list[Entry]:
    """Return what the ledger holds."""
    return [row.entry for row in privacy.ledger.store.rows() if row.entry]
