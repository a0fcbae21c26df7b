"""The shop's own events: for which purpose they are written, what they may hold, and what is counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, Field, StrictInt

from shopprivacy.errors import Problem
from shopprivacy.policy.base import (
    NAME_PATTERN,
    Declared,
    Hosts,
    Line,
    Lines,
    Name,
    Names,
    Paths,
    once,
    refuse,
    text_matching,
)
from shopprivacy.policy.enforcement import Enforced
from shopprivacy.policy.wording import nearest

EventField = Literal[
    "time",
    "event",
    "site",
    "route",
    "parameters",
    "status",
    "duration",
    "entry",
    "referrer",
    "campaign",
    "browser",
    "device",
    "language",
    "visitor",
]
"""All that an event may hold, whatever its level."""
EVENT_FIELDS: Final[tuple[EventField, ...]] = get_args(EventField)

OWN_EVENTS: Final = {"page": "every page view", "failure": "every response with an error"}
"""Events that the library counts by itself."""
PARAMETER_PATTERN: Final = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
STEP_PATTERN: Final = rf"^((GET|POST) /[!-~]*|{NAME_PATTERN.strip('^$')})$"
Parameter = Annotated[
    str,
    AfterValidator(text_matching(PARAMETER_PATTERN, "the name of a parameter of a route")),
    Field(json_schema_extra={"pattern": PARAMETER_PATTERN}),
]
Step = Annotated[
    str,
    AfterValidator(
        text_matching(
            STEP_PATTERN,
            'a step; write a method and the template of a route, as "POST /cart" or "GET /products/{slug}", or the '
            "name of an event",
        )
    ),
    Field(json_schema_extra={"pattern": STEP_PATTERN}),
]


def _not_our_own(values: tuple[str, ...]) -> tuple[str, ...]:
    for name in values:
        if name in OWN_EVENTS:
            raise refuse(f'"{name}" is the name of {OWN_EVENTS[name]}; choose another')
    return values


class Analytics(Declared):
    """The shop's own events: no address, only these fields."""

    purpose: Enforced[Name | None] = None
    """The purpose of events. If it needs consent, no event is written before; otherwise events are written until the
    visitor objects. Without it there are no events."""

    visitor: Enforced[Name | None] = None
    """The consent purpose under which events contain the minute and the visitor of the day. Other events contain only
    the hour, and do not distinguish visitors."""

    fields: Enforced[Annotated[tuple[EventField, ...], AfterValidator(once)]] = ()
    """The fields that an event may contain in addition to `time` and `event`. Default: the library's closed list."""

    query: Enforced[tuple[Line, ...]] = ()
    """Query parameters that are kept in URLs in logs; all others are cut off."""

    keep_params: Enforced[Annotated[tuple[Parameter, ...], AfterValidator(once)]] = ()
    """Parameters of routes that are kept in events, such as the `slug` of a product; no event contains others."""

    campaigns: Enforced[Lines] = ()
    """Values of `utm_source`, `utm_medium` and `utm_campaign` that events keep; any other is `other`."""

    events: Enforced[Annotated[Names, AfterValidator(_not_our_own)]] = ()
    """Events that code may count, in addition to page views. Counting any other raises an error."""

    funnel: Enforced[Annotated[tuple[Step, ...], AfterValidator(once)]] = ()
    """The steps to an order: method and template of a route, such as `POST /cart`, or a name of `events`."""

    exclude: Enforced[Paths] = ()
    """Paths, with all below them, that are not counted. `/privacy`, `/u` and `/admin` are never counted."""

    not_entry: Enforced[Hosts] = ()
    """Hosts, such as those of payment providers, from which a return does not begin a visit; `*.example.com` for all
    below a domain."""

    ipv4: Enforced[Annotated[StrictInt, Field(ge=0, le=32)]] = 24
    """Bits of an IPv4 address that are kept in other logs; the visitor of the day uses at most 24 of them."""

    ipv6: Enforced[Annotated[StrictInt, Field(ge=0, le=128)]] = 48
    """Bits of an IPv6 address that are kept in other logs; the visitor of the day uses at most 48 of them."""

    def faults(self) -> Iterator[Problem]:
        """What is wrong between its own keys."""
        if self.visitor and not self.purpose:
            yield Problem(
                "purpose", "is missing; without it there are no events that could contain a visitor"
            )
        for index, step in enumerate(self.funnel):
            if " " not in step and step not in self.events:
                message = f'event "{step}" is not declared; {nearest(step, self.events)}'
                yield Problem(f"funnel[{index}]", message, "undeclared-name")
