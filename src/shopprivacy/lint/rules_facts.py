"""The rule about the library's own facts: what was not looked at for long may not be the law any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from shopprivacy.jurisdiction import jurisdiction, transfers
from shopprivacy.policy import Policy

Found = tuple[tuple[str, ...], str]

LONGEST_MONTHS: Final = 18
"""Months after which a fact has to be looked at again."""


def unchecked_law(policy: Policy, today: date) -> Iterator[Found]:
    """Facts of the policy's country, and decisions of the Commission that its recipients rest on, that are too old."""
    country = jurisdiction(policy.jurisdiction)
    if old := _too_old(country.checked, today):
        facts = ", ".join(f"{name} (checked on {day})" for name, day in old.items())
        yield ("jurisdiction",), f"what the library knows of {country.code} may be outdated: {facts}"
    for name, recipient in policy.recipients.items():
        decision = transfers().adequate.get(recipient.country)
        if recipient.safeguard and decision and recipient.safeguard.kind == decision.kind:
            for day in _too_old({"decision": decision.checked}, today).values():
                message = f"the decision about {recipient.country} ({decision.source}) was checked on {day}"
                yield ("recipients", name, "safeguard", "kind"), message


def _too_old(checked: Mapping[str, date], today: date) -> Mapping[str, date]:
    """Return what was checked 18 months ago or more, counted in months of the calendar."""
    return {name: day for name, day in checked.items() if _is_too_old(day, today)}


def _is_too_old(day: date, today: date) -> bool:
    months = (today.year - day.year) * 12 + today.month - day.month
    return (months, today.day) >= (LONGEST_MONTHS, day.day)
