"""What a subject's rows add up to at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from shopprivacy.decision import Action, Record
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.policy import Duration

Lifetimes = Mapping[str, Duration]
"""How long a choice of each kind of subject stands by itself: ``{"browser": Duration.parse("6 months")}``."""

WITHDRAWING: Final = frozenset({Action.REFUSED, Action.WITHDRAWN, Action.OBJECTED})
"""What a subject says no with."""


AT_ONCE: Final = timedelta(seconds=10)
"""Within this time a choice that comes again is the same one, sent twice."""

_FROM_OUTSIDE: Final = frozenset(
    {CollectionMethod.ONE_CLICK_MAIL, CollectionMethod.PROVIDER, CollectionMethod.OPERATOR}
)


_CONFIRMED: Final = ("email", Action.GRANTED, CollectionMethod.PREFERENCE_PAGE)


class LastChoice(NamedTuple):
    """Of a choice in the ledger, what the subject's next one is compared with: no more is read of it then."""

    at: datetime
    purpose: str | None
    action: Action
    meaning: str | None


class Withdrawal(NamedTuple):
    """Of a row by which a subject said no to a purpose, what whoever follows the ledger keeps."""

    subject: str
    purpose: str
    at: datetime
    digest: bytes


def kind_of(subject: str) -> str:
    """The readable part of a pseudonym."""
    return subject.partition(":")[0]


def record_of(seq: int, entry: Entry) -> Record:
    """A choice as the decision takes it; ``seq`` is its number in the ledger."""
    return Record(entry.at, entry.purpose, entry.action, entry.meaning, entry.ground, seq)


def ends_by_itself(entry: Entry, lifetimes: Lifetimes) -> datetime | None:
    """When the choice lapses without anybody acting; None: never."""
    lifetime = lifetimes.get(kind_of(entry.subject))
    return None if lifetime is None else lifetime.after(entry.at)


def repeats(entry: Entry, current: Entry | LastChoice | None, lifetimes: Lifetimes) -> bool:
    """Whether the entry says again what the subject's last one about its purpose says, in the same meaning.

    A choice that has lapsed by itself in between is not repeated but made anew. So is a no that reaches the shop
    from outside its pages: what was mailed in between, to be confirmed, must find a no that came later. And so is a yes
    of an address on a page: what its account said in between must find a yes that came later.
    """
    if current is None or entry.action is not current.action or entry.meaning != current.meaning:
        return False
    if current.purpose not in (entry.purpose, None):
        return False
    if entry.action in WITHDRAWING and entry.how in _FROM_OUTSIDE and entry.consent_id is None:
        return entry.at - current.at < AT_ONCE
    if (kind_of(entry.subject), entry.action, entry.how) == _CONFIRMED:
        return entry.at - current.at < AT_ONCE
    lifetime = lifetimes.get(kind_of(entry.subject))
    return lifetime is None or entry.at < lifetime.after(current.at)


def was_allowed(
    entries: Iterable[Entry],
    purpose: str,
    at: datetime,
    *,
    meaning: str | None = None,
    lifetimes: Lifetimes | None = None,
) -> bool:
    """Whether a consent of one subject stood at ``at``, by these entries of theirs in the ledger's order.

    It stood from the moment of a grant until the moment of a refusal, a withdrawal, an objection or an expiry, and
    not under a restriction that came after the grant. With ``meaning`` only a grant in exactly that meaning counts.
    Later entries change nothing about earlier moments: withdrawing leaves what was done before lawful (GDPR
    art. 7(3)).
    """
    granted = False
    restrictions: set[str | None] = set()
    for entry in entries:
        if entry.at > at or entry.purpose not in (purpose, None):
            continue
        match entry.action:
            case Action.GRANTED:
                end = ends_by_itself(entry, lifetimes or {})
                granted = (end is None or at < end) and meaning in (None, entry.meaning)
                restrictions.clear()  # who says yes under a restriction means it (art. 18(2))
            case Action.RESTRICTED:
                restrictions.add(entry.purpose)
            case Action.LIFTED:
                restrictions.discard(entry.purpose)
            case Action.OVERRIDDEN:
                pass  # a ground against an objection is no consent
            case _:
                granted = False
    return granted and not restrictions
