"""Rules about logs: what would survive in them although it points to a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from shopprivacy.personal_names import is_card, is_national, is_personal, is_phone, is_secret
from shopprivacy.policy import Policy

Found = tuple[str | tuple[str | int, ...], str]

_USUAL: Final = {"ipv4": 24, "ipv6": 48}
_IN_FORMS: Final = frozenset({"name", "naam", "nom", "nazwa", "code", "key", "hash", "sig"})
"""What is anything in a line of a log is a person's name, or a secret, as the parameter of a URL."""

_PATTERN: Final = frozenset("*?^$|\\")


def weak_truncation(policy: Policy, _today: date) -> Iterator[Found]:
    """More bits of an address than leave it in a crowd."""
    for key, usual in _USUAL.items():
        bits: int = getattr(policy.analytics, key)
        if bits > usual:
            yield ("analytics", key), f"keeps {bits} bits of an address, more than {usual}"


def personal_parameter(policy: Policy, _today: date) -> Iterator[Found]:
    """Parameters that carry a person's data, a secret, or the id of a click on an advertisement."""
    for key, place in (("query", "logs"), ("keep_params", "events")):
        for index, name in enumerate(getattr(policy.analytics, key)):
            if points_to_a_person(name):
                yield ("analytics", key, index), f'keeps "{name}" in {place}'


def parameter_pattern(policy: Policy, _today: date) -> Iterator[Found]:
    """A pattern in the place of a name: nobody reads it as one, so it keeps nothing of what it seems to."""
    for index, name in enumerate(policy.analytics.query):
        if not _PATTERN.isdisjoint(name):
            yield (
                ("analytics", "query", index),
                f'"{name}" is not a pattern; it keeps only a parameter of that very name',
            )


def points_to_a_person(parameter: str) -> bool:
    """Whether a query parameter of this name carries what no log may hold."""
    lower = parameter.lower()
    kinds = (is_secret, is_personal, is_phone, is_card, is_national)
    return "mail" in lower or lower in _IN_FORMS or any(kind(parameter) for kind in kinds)
