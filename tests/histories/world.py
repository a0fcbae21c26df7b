"""A shop with several workers on one ledger, and the devices of its customers, in one process and without a thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from shopprivacy.consent.account_merge import may_end_grants
from shopprivacy.consent.choices import BrowserPolicy, Choices, choice_term
from shopprivacy.consent.consent_record import BROWSER_KIND, Wordings
from shopprivacy.consent.cookie import COOKIE_NAME, decode
from shopprivacy.consent.routes import ConsentForm
from shopprivacy.consent.service import Consent
from shopprivacy.crypto import Keyset, Ring
from shopprivacy.errors import StoreDown
from shopprivacy.gate.gate import Gate
from shopprivacy.gate.request_filter import Passage
from shopprivacy.gate.response_filter import release
from shopprivacy.http.page import ErrorPage
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.policy import Policy
from shopprivacy.privacy.clock import bounded
from shopprivacy.privacy.effect_handler import EffectHandler
from shopprivacy.privacy.withdrawal_feed import WithdrawalFeed
from shopprivacy.storage.memory import MemoryStore
from tests.gate.exchange import COOKIES, KEYSET, NOW, PURPOSES, make_policy
from tests.http.heads import MadeHead
from tests.ledger.memory_journal import MemoryJournal

_HEATMAP: dict[str, Any] = {
    "purposes": {**PURPOSES, "heatmap": {"basis": "consent"}},
    "cookies": {**COOKIES, "heat": {"purpose": "heatmap", "life": "30 days"}},
}
POLICIES: Sequence[Policy] = (
    make_policy(),
    make_policy(effective=date(2026, 2, 1), **_HEATMAP),
    make_policy(**_HEATMAP),  # as a shop that forgot to move the date
)
COOKIE_OF = {"statistics": b"_ga", "ads": b"ads", "counting": b"_pk", "heatmap": b"heat"}
_NAME = COOKIE_NAME.encode()


def _rotated() -> Keyset:
    new = KEYSET.new(Ring.SIGNING, Random("rotated").randbytes, NOW)
    [key] = [key.id for key in new.keys(Ring.SIGNING) if key.id != KEYSET.primary(Ring.SIGNING).id]
    return new.rotate(key, NOW)


KEYSETS: Sequence[Keyset] = (KEYSET, _rotated())
"""The shop's keyset, and the same after a rotation. Whoever has the second can read what either has signed."""


def _nothing() -> None:
    """Nothing happens meanwhile."""


class Store(MemoryStore):
    """The ledger's database, which can be away, and can be put back to what it was."""

    is_down = False

    def saved(self) -> tuple[Any, Any]:
        """Return a backup."""
        return [*self._rows], self._head

    def restore(self, backup: tuple[Any, Any]) -> None:
        """Put a backup in the place of what is there."""
        self._rows, self._head = [*backup[0]], backup[1]

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """Have the ledger alone."""
        self._answer()
        with super().writing() as writer:
            yield writer

    def rows_after(self, seq: int, limit: int = 1000) -> Any:
        """Rows, unless it is away."""
        self._answer()
        return super().rows_after(seq, limit)

    def rows_of(self, subject: str) -> Any:
        """Rows, unless it is away."""
        self._answer()
        return super().rows_of(subject)

    def head(self) -> Any:
        """The head, unless it is away."""
        self._answer()
        return super().head()

    def _answer(self) -> None:
        if self.is_down:
            raise StoreDown("the database does not answer")


@dataclass(frozen=True)
class Compiled:
    """What a worker makes of a policy and a keyset once, shared by all histories."""

    policy: Policy
    keyset: Keyset
    browser: BrowserPolicy
    form: Callable[..., Any]

    @classmethod
    def of(cls, policy: Policy, keyset: Keyset) -> Compiled:
        """Compile a policy."""
        browser = BrowserPolicy(policy)
        form = ConsentForm(policy, browser, Wordings(policy, browser.purposes), keyset)
        return cls(policy, keyset, browser, form.answers(CollectionMethod.BANNER))


COMPILED = [[Compiled.of(policy, keyset) for keyset in KEYSETS] for policy in POLICIES]
"""By policy, then by keyset."""


class Worker:
    """One process of the shop: a policy, a keyset, a clock and a feed of its own, put together as ``Privacy`` does."""

    def __init__(
        self, store: Store, journal: MemoryJournal, made: Compiled, now: Callable[[], datetime]
    ) -> None:
        self.made = made
        self.now = bounded(now)
        ledger = partial(
            Ledger,
            store,
            made.keyset,
            os.urandom,
            lifetimes={BROWSER_KIND: choice_term(made.policy)},
            anew=partial(may_end_grants, made.browser),
        )
        self.ledger = ledger(journal=journal)
        self.feed = WithdrawalFeed(self.ledger, made.browser.kept_at_most, self.now)
        self.feed._process = os.getpid()  # no thread: it looks when it is told to
        self.gate = Gate(made.policy, made.keyset, self.feed.withdrawals)
        self.effects = EffectHandler(self.ledger, ledger(), journal, self.now)
        self.consent = Consent(
            made.policy,
            made.keyset,
            self.ledger,
            browser=made.browser,
            record=self.effects.record,
            now=self.now,
        )
        if not store.is_down:  # else it would not have started; as it is, it knows nothing yet
            self.ledger.bring_up_to_date()
            self.feed.begin()

    def look(self) -> None:
        """Do what the thread does once a second, and the journal's keeper every five."""
        self.effects.catch_up()
        self.ledger.keep_in_step()
        self.feed.catch_up()


