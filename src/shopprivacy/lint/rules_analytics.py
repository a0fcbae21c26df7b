"""Rules about events: whether the country lets a shop count without consent, and how long events are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from shopprivacy.jurisdiction import jurisdiction
from shopprivacy.lint.rules_purposes import longer
from shopprivacy.policy import Basis, Duration, Policy

Found = tuple[tuple[str, ...], str]

LONGEST: Final = Duration(25, "months")
"""For how long events may be kept that nobody was asked about (CNIL on audience measurement, 4 July 2025)."""


def events_without_consent(policy: Policy, _today: date) -> Iterator[Found]:
    """Events that do not rest on consent, in a country that asks for it."""
    name = policy.analytics.purpose
    purpose = policy.purposes.get(name or "")
    facts = jurisdiction(policy.jurisdiction)
    if purpose and purpose.basis is not Basis.CONSENT and facts.measuring == "consent":
        message = f'"{name}" rests on {purpose.basis}, and {facts.code} asks for consent ({facts.sources["measuring"]})'
        yield ("analytics", "purpose"), message


def events_term(policy: Policy, _today: date) -> Iterator[Found]:
    """Events that are kept too long, or until something that an event does not know: whose last visit it was."""
    said = policy.analytics
    for name in dict.fromkeys(filter(None, (said.purpose, said.visitor))):
        purpose = policy.purposes[name]
        keep = purpose.keep
        if keep is None:
            yield ("purposes", name), "has no keep, so its events are never pruned"
        elif keep.event is not None:
            message = f'"{keep}" counts from something that no event knows; its term is counted from the event itself'
            yield ("purposes", name, "keep"), message
        elif longer(keep.term, LONGEST):
            yield ("purposes", name, "keep"), f'"{keep}" is longer than {LONGEST}'
