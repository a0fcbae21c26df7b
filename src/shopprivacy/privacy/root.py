"""The composition root: policy, keys and store become the services of one shop."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Self, TypeVar

from shopprivacy.consent.account_merge import ACCOUNT_KIND, narrow, withdrawals
from shopprivacy.consent.choices import choice_term
from shopprivacy.consent.consent_record import BROWSER_KIND, text_hash
from shopprivacy.crypto import Keyset, pseudonym
from shopprivacy.decision import Action, Decision, SubjectState, may
from shopprivacy.errors import PurposeDenied
from shopprivacy.gate.consent_context import ConsentContext
from shopprivacy.gate.gate import Gate
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.ledger.journal import Journal
from shopprivacy.ledger.keyset_check import check_keyset
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.ledger.store import ArchivedPolicy, LedgerStore
from shopprivacy.pages.endpoints import Endpoint, Endpoints
from shopprivacy.pages.look import Layout, Look
from shopprivacy.policy import Policy
from shopprivacy.policy.meaning import text_of
from shopprivacy.privacy.callbacks import page_failed
from shopprivacy.privacy.clock import utc_now
from shopprivacy.privacy.configuration import Named, open_all
from shopprivacy.privacy.cookie_log import BlockedCallback, CookieLog
from shopprivacy.privacy.effect_handler import ConsentCallback, EffectHandler
from shopprivacy.privacy.maintenance import Maintenance
from shopprivacy.privacy.withdrawal_feed import WithdrawalFeed

if TYPE_CHECKING:
    from starlette.responses import Response

Listener = TypeVar("Listener", bound=ConsentCallback)
Watcher = TypeVar("Watcher", bound=BlockedCallback)


class Privacy:
    """What a shop holds one of: its policy, enforced.

    Args:
        policy: what the shop declares.
        keyset: the shop's keys.
        store: where the ledger stands.
        journal: a file outside the database that keeps withdrawals over a restored backup; None: none is kept.
        clock: returns the current time with a time zone.
        templates: a folder with templates of the shop's own for banner and pages.
        layout: puts the content of a page, which is HTML, its title and its language into the shop's own document.
        assets: origins of the shop's own that the layout loads from, such as ``https://static.shop.example``.

    Brings the ledger up to date with the journal and archives the policy before it returns, so nothing is served
    before; then a thread follows the ledger, here and in every process that is forked from this one. Raises StoreDown
    where the store does not answer, KeysetError where its ledger was written with another keyset, and PageError where
    the shop's own templates or layout would keep visitors from choosing freely.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        keyset: Keyset,
        store: LedgerStore,
        journal: Journal | None = None,
        clock: Callable[[], datetime] = utc_now,
        templates: Named | None = None,
        layout: Layout | None = None,
        assets: Iterable[str] = (),
    ) -> None:
        self.policy = policy
        self.keyset = keyset
        self.now = clock
        term = choice_term(policy)
        self.ledger = Ledger(
            store, keyset, secrets.token_bytes, journal=journal, lifetimes={BROWSER_KIND: term}
        )
        bare = Ledger(store, keyset, secrets.token_bytes, lifetimes={BROWSER_KIND: term})
        self._feed = WithdrawalFeed(self.ledger, term, clock)
        self._reports = CookieLog(enforcing=policy.mode.cookies == "enforce")
        self.gate = Gate(policy, keyset, self._feed.withdrawals, self._reports.asked_late)
        self._effects = EffectHandler(self.ledger, bare, journal, clock)
        endpoints = Endpoints(policy, self.gate, keyset, templates, page_failed)
        self.pages = endpoints.pages
        """Renders the library's pages; ``look`` is the shop's layout."""
        self.pages.look = Look(layout, assets)
        self.check_pages()
        self.endpoint = endpoints.find
        """Returns the library's own endpoint for a request's head, or None."""
        self.banner = endpoints.banner
        """Renders the banner into a page, as ``banner(visit, language)``."""
        check_keyset(store, keyset)
        self.ledger.bring_up_to_date()
        store.archive_policy(ArchivedPolicy(policy.version, policy.effective, clock(), text_of(policy)))
        self._feed.on_pass = Maintenance(self.ledger, self._effects, clock)
        self._feed.begin()

    def check_pages(self) -> None:
        """Render banner and pages with the shop's own templates and layout, in every language, and look at them.

        Raises PageError where a visitor could not refuse as easily as accept, would find a box ticked, or could not
        read what the ledger says was read.
        """
        site, look = self.pages.site, self.pages.look
        if site.templates is not None or look.layout is not None:
            from shopprivacy.pages.review import check_pages  # what few shops need

            check_pages(site.policy, site.browser, site.templates, look)

    @classmethod
    def from_file(
        cls,
        path: Named = "privacy.toml",
        *,
        keys: Named | None = None,
        store: str | LedgerStore | None = None,
        journal: Named | None = None,
        clock: Callable[[], datetime] = utc_now,
        templates: Named | None = None,
        layout: Layout | None = None,
        assets: Iterable[str] = (),
    ) -> Self:
        """Read a policy; keys, store and journal come from the arguments, else from the environment.

        ``SHOPPRIVACY_KEYS`` is the keyset file, ``SHOPPRIVACY_STORE`` an SQLAlchemy URL (without it,
        ``privacy.sqlite3`` beside the policy), ``SHOPPRIVACY_JOURNAL`` the journal (without it,
        ``privacy-journal`` beside the policy).

        Raises PolicyError, KeysetError, StoreDown, PageError, or MissingExtra where the store's packages are not
        installed.
        """
        policy, keyset, opened, kept = open_all(path, keys, store, journal)
        return cls(
            policy,
            keyset=keyset,
            store=opened,
            journal=kept,
            clock=clock,
            templates=templates,
            layout=layout,
            assets=assets,
        )

    # The decision

    def may(
        self,
        customer: object,
        purpose: str,
        data: str | Iterable[str] | None = None,
        recipient: str | None = None,
        *,
        at: datetime | None = None,
        state: SubjectState | None = None,
        shown: Mapping[str, str] | None = None,
        requested: datetime | None = None,
        storing: bool = False,
        language: str | None = None,
    ) -> Decision:
        """Decide whether a customer's data may be used for a purpose; see ``shopprivacy.decision.may``.

        ``customer`` is the shop's id. What they chose comes from the ledger; what the shop knows beside it (events,
        age, cases) comes in ``state``. Raises UndeclaredName for a purpose that the policy does not declare, and
        StoreDown where the ledger does not answer.
        """
        self.policy.purpose(purpose)
        chosen = self.ledger.records_of(self.subject(customer))
        known = state or SubjectState()
        return may(
            self.policy,
            replace(known, records=(*known.records, *chosen)),
            purpose,
            data,
            recipient,
            at=at or self.now(),
            shown=shown or {},
            requested=requested,
            storing=storing,
            language=language,
        )

    def require(
        self,
        customer: object,
        purpose: str,
        data: str | Iterable[str] | None = None,
        recipient: str | None = None,
        *,
        state: SubjectState | None = None,
        shown: Mapping[str, str] | None = None,
        requested: datetime | None = None,
    ) -> Decision:
        """Like ``may``, but raises PurposeDenied, with the reason for the customer, where the answer is no."""
        decision = self.may(customer, purpose, data, recipient, state=state, shown=shown, requested=requested)
        if not decision.allowed:
            raise PurposeDenied(decision)
        return decision

    def was_allowed(self, customer: object, purpose: str, at: datetime) -> bool:
        """Whether a customer's consent for a purpose stood at a past moment (GDPR art. 7(1))."""
        return self.ledger.was_allowed(self.subject(customer), purpose, at)

    # Choices of accounts

    def grant(
        self,
        customer: object,
        purpose: str,
        *,
        language: str | None = None,
        how: CollectionMethod = CollectionMethod.ACCOUNT,
    ) -> None:
        """Record that a customer consents to a purpose, having read its text in ``language``.

        Raises UndeclaredName, and StoreDown: a grant that is not recorded is no grant.
        """
        self._record(customer, purpose, Action.GRANTED, how, language)

    def withdraw(
        self, customer: object, purpose: str, *, how: CollectionMethod = CollectionMethod.ACCOUNT
    ) -> None:
        """Record that a customer withdraws consent. It holds even where only the journal can be written."""
        self._record(customer, purpose, Action.WITHDRAWN, how, None)

    def object_to(
        self, customer: object, purpose: str, *, how: CollectionMethod = CollectionMethod.ACCOUNT
    ) -> None:
        """Record that a customer objects to a purpose (GDPR art. 21)."""
        self._record(customer, purpose, Action.OBJECTED, how, None)

    def sign_in(self, visit: ConsentContext, customer: object) -> None:
        """Bring browser and account together when a customer signs in: a no on either side narrows both.

        The response to this request carries what changes. Raises StoreDown.
        """
        subject = self.subject(customer)
        narrowed = narrow(
            self.gate.browser,
            visit.choices,
            visit.statuses,
            withdrawals(self.ledger.entries_of(subject)),
            self.account(customer),
            self.now(),
        )
        if narrowed.choices is not None:  # first: whatever the store does, this browser is narrowed
            visit.choose(narrowed.choices)
        for purpose in narrowed.close_for_account:
            self._record(customer, purpose, Action.WITHDRAWN, CollectionMethod.SIGN_IN, None)

    def subject(self, customer: object) -> str:
        """Return the pseudonym under which the ledger knows a customer."""
        return pseudonym(self.keyset, ACCOUNT_KIND, str(customer))

    def _record(
        self, customer: object, purpose: str, action: Action, how: CollectionMethod, language: str | None
    ) -> None:
        meaning = self.policy.meaning(purpose)
        shown = text_hash(self.policy, purpose, language or self.policy.languages[0])
        entry = Entry(
            self.now(), self.subject(customer), purpose, action, self.policy.version, meaning, shown, how
        )
        self._effects.record([entry])

    # Who listens

    def on_consent_change(self, callback: Listener) -> Listener:
        """Call ``callback`` with every recorded choice, once it counts. May be used as a decorator.

        What it raises is logged and stops nothing.
        """
        self._effects.callbacks.append(callback)
        return callback

    def on_blocked_cookie(self, callback: Watcher) -> Watcher:
        """Call ``callback`` once for each cookie name that the gate holds back. May be used as a decorator.

        What it raises is logged and stops nothing.
        """
        self._reports.callbacks.append(callback)
        return callback

    # What the shells ask (shopprivacy.pages.service.Service)

    def account(self, customer: object) -> bytes:
        """Return an account's pseudonym as the consent cookie carries it."""
        return bytes.fromhex(self.subject(customer).partition(":")[2])

    def answer(self, endpoint: Endpoint, visit: ConsentContext, body: bytes) -> Response:
        """Run an endpoint to its reply."""
        return self._effects.answer(endpoint.answer(visit, body))

    def report(self, visit: ConsentContext) -> None:
        """Tell the developer which cookies were held back, once for each name."""
        self._reports.tell(visit.blocked)

    def close(self) -> None:
        """Stop following the ledger."""
        self._feed.stop()
