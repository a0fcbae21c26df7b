"""What the data subject chose, and how old they are: consent, objection, age. The newest act decides."""

from __future__ import annotations

from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from shopprivacy.decision.outcome import Code
from shopprivacy.decision.scope import Outcome
from shopprivacy.decision.state import Action, SubjectState

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

_ENDS_CONSENT: Final = MappingProxyType(
    {
        Action.REFUSED: Code.REFUSED,
        Action.WITHDRAWN: Code.WITHDRAWN,
        Action.EXPIRED: Code.EXPIRED,
        Action.OBJECTED: Code.OBJECTED,
    }
)
_SAYS_NO: Final = frozenset({Action.REFUSED, Action.WITHDRAWN, Action.OBJECTED})


def consent(policy: Policy, state: SubjectState, purpose: str, at: datetime) -> Outcome:
    """Whether consent stands (GDPR art. 4(11), 7): given for this very purpose, in its present meaning, and
    not refused, withdrawn, objected to or lapsed since.
    """
    declared = policy.purposes[purpose]
    choices = state.choices(
        purpose, at, marketing=declared.absolute_objection, formerly=tuple(declared.formerly)
    )
    for record in choices:
        ended = _ENDS_CONSENT.get(record.action)
        if ended is not None:
            return Outcome(ended, record.at)
        if record.action is Action.GRANTED and record.purpose == purpose:
            if record.meaning != policy.purpose_fingerprint(purpose):
                return Outcome(Code.STALE_CONSENT, record.at)
            if needs_guardian(policy, state, record.at.date()) and not has_guardian(policy, state, at):
                return Outcome(Code.UNDER_AGE, record.at)
            return Outcome(Code.CONSENTED, record.at)
    return Outcome(Code.NO_CONSENT)


def objection(policy: Policy, state: SubjectState, purpose: str, at: datetime) -> Outcome:
    """Whether a purpose that one may object to goes on (GDPR art. 21).

    An objection holds until a ground that outweighs it is recorded, and to direct marketing for good; only the
    subject can end it by saying yes to this very purpose. Saying no where nobody need say yes is an objection too.
    """
    declared = policy.purposes[purpose]
    choices = state.choices(
        purpose, at, marketing=declared.absolute_objection, formerly=tuple(declared.formerly)
    )
    for record in choices:
        named = record.purpose == purpose
        if record.action is Action.OBJECTED or (named and record.action in _SAYS_NO):
            return Outcome(Code.OBJECTED, record.at)
        if named and record.action is Action.OVERRIDDEN and record.ground and not declared.absolute_objection:
            return Outcome(Code.OVERRIDDEN, record.at, record.ground)
        if (
            named
            and record.action is Action.GRANTED
            and record.meaning == policy.purpose_fingerprint(purpose)
        ):
            break
    return Outcome(Code(declared.basis))


def too_young_to_profile(policy: Policy, state: SubjectState, at: datetime) -> Outcome | None:
    """No profile of anyone whose age is not known, nor of a child without a parent's authority (recital 38)."""
    if state.born is None:
        return Outcome(Code.AGE_UNKNOWN)
    if age(state.born, at.date()) < policy.child_age and not has_guardian(policy, state, at):
        return Outcome(Code.UNDER_AGE)
    return None


def needs_guardian(policy: Policy, state: SubjectState, on: date) -> bool:
    """Whether consent given on a day was a child's. Growing up later does not correct it (art. 8(1))."""
    if state.born is None:
        return policy.children.unknown_age == "child"
    return age(state.born, on) < policy.child_age


def has_guardian(policy: Policy, state: SubjectState, at: datetime) -> bool:
    """Whether a holder of parental responsibility had authorised the child's consent by ``at``."""
    return state.guardian is not None and state.guardian <= at and policy.children.guardian != "refuse"


def age(born: date, on: date) -> int:
    """Completed years. Who was born on 29 February completes one on 1 March of a common year.

    The date is that of the moment's own zone. In UTC a birthday begins an hour or two after it does in western
    Europe, never before.
    """
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
