"""What a decision says: yes or no, until when, why, and the sentence of the statement it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from shopprivacy.errors import PrivacyError
from shopprivacy.jurisdiction import jurisdiction
from shopprivacy.policy import Basis
from shopprivacy.policy.texts import readable

if TYPE_CHECKING:
    from shopprivacy.policy import Policy


class Code(StrEnum):
    """Why. Stable: programs may rely on these values."""

    # Yes,
    CONSENTED = "consented"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTEREST = "vital_interest"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTEREST = "legitimate_interest"
    OVERRIDDEN = "overridden"
    # and yes although the subject restricted processing (GDPR art. 18(2)).
    STORED = "stored"
    REQUESTED = "requested"
    LEGAL_CLAIMS = "legal_claims"
    RIGHTS_OF_OTHERS = "rights_of_others"
    PUBLIC_INTEREST = "public_interest"
    # No, because the policy does not declare it,
    UNDECLARED_PURPOSE = "undeclared_purpose"
    UNDECLARED_DATA = "undeclared_data"
    OTHER_DATA = "other_data"
    UNDECLARED_RECIPIENT = "undeclared_recipient"
    OTHER_RECIPIENT = "other_recipient"
    WITHHELD_DATA = "withheld_data"
    SEPARATE = "separate"
    # because something was not shown or not told,
    NEEDS_CASE = "needs_case"
    NEEDS_LEGAL_REFERENCE = "needs_legal_reference"
    NEEDS_EVENT = "needs_event"
    NEEDS_OTHER = "needs_other"
    NO_NOTICE = "no_notice"
    # because of where the subject stands,
    NO_CONSENT = "no_consent"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    STALE_CONSENT = "stale_consent"
    UNDER_AGE = "under_age"
    AGE_UNKNOWN = "age_unknown"
    OBJECTED = "objected"
    RESTRICTED = "restricted"
    # or because the term is over.
    OVER = "over"


ALLOWING: Final = frozenset(list(Code)[: list(Code).index(Code.UNDECLARED_PURPOSE)])
"""The codes of decisions that say yes."""

_SENTENCES: Final[Mapping[Code, str]] = MappingProxyType(
    {
        Code.CONSENTED: "consent",
        Code.OVERRIDDEN: "objection",
        Code.STORED: "restriction",
        Code.REQUESTED: "restriction",
        Code.LEGAL_CLAIMS: "restriction",
        Code.RIGHTS_OF_OTHERS: "restriction",
        Code.PUBLIC_INTEREST: "restriction",
        Code.UNDECLARED_PURPOSE: "declared_purposes",
        Code.UNDECLARED_DATA: "declared_data",
        Code.OTHER_DATA: "declared_data",
        Code.UNDECLARED_RECIPIENT: "declared_recipients",
        Code.OTHER_RECIPIENT: "declared_recipients",
        Code.WITHHELD_DATA: "declared_recipients",
        Code.NEEDS_CASE: "case",
        Code.NEEDS_LEGAL_REFERENCE: "authorities",
        Code.NEEDS_EVENT: "event",
        Code.NEEDS_OTHER: "shown",
        Code.NO_NOTICE: "notice",
        Code.NO_CONSENT: "consent",
        Code.REFUSED: "consent",
        Code.WITHDRAWN: "consent",
        Code.EXPIRED: "consent",
        Code.STALE_CONSENT: "changes",
        Code.UNDER_AGE: "children",
        Code.AGE_UNKNOWN: "profiling",
        Code.OBJECTED: "objection",
        Code.RESTRICTED: "restriction",
        Code.OVER: "keep",
    }
)
"""The sentence of the statement that a code rests on; a code that is not here rests on the one of its own name."""

_UNDER_THE_PURPOSE: Final = frozenset(
    {"consent", *(basis.value for basis in Basis), "case", "event", "shown", "notice", "keep", "review"}
)
"""Sentences that the statement prints under the purpose; it prints the others once, for all purposes."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. In a condition it counts as its ``allowed``: ``if may(...):`` means what it reads."""

    allowed: bool
    code: Code
    purpose: str
    basis: Basis | None
    """The legal basis of the purpose; None where the purpose is not declared."""
    until: datetime | None
    """From this moment on the purpose is not allowed any more; None: its term has not begun to run."""
    since: datetime | None
    """When the act was done that decided: the consent, the withdrawal, the restriction."""
    recipient: str | None
    language: str
    """The language of :attr:`reason`."""
    detail: str = field(repr=False)
    """What it turned on: the data that was asked for, the ground of an override, what was not shown."""
    _policy: Policy = field(repr=False, compare=False)

    def __bool__(self) -> bool:
        """Whether the use is allowed."""
        return self.allowed

    @property
    def reason(self) -> str:
        """Why, in words a customer may read, quoting the statement."""
        return self.reason_in(self.language)

    def reason_in(self, language: str) -> str:
        """:attr:`reason` in another language."""
        texts = self._policy.text(language)
        words = self._words(language)
        sentence_name = self._sentence()
        sentence = texts.statement[sentence_name].format(**words)
        says = texts.statement["says_about" if sentence_name in _UNDER_THE_PURPOSE else "says"]
        quoted = says.format(title=words["title"], sentence=sentence)
        told = texts.decision.get(self.code)
        return f"{told.format(**words)} {quoted}" if told else quoted

    def _sentence(self) -> str:
        purpose = self._policy.purposes.get(self.purpose)
        if self.code is Code.OBJECTED and purpose is not None and purpose.absolute_objection:
            return "marketing_objection"
        if self.code is Code.OVER and purpose is not None and purpose.keep is None:
            return "review"
        return _SENTENCES.get(self.code, self.code.value)

    def _words(self, language: str) -> dict[str, str]:
        texts = self._policy.text(language)
        purpose = self._policy.purposes.get(self.purpose)
        recipient = self._policy.recipients.get(self.recipient or "")
        is_category = self.detail in self._policy.data
        return {
            "title": texts.purpose(self.purpose).title,
            "purpose": readable(self.purpose),
            "date": texts.date(jurisdiction(self._policy.jurisdiction).day(self.since)) if self.since else "",
            "data": texts.category(self.detail) if is_category else self.detail,
            "ground": self.detail,
            "needed": self.detail,
            "recipient": (recipient and recipient.name) or readable(self.recipient or ""),
            "age": str(self._policy.child_age),
            "law": (purpose and purpose.law) or "",
            "interest": (purpose and purpose.interest) or "",
            "keep": texts.keep(purpose.keep) if purpose and purpose.keep else "",
        }


class PurposeDenied(PrivacyError, PermissionError):
    """The decision said no. ``decision`` holds why, in words a customer may read."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        super().__init__(decision.reason)
