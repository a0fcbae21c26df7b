"""The consent of whoever sent a request: what handlers, templates and endpoints ask, and what a choice changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Protocol

from shopprivacy.consent.account_merge import answer_withdrawals
from shopprivacy.consent.choices import (
    BrowserPolicy,
    Choice,
    Choices,
    ConsentStatus,
    ConsentStatuses,
    Withdrawals,
)
from shopprivacy.consent.cookie import Claim
from shopprivacy.errors import PrivacyError
from shopprivacy.http.request_head import RequestHead

CONSENT_KEY = "shopprivacy.consent"
"""Where a shell leaves the ConsentContext for the application: in the WSGI environ, or in the ASGI scope."""


class SignedChoices(Protocol):
    """A consent cookie whose signature holds. What it says in full is read when somebody asks."""

    @property
    def choices(self) -> Choices:
        """All that the visitor chose."""
        ...


class ConsentContext:
    """The consent of one request.

    Args:
        browser: what a browser decides about.
        head: the request's head.
        now: the moment that all decisions of the request hold for.
        signed: what the visitor chose until now.
        withdrawals: those of an account elsewhere, as ``ConsentStatuses`` asks for them.

    The gate makes one for each request, with what it needs itself beside it (``shopprivacy.gate.request_filter``).
    """

    statuses: Mapping[str, ConsentStatus]
    """How each purpose that the browser decides about stands now."""
    identify: Callable[[], bytes | None] = staticmethod(lambda: b"")
    """Looks up what ``account`` is; a shell sets it, where an adapter can tell."""

    def __init__(
        self,
        browser: BrowserPolicy,
        head: RequestHead,
        now: datetime,
        signed: SignedChoices | None = None,
        withdrawals: Callable[[bytes], Withdrawals | None] = lambda _account: {},
    ) -> None:
        self.browser = browser
        self.head = head
        self.now = now
        self.signed = signed
        self._withdrawals = withdrawals
        self.chosen: Choices | None = None
        """A choice made in this very request."""
        self.asked = False
        """Whether somebody asked about consent: the response then depends on it."""
        self.varying: Sequence[str] = ()
        """Further fields of the request that the response depends on."""
        self._settle()

    @cached_property
    def account(self) -> bytes | None:
        """The pseudonym of the account that is signed in; empty: nobody is; None: nobody can tell now.

        Looked up when it is first asked for, by endpoints alone: that may take a database.
        """
        return self.identify()

    @property
    def claim(self) -> Claim | None:
        """What a consent cookie says that was signed with a key which is none of ours: it can only narrow."""
        return None

    @property
    def believed(self) -> Choices | None:
        """What the visitor chose, or else what they refused by a consent cookie that nobody here can check."""
        choices, claim = self.choices, self.claim
        if choices is not None or claim is None:
            return choices
        answers = claim.choices.answers.items()
        denied = {purpose_id: answer for purpose_id, answer in answers if answer.choice is not Choice.GRANTED}
        return replace(claim.choices, answers=denied)

    @property
    def choices(self) -> Choices | None:
        """What the visitor chose, as the consent cookie or a choice made in this very request says."""
        return self.chosen or (self.signed.choices if self.signed else None)

    def allows(self, purpose: str) -> bool:
        """Whether ``purpose`` is allowed by this visitor; the response then depends on consent.

        No purpose is, where the response's head has left without saying so: a shared cache may hand what follows to
        anybody. Raises UndeclaredName for a purpose that the policy does not let a browser decide about.
        """
        self.browser.check(purpose)
        if self.is_late():
            return False
        self.asked = True
        return self.browser.purposes[purpose].is_allowed(self.statuses[purpose])

    def undecided(self) -> tuple[str, ...]:
        """Return the purposes that need this visitor's answer; the response then depends on consent.

        All of them, where the response's head has left without saying so: what follows may be for anybody.
        """
        if self.is_late():
            return tuple(name for name, purpose in self.browser.purposes.items() if purpose.by_consent)
        self.asked = True
        return tuple(
            name
            for name, purpose in self.browser.purposes.items()
            if purpose.by_consent and self.statuses[name] is ConsentStatus.UNDECIDED
        )

    def varies(self, field: str) -> None:
        """Tell that the response depends on this field of the request, such as Accept-Language."""
        self.varying = (*self.varying, field)

    def choose(self, choices: Choices) -> None:
        """Let a choice made in this request count at once: its own response already grants and deletes."""
        self.chosen = choices
        self._settle()

    def withdrawals(self, account: bytes) -> Withdrawals | None:
        """Return what an account has said no to, as ``ConsentStatuses`` asks for it. Does no I/O."""
        return self._withdrawals(account)

    @property
    def holds_something(self) -> bool:
        """Whether something is allowed to this browser that an account may have said no to."""
        choices = self.choices
        return self.browser.may_object or (choices is not None and choices.any_granted)

    def recognise(self, account: bytes) -> None:
        """Hold against this browser's choices, whosesoever they are, what the account that is signed in said no to.

        They are tied to the account from now on. That takes no look at the ledger: see ``withdrawals``.
        """
        choices = tied = self.believed or Choices(self.browser.stamp, {})
        if choices.account == account:
            return
        if choices.account:  # somebody else's until now, who may have ended it; or the next request will tell
            ended = self.withdrawals(choices.account)
            if ended is None:
                return
            tied = answer_withdrawals(self.browser, tied, ended, self.now)
        tied = tied.tied_to(account)
        if known := self.withdrawals(account):
            tied = answer_withdrawals(self.browser, tied, known, self.now)
        if tied != choices:
            self.choose(tied)

    def is_late(self) -> bool:
        """Whether the response has left as one that may be shown again later, and with it any say about consent."""
        return False  # whoever sends no response has sent none too early

    def _settle(self) -> None:
        """Work out how the purposes stand."""
        self.statuses = ConsentStatuses(
            self.browser, self.choices, self.head.header, self.withdrawals, self.now
        )


class NobodysConsent(ConsentContext):
    """The consent of a request that nobody sent: nothing is allowed, nobody is asked, and nothing can be chosen.

    Such is one that runs an application's middleware without the gate: a preview, or a test client.
    """

    def __init__(self, browser: BrowserPolicy) -> None:
        super().__init__(browser, _nobodys_head(), datetime.fromtimestamp(0, UTC))

    def allows(self, purpose: str) -> bool:
        """No purpose is. Raises UndeclaredName for one that the policy does not let a browser decide about."""
        self.browser.check(purpose)
        return False

    def undecided(self) -> tuple[str, ...]:
        """Nobody is there to be asked."""
        return ()

    @property
    def holds_something(self) -> bool:
        """Nobody holds anything."""
        return False

    def choose(self, choices: Choices) -> None:
        """Nobody is there to choose."""

    def recognise(self, account: bytes) -> None:
        """Nobody is there to be known."""

    def _settle(self) -> None:
        self.statuses = dict.fromkeys(self.browser.purposes, ConsentStatus.UNKNOWN)


def _nobodys_head() -> RequestHead:
    empty = dict.fromkeys(("server", "mount", "query", "client"), "")
    says = {
        **empty,
        "cookies": (),
        "method": "GET",
        "scheme": "https",
        "path": "/",
        "header": lambda *_: None,
    }
    head: RequestHead = type("NobodysHead", (RequestHead,), says)()
    return head


def consent_in(left: Mapping[str, object], hint: str) -> ConsentContext:
    """Return the ConsentContext in a WSGI environ or an ASGI scope.

    Raises PrivacyError, with ``hint``, where there is none.
    """
    found = left.get(CONSENT_KEY)
    if not isinstance(found, ConsentContext):
        raise PrivacyError(f"this request did not come through the gate; {hint}")
    return found
