"""What a policy says about events, compiled once: for which purpose, which fields, and what is counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from shopprivacy.analytics.event import FIELDS
from shopprivacy.analytics.model import LogRules, rules_of
from shopprivacy.analytics.routes import template, without_language
from shopprivacy.policy import Basis

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

NEVER_COUNTED: Final = ("/privacy", "/u", "/admin", "/static")
"""Paths of the library, of operators and of files, with all below them."""


@dataclass(frozen=True)
class EventRules:
    """What is counted, and how much of it is kept."""

    purpose: str
    visitor: str | None
    """The purpose under which an event may tell visitors apart."""
    fields: frozenset[str]
    parameters: tuple[str, ...]
    campaigns: frozenset[str]
    events: frozenset[str]
    steps: Mapping[tuple[str, str], str]
    """Steps by method and template of the route, as the policy writes them."""
    repeated: tuple[str, ...]
    """Steps that are another one in other words."""
    excluded: tuple[str, ...]
    not_entry: tuple[str, ...]
    languages: tuple[str, ...]
    logs: LogRules
    """What text in events may hold, and bits of an address that a visitor may hang on: as in logs, but never more than
    24 and 48."""

    @property
    def tells_visitors_apart(self) -> bool:
        """Whether any event may say its visitor."""
        return self.visitor is not None and "visitor" in self.fields

    def is_excluded(self, path: str) -> bool:
        """Whether nothing is counted at this path."""
        path = without_language(path, self.languages)
        return path.startswith(self.excluded) and any(
            path == prefix or path.startswith(f"{prefix}/") for prefix in self.excluded
        )

    def is_no_entry(self, host: str) -> bool:
        """Whether a return from this host begins no visit."""
        return any(
            host == known or (known.startswith("*.") and host.endswith(known[1:])) for known in self.not_entry
        )

    def never_counted(self, routes: Iterable[tuple[str, str]]) -> list[str]:
        """Return what is wrong with steps that an application cannot count; its routes are methods and templates."""
        answered = {(method, template(route, self.languages)) for method, route in routes}
        told = [
            f'no route answers the step "{name}"' for step, name in self.steps.items() if step not in answered
        ]
        told += [
            f'nothing is counted at the step "{name}": it is below a path of analytics.exclude, or of those that never '
            "are counted"
            for (_, route), name in self.steps.items()
            if self.is_excluded(route)
        ]
        return told + [f'the step "{name}" is one that stands there already' for name in self.repeated]


def event_rules(policy: Policy) -> EventRules | None:
    """Return the rules of a policy; None where it has no purpose for events."""
    said = policy.analytics
    if said.purpose is None:
        return None
    own = urlsplit(policy.mail.url).path.rstrip("/") if policy.mail.url else ""
    needed = [
        host.partition(":")[0]
        for party in policy.third_parties.values()
        if policy.purposes[party.purpose].basis is not Basis.CONSENT
        for host in party.hosts
    ]
    languages = (*policy.languages,)
    steps: dict[tuple[str, str], str] = {}
    repeated = []
    for step in said.funnel:
        method, blank, route = step.partition(" ")
        if blank and steps.setdefault((method, template(route, languages)), step) != step:
            repeated.append(step)
    return EventRules(
        purpose=said.purpose,
        visitor=said.visitor,
        fields=frozenset(said.fields or FIELDS),
        parameters=said.keep_params,
        campaigns=frozenset(said.campaigns),
        events=frozenset(said.events),
        steps=steps,
        repeated=(*repeated,),
        excluded=(*NEVER_COUNTED, *((own,) if own else ()), *(path.rstrip("/") for path in said.exclude)),
        not_entry=(*(host.partition(":")[0] for host in said.not_entry), *needed),
        languages=languages,
        logs=replace(rules_of(policy), ipv4=min(said.ipv4, 24), ipv6=min(said.ipv6, 48)),
    )
