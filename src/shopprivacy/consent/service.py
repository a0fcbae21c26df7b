"""What customers chose, and what follows from it: ``privacy.consent``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from shopprivacy.consent.account_merge import (
    ACCOUNT_KIND,
    answer_withdrawals,
    end_withdrawn,
    narrow,
    subject_of,
    withdrawals,
)
from shopprivacy.consent.choices import BrowserPolicy, Choices, ConsentStatus, Withdrawals
from shopprivacy.consent.consent_record import BROWSER_KIND, text_hash
from shopprivacy.crypto import Keyset, id_text, pseudonym
from shopprivacy.decision import Action, Decision, PurposeDenied, SubjectState, may
from shopprivacy.errors import PrivacyError
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.ledger.ledger import Ledger

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

Recorder = Callable[[Sequence[Entry]], None]
"""Appends choices to the ledger and tells who listens. Raises StoreDown where a grant cannot be recorded."""


class BrowserConsent(Protocol):
    """What a browser holds while it sends a request: the consent context of that request is one."""

    @property
    def choices(self) -> Choices | None:
        """What the visitor chose; None: nothing."""
        ...

    @property
    def believed(self) -> Choices | None:
        """The same, or else what they refused by a consent cookie that nobody here can check."""
        ...

    @property
    def statuses(self) -> Mapping[str, ConsentStatus]:
        """How each purpose that the browser decides about stands now."""
        ...

    def withdrawals(self, account: bytes) -> Withdrawals | None:
        """Return what this process knows that an account said no to; None: it cannot know now."""
        ...

    def choose(self, choices: Choices) -> None:
        """Let other choices count at once, and be sent with the response."""
        ...

    def recognise(self, account: bytes) -> None:
        """Hold against the choices what this account said no to, and tie them to it."""
        ...


class Consent:
    """The consent of customers: asked, recorded and withdrawn under the shop's own id for them.

    ``browser`` is what the policy lets a browser decide about, ``record`` writes choices, ``now`` is the shop's clock.
    Every method raises StoreDown where the ledger does not answer, and UndeclaredName for a purpose that the policy
    does not declare.
    """

    def __init__(
        self,
        policy: Policy,
        keyset: Keyset,
        ledger: Ledger,
        *,
        browser: BrowserPolicy,
        record: Recorder,
        now: Callable[[], datetime],
    ) -> None:
        self._policy = policy
        self._keyset = keyset
        self._ledger = ledger
        self._browser = browser
        self._write = record
        self._now = now

    def subject(self, customer: object) -> str:
        """Return the pseudonym under which the ledger knows a customer, by the shop's id: an int, a str or a UUID.

        Raises PrivacyError for anything else, None among it.
        """
        return pseudonym(self._keyset, ACCOUNT_KIND, id_text(customer))

    def account(self, customer: object) -> bytes:
        """Return a customer's pseudonym as the consent cookie carries it: 20 bytes."""
        return bytes.fromhex(self.subject(customer).partition(":")[2])

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
        age, cases) comes in ``state``.
        """
        self._policy.purpose(purpose)
        chosen = self._ledger.records_of(self.subject(customer))
        known = state or SubjectState()
        return may(
            self._policy,
            replace(known, records=(*known.records, *chosen)),
            purpose,
            data,
            recipient,
            at=at or self._now(),
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
        return self._ledger.was_allowed(self.subject(customer), purpose, at)

    def grant(
        self,
        customer: object,
        purpose: str,
        *,
        language: str | None = None,
        how: CollectionMethod = CollectionMethod.ACCOUNT,
    ) -> None:
        """Record that a customer consents to a purpose, having read its text in ``language``.

        A grant that is not recorded is no grant: StoreDown. Raises PrivacyError for marketing by mail, which an address
        consents to: see ``privacy.mail.grant``.
        """
        if self._policy.purpose(purpose).mail == "marketing":
            raise PrivacyError(
                f'"{purpose}" is marketing by mail, and an address says yes to it: call privacy.mail.grant'
            )
        self._record(customer, purpose, Action.GRANTED, how, language)

    def withdraw(
        self, customer: object, purpose: str, *, how: CollectionMethod = CollectionMethod.ACCOUNT
    ) -> None:
        """Record that a customer withdraws consent. It holds even where only the journal can be written."""
        self._record(customer, purpose, Action.WITHDRAWN, how)

    def object_to(
        self, customer: object, purpose: str, *, how: CollectionMethod = CollectionMethod.ACCOUNT
    ) -> None:
        """Record that a customer objects to a purpose (GDPR art. 21)."""
        self._record(customer, purpose, Action.OBJECTED, how)

    def sign_in(self, consent: BrowserConsent, customer: object) -> None:
        """Bring browser and account together when a customer signs in: a no on either side narrows both.

        The response to this request carries what changes.
        """
        account, choices, now = self.account(customer), consent.believed, self._now()
        if choices is not None and choices.consent_id:
            # A shop takes its time over a password, and another window may have withdrawn meanwhile.
            browser = pseudonym(self._keyset, BROWSER_KIND, choices.consent_id.hex())
            choices = end_withdrawn(self._browser, choices, self._ledger.rows_of(browser), now)
            if choices != consent.choices:
                consent.choose(choices)  # and so for the account, too
        if choices is not None and choices.account not in (b"", account):
            # Somebody else's until now, who may have ended it on another device. A ledger that was just restored may
            # have lost that, and then this process still knows it.
            rows = self._ledger.rows_of(subject_of(choices.account))
            ended = {**(consent.withdrawals(choices.account) or {}), **withdrawals(rows)}
            choices = answer_withdrawals(self._browser, choices, ended, now)
        rows = self._ledger.rows_of(subject_of(account))
        narrowed = narrow(self._browser, choices, consent.statuses, rows, account, now)
        settled = narrowed.choices or choices
        if settled is not None and settled != consent.choices:
            consent.choose(settled)  # first: whatever the store does, this browser is narrowed
        entries = [
            self._entry(customer, purpose, Action.WITHDRAWN, CollectionMethod.SIGN_IN)
            for purpose in narrowed.withdraw_for_account
        ]
        if entries:  # at once: where nothing can keep them, all are kept for later
            self._write(entries)

    def recognise(self, consent: BrowserConsent, customer: object) -> None:
        """Tell, where the shop knows it already, that a customer is signed in on the browser that sends a request.

        What the customer said no to elsewhere then holds here, whatever consent cookie the browser has brought. Reads
        no store.
        """
        consent.recognise(self.account(customer))

    def _record(
        self,
        customer: object,
        purpose: str,
        action: Action,
        how: CollectionMethod,
        language: str | None = None,
    ) -> None:
        self._write([self._entry(customer, purpose, action, how, language)])

    def _entry(
        self,
        customer: object,
        purpose: str,
        action: Action,
        how: CollectionMethod,
        language: str | None = None,
    ) -> Entry:
        policy = self._policy
        meaning = policy.purpose_fingerprint(purpose)
        shown = text_hash(policy, purpose, language or policy.languages[0])
        return Entry(
            self._now(), self.subject(customer), purpose, action, policy.version, meaning, shown, how
        )
