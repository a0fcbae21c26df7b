"""Rules about cookies that are set without asking (directive 2002/58 art. 5(3)), and about how long they live."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from shopprivacy.lint.rules_purposes import longer
from shopprivacy.policy import Basis, Cookie, Policy, Term

Found = tuple[tuple[str, ...], str]

LONGEST: Final = Term(400, "days")
"""Browsers cut a longer life to this (RFC 6265bis §5.5)."""

COUNTERS: Final = ("_ga", "_gid", "_gat")
"""Beginnings of names under which Google counts visits, as the law of a country may allow without asking."""

FOLLOWERS: Final = (
    "_gac_",
    "_gcl_",
    "_fbp",
    "_fbc",
    "_hj",
    "_uet",
    "_clck",
    "_clsk",
    "_pin_",
    "_ttp",
    "IDE",
    "muc_ads",
)
"""The same of services that follow each visitor, as no law allows: Google's advertisements, Meta, Hotjar, Microsoft,
Pinterest, TikTok, X."""


def tracking_essential(policy: Policy, _today: date) -> Iterator[Found]:
    """A cookie that nobody asked for but the shop or its advertisers, declared essential or exempt."""
    for name, cookie in policy.cookies.items():
        if cookie.essential and (reason := _tracks(policy, name, cookie)):
            yield ("cookies", name, "essential"), f"{reason}; no visitor asked for it"
        elif cookie.exempt and (reason := _tracks(policy, name, cookie)):
            yield ("cookies", name, "exempt"), f"{reason}; no law lets that go unasked"


def _tracks(policy: Policy, name: str, cookie: Cookie) -> str | None:
    purpose = policy.purposes.get(cookie.purpose or "")
    if cookie.essential and purpose and purpose.basis is Basis.CONSENT:
        return f'"{cookie.purpose}" rests on consent'
    if purpose and (purpose.absolute_objection or purpose.profiling or purpose.cross_device):
        return f'"{cookie.purpose}" is marketing or profiling'
    if name.startswith(FOLLOWERS) or (cookie.essential and name.startswith(COUNTERS)):
        return "it is known as a cookie that follows visitors"
    return None


def identifying_unasked(policy: Policy, _today: date) -> Iterator[Found]:
    """A lasting cookie with an identity in it, set as essential or exempt."""
    for name, cookie in policy.cookies.items():
        if cookie.identifying and cookie.life != "session" and (cookie.essential or cookie.exempt):
            message = f"knows someone again for {cookie.life}, and is set without asking"
            yield ("cookies", name, "identifying"), message


def cookie_life(policy: Policy, _today: date) -> Iterator[Found]:
    """A life beyond what browsers allow: the statement would promise what no browser does."""
    for name, cookie in policy.cookies.items():
        if isinstance(cookie.life, Term) and longer(cookie.life, LONGEST):
            yield ("cookies", name, "life"), f'"{cookie.life}" is longer than {LONGEST}'
