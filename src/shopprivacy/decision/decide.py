"""The decision itself: pure, without I/O and without a clock. docs/how-to/decision.md tells it in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from shopprivacy.decision.data_subject import consent, objection, too_young_to_profile
from shopprivacy.decision.outcome import ALLOWING, Code, Decision
from shopprivacy.decision.scope import Outcome, beyond_what_is_declared
from shopprivacy.decision.state import Record, SubjectState, aware
from shopprivacy.policy import Basis
from shopprivacy.policy.texts import readable

if TYPE_CHECKING:
    from shopprivacy.policy import Policy, Purpose

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

_NEEDS: Final = MappingProxyType(
    {
        "case": Code.NEEDS_CASE,
        "legal_reference": Code.NEEDS_LEGAL_REFERENCE,
        "event": Code.NEEDS_EVENT,
    }
)
_REQUESTABLE: Final = frozenset({Basis.CONTRACT, Basis.LEGAL_OBLIGATION})
"""Bases of what must be done when the subject orders something: the contract, and the invoice the law demands."""

_OBJECTABLE: Final = frozenset({Basis.LEGITIMATE_INTEREST, Basis.PUBLIC_TASK})
"""GDPR art. 21(1); to direct marketing one may object on whatever basis it rests (art. 21(2))."""

_GOES_ON: Final = MappingProxyType(
    {
        "legal_claims": Code.LEGAL_CLAIMS,
        "rights_of_others": Code.RIGHTS_OF_OTHERS,
        "public_interest": Code.PUBLIC_INTEREST,
    }
)


def may(
    policy: Policy,
    state: SubjectState,
    purpose: str,
    data: str | Iterable[str] | None = None,
    recipient: str | None = None,
    *,
    at: datetime,
    shown: Mapping[str, str] = NOTHING,
    requested: datetime | None = None,
    storing: bool = False,
    language: str | None = None,
) -> Decision:
    """Decide whether data of a subject may be used for a purpose, at a moment.

    Args:
        policy: the policy in force at ``at``.
        state: what is known of the subject. Whatever in it is later than ``at`` is not seen.
        purpose: the name of the purpose. One that is not declared is refused.
        data: categories ("contact") or fields ("Customer.email"); None asks for the purpose as such.
        recipient: who is to receive the data; None: the shop itself uses it.
        at: the moment, with a time zone.
        shown: what ``needs`` asks for, by its name: ``{"case": "2026-17"}``, ``{"legal_reference": "..."}``.
        requested: when the subject asked for the very thing this is done for, such as the moment of the order
            whose confirmation is sent. An order placed after restricting is carried out (GDPR art. 18(2)).
        storing: asks only whether the data may still be kept.
        language: of the reason; None: the first language of the policy.

    Raises:
        ValueError: ``at`` has no time zone.
    """
    aware(at)
    declared = policy.purposes.get(purpose)
    until = None
    if declared is None:
        verdict = Outcome(Code.UNDECLARED_PURPOSE)
    else:
        asked_for = requested if requested and requested <= at and declared.basis in _REQUESTABLE else None
        until = _until(state, declared, shown, asked_for, at)
        verdict = (
            beyond_what_is_declared(policy, purpose, data, recipient, state.context, storing=storing)
            or _not_shown(policy, state, purpose, recipient, shown, at, storing=storing)
            or _by_the_subject(policy, state, purpose, recipient, asked_for, at, storing=storing)
        )
        if storing and verdict.code is Code.STORED:
            until = None  # restricted data is kept until the restriction is lifted (art. 18(1)(b)-(c))
        elif until is not None and at >= until and verdict.code in ALLOWING:
            verdict = Outcome(Code.OVER, until)
    return Decision(
        verdict.code in ALLOWING,
        verdict.code,
        purpose,
        declared.basis if declared else None,
        until,
        verdict.since,
        recipient,
        language or policy.languages[0],
        verdict.detail,
        policy,
    )


def _until(
    state: SubjectState,
    purpose: Purpose,
    shown: Mapping[str, str],
    asked_for: datetime | None,
    at: datetime,
) -> datetime | None:
    if purpose.review is not None:
        return datetime.combine(purpose.review, time(), UTC)
    if purpose.keep is None or purpose.keep.event is None:  # each item has a term of its own
        return None
    if purpose.needs == "case" and purpose.keep.event == "case_closed" and state.cases is not None:
        start = state.case_closed(shown.get("case", "").strip(), at)
    else:
        start = state.last(purpose.keep.event, at)
    if start is None:
        return None
    return purpose.keep.after(max(start, asked_for) if asked_for else start)


def _not_shown(
    policy: Policy,
    state: SubjectState,
    purpose: str,
    recipient: str | None,
    shown: Mapping[str, str],
    at: datetime,
    *,
    storing: bool,
) -> Outcome | None:
    declared = policy.purposes[purpose]
    if storing:
        # Nobody works on a case now; there must have been one all the same for its data to be there.
        if declared.needs == "case" and not state.any_case(at):
            return Outcome(Code.NEEDS_CASE)
    else:
        for name in (declared.needs, policy.recipients[recipient].needs if recipient else None):
            if name is not None and not _is_shown(state, name, shown.get(name, "").strip(), at):
                return Outcome(_NEEDS.get(name, Code.NEEDS_OTHER), detail=readable(name))
    if declared.notice and not state.was_told(purpose, policy.purpose_fingerprint(purpose), at):
        return Outcome(Code.NO_NOTICE)
    return None


def _is_shown(state: SubjectState, name: str, value: str, at: datetime) -> bool:
    if name == "case" and state.cases is not None:
        return state.case(value, at) is not None
    if name == "event":
        return state.last(value, at) is not None
    return bool(value)


def _by_the_subject(
    policy: Policy,
    state: SubjectState,
    purpose: str,
    recipient: str | None,
    asked_for: datetime | None,
    at: datetime,
    *,
    storing: bool,
) -> Outcome:
    declared = policy.purposes[purpose]
    restriction = state.restriction(purpose, at)
    goes_on = None
    if restriction is not None:
        if storing:
            return Outcome(Code.STORED, restriction.at)
        goes_on = _goes_on(policy, declared, recipient, restriction, asked_for)
        if goes_on is None and declared.basis is not Basis.CONSENT:
            return Outcome(Code.RESTRICTED, restriction.at)
    if declared.profiling:
        too_young = too_young_to_profile(policy, state, at)
        if too_young is not None:
            return too_young
    if declared.basis is Basis.CONSENT:
        verdict = consent(policy, state, purpose, at)
    elif declared.basis in _OBJECTABLE or declared.absolute_objection:
        verdict = objection(policy, state, purpose, at)
    else:
        verdict = Outcome(Code(declared.basis))
    if restriction is None or verdict.code not in ALLOWING:
        return verdict
    if goes_on is not None:
        return Outcome(goes_on, restriction.at)
    # Consent from before the restriction is what the subject has just put a stop to.
    newer = verdict.since is not None and verdict.since > restriction.at
    return verdict if newer else Outcome(Code.RESTRICTED, restriction.at)


def _goes_on(
    policy: Policy,
    purpose: Purpose,
    recipient: str | None,
    restriction: Record,
    asked_for: datetime | None,
) -> Code | None:
    """Why a purpose goes on although processing is restricted (GDPR art. 18(2)); None: it does not."""
    if purpose.restriction == "storage":
        # Passing data on is no storage, unless to a host that holds it sealed.
        return Code.STORED if recipient is None or policy.recipients[recipient].sealed else None
    if purpose.restriction is not None:
        return _GOES_ON[purpose.restriction]
    if asked_for is not None and asked_for > restriction.at:
        return Code.REQUESTED
    return None
