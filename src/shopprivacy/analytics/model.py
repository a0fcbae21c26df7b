"""What a policy says about logs: how much of an address survives, which parameters, and what is left alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from shopprivacy.policy import Policy


@dataclass(frozen=True, slots=True)
class LogRules:
    """How logs are cleaned; the defaults are those of a policy that says nothing about it."""

    ipv4: int = 24
    """Bits of an IPv4 address that survive."""
    ipv6: int = 48
    """Bits of an IPv6 address that survive."""
    query: frozenset[str] = frozenset()
    """Query parameters that URLs keep."""
    keep: frozenset[str] = frozenset({"uuid", "hex"})
    """Kinds of long text that stay: ``uuid``, ``hex`` (digests)."""
    patterns: tuple[re.Pattern[str], ...] = ()
    """What else stays, where a whole token is of this form."""
    before_tokens: frozenset[str] = frozenset({"/u/", "/privacy/confirm/"})
    """Paths of our own below which a token stands, whatever it looks like."""


def rules_of(policy: Policy) -> LogRules:
    """The rules for logs that a policy states."""
    kept = policy.logs.keep
    links = urlsplit(policy.mail.url).path if policy.mail.url else "/u/"
    answered = (
        f"/{links.split('/')[-2]}/"  # where the shop is mounted below a prefix, it sees the last segment
    )
    return LogRules(
        ipv4=policy.analytics.ipv4,
        ipv6=policy.analytics.ipv6,
        query=frozenset(policy.analytics.query),
        keep=frozenset(kind for kind in kept if not kind.startswith("/")),
        before_tokens=frozenset({links, answered, "/privacy/confirm/"}),
        patterns=tuple(re.compile(kind[1:-1]) for kind in kept if kind.startswith("/")),
    )
