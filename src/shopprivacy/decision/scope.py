"""Whether a question stays within what the policy declares: default deny (GDPR art. 5(1)(b)-(c))."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from shopprivacy.decision.outcome import Code
from shopprivacy.policy import Basis
from shopprivacy.policy.vocabulary import covers

if TYPE_CHECKING:
    from shopprivacy.policy import Policy, Purpose


class Outcome(NamedTuple):
    """A code, with when the act that decided was done and what it turned on."""

    code: Code
    since: datetime | None = None
    detail: str = ""


def beyond_what_is_declared(
    policy: Policy,
    purpose: str,
    data: str | Iterable[str] | None,
    recipient: str | None,
    context: str | None,
    *,
    storing: bool,
) -> Outcome | None:
    """Why a question goes beyond what is declared for a declared purpose; None: it does not."""
    declared = policy.purposes[purpose]
    names: list[tuple[str, str]] = []
    for name in () if data is None else (data,) if isinstance(data, str) else data:
        category = category_of(policy, name)
        if category is None:
            return Outcome(Code.UNDECLARED_DATA, detail=name)
        if category not in declared.data:
            return Outcome(Code.OTHER_DATA, detail=name)
        names.append((name, category))
    if policy.separate and not storing and _spans_contexts(policy, declared, names, context):
        return Outcome(Code.SEPARATE)
    return None if recipient is None else _beyond_the_recipient(policy, purpose, names, recipient)


def category_of(policy: Policy, name: str) -> str | None:
    """The category that a name is or that a field belongs to; None: the policy does not declare it."""
    if name in policy.data:
        return name
    if "." not in name:
        return None
    return next((key for key, category in policy.data.items() if covers(category.fields, name)), None)


def _beyond_the_recipient(
    policy: Policy, purpose: str, names: Iterable[tuple[str, str]], recipient: str
) -> Outcome | None:
    declared = policy.recipients.get(recipient)
    if declared is None:
        return Outcome(Code.UNDECLARED_RECIPIENT)
    if purpose not in declared.for_ or declared.aggregate:
        return Outcome(Code.OTHER_RECIPIENT)
    for name, category in names:
        narrowed = declared.fields and name != category and not covers(declared.fields, name)
        if category not in declared.data or narrowed:
            return Outcome(Code.WITHHELD_DATA, detail=name)
    return None


def _spans_contexts(
    policy: Policy, purpose: Purpose, names: Iterable[tuple[str, str]], context: str | None
) -> bool:
    """Whether the data lies in more contexts than one, beyond what the purpose may combine.

    A category may have its place in several contexts. In the shop's own records stand all categories that no
    separate context names, and those of the others that a contract or a law needs outside their context: the
    e-mail address stands in the support messages, and by itself in the orders.
    """
    asked = {category for _, category in names} or set(purpose.data)
    for joined in purpose.combines:
        asked.difference_update(policy.separate[joined])
    if context is not None:
        return not asked <= set(policy.separate.get(context, ()))
    if any(asked <= set(categories) for categories in policy.separate.values()):
        return False
    apart = {category for categories in policy.separate.values() for category in categories}
    return not asked <= (set(policy.data) - apart) | _needed_outside(policy)


def _needed_outside(policy: Policy) -> set[str]:
    contexts = [set(categories) for categories in policy.separate.values()]
    return {
        category
        for purpose in policy.purposes.values()
        if purpose.basis in {Basis.CONTRACT, Basis.LEGAL_OBLIGATION}
        and not any(set(purpose.data) <= categories for categories in contexts)
        for category in purpose.data
    }