@dataclass
class Device:
    """A browser: its consent cookie, the gated cookies that it holds, and who is signed in on it."""

    consent: bytes | None = None
    cookies: set[bytes] = field(default_factory=set)
    account: str | None = None

    def field(self) -> tuple[bytes, ...]:
        """Return the Cookie field that it sends."""
        pairs = [name + b"=1" for name in sorted(self.cookies)]
        if self.consent is not None:
            pairs.append(_NAME + b"=" + self.consent)
        return (b"; ".join(pairs),) if pairs else ()

    def keep(self, fields: Sequence[tuple[bytes, bytes]]) -> None:
        """Take the cookies of a response."""
        for key, value in fields:
            name, _, content = value.partition(b";")[0].partition(b"=")
            if key != b"set-cookie":
                continue
            if name == _NAME:
                self.consent = content
            elif b"Max-Age=0" in value:
                self.cookies.discard(name)
            else:
                self.cookies.add(name)

    def choices(self) -> Choices | None:
        """Return what its consent cookie says to whoever has every key."""
        return None if self.consent is None else decode(self.consent, KEYSETS[-1])


class World:
    """The shop at one moment of its history."""

    def __init__(self, workers: Sequence[tuple[int, int]], devices: int) -> None:
        self.time = NOW
        self.store = Store()
        self.skews = [timedelta() for _ in workers]
        self.journals = [MemoryJournal() for _ in workers]
        for number, journal in enumerate(self.journals):
            journal.drawn = f"{number:032x}"
        self.devices = [Device() for _ in range(devices)]
        self.workers: list[Worker] = []
        for number, (policy, keyset) in enumerate(workers):
            self.workers.append(self.started(number, policy, keyset))

    def started(self, number: int, policy: int, keyset: int) -> Worker:
        """Return a worker as it comes up: with this policy and keyset, and what its machine has kept."""
        now = lambda: self.time + self.skews[number]  # noqa: E731  # the machine's clock
        return Worker(self.store, self.journals[number], COMPILED[policy][keyset], now)

    def passage(self, device: Device, worker: Worker, method: str, path: str, **fields: str) -> Passage:
        """Return a device's request on its way through a worker's gate."""
        head = MadeHead(method, "https", "shop.example", path, "", device.field(), fields.get)
        head.client = str(self.time)
        return Passage(worker.gate, head, worker.now())

    def visit(self, device: Device, worker: Worker) -> frozenset[str]:
        """Look at a page that sets every cookie; gives the purposes that were allowed to it."""
        page = self.passage(device, worker, "GET", "/", **{"sec-fetch-site": "same-origin"})
        seen = {pair.partition(b"=")[0] for pair in (page.cookie_field or b"").split(b"; ")}
        allowed = frozenset(name for name in worker.made.browser.purposes if page.allows(name))
        leaked = {name for name, cookie in COOKIE_OF.items() if cookie in seen} - allowed
        assert not leaked, f"the application sees cookies of {leaked}"
        if device.account is not None and page.holds_something:
            worker.consent.recognise(page, device.account)
        sets = [(b"set-cookie", COOKIE_OF[name] + b"=1") for name in COOKIE_OF]
        device.keep(release(page, sets))
        return allowed

    def answer(
        self,
        device: Device,
        worker: Worker,
        form: Sequence[tuple[str, str]],
        meanwhile: Callable[[], object] = _nothing,
    ) -> bool:
        """Send a form of the banner; gives whether it was answered with success.

        What happens ``meanwhile`` happens between the request, with its cookies, and the answer.
        """
        sent = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
        page = self.passage(device, worker, "POST", "/privacy/consent", **sent)
        page.identify = lambda: b"" if device.account is None else worker.consent.account(device.account)
        meanwhile()
        reply: Response | ErrorPage = worker.effects.answer(worker.made.form(page, urlencode(form).encode()))
        device.keep(release(page, reply.raw_headers if isinstance(reply, Response) else []))
        return isinstance(reply, Response) and reply.status_code == 303

    def sign_in(
        self, device: Device, worker: Worker, account: str, meanwhile: Callable[[], object] = _nothing
    ) -> bool:
        """Sign a customer in; gives whether the shop's page for that could be answered."""
        page = self.passage(device, worker, "POST", "/login", **{"sec-fetch-site": "same-origin"})
        meanwhile()
        try:
            worker.consent.sign_in(page, account)
        except StoreDown:
            return False
        finally:
            device.keep(release(page, []))
        device.account = account
        return True

    def withdraw(self, worker: Worker, account: str, purpose: str) -> bool:
        """Withdraw on the account's own page; gives whether the shop could say that it is done."""
        try:
            worker.consent.withdraw(account, purpose)
        except StoreDown:
            return False
        return True

    def settle(self) -> None:
        """Let every machine come back, and every worker look at the ledger."""
        self.store.is_down = False
        for _ in range(2):
            for worker in self.workers:
                worker.look()
