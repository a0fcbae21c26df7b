"""What a policy says about logs: how much of an address survives, which parameters, and what is left alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
    return LogRules(
        ipv4=policy.analytics.ipv4,
        ipv6=policy.analytics.ipv6,
        query=frozenset(policy.analytics.query),
        keep=frozenset(kind for kind in kept if not kind.startswith("/")),
        before_tokens=frozenset(_before_tokens(policy)),
        patterns=tuple(re.compile(kind[1:-1]) for kind in kept if kind.startswith("/")),
    )


def _before_tokens(policy: Policy) -> Iterator[str]:
    """Yield the paths of links in mails, of those in older mails too, and what is left of each below a mount."""
    yield "/privacy/confirm/"
    urls = (*([policy.mail.url] if policy.mail.url else []), *policy.mail.formerly)
    for path in [urlsplit(url).path for url in urls] or ["/u/"]:
        parts = path.strip("/").split("/")
        for first in range(len(parts)):
            yield f"/{'/'.join(parts[first:])}/"
            yield f"/{'/'.join([*parts[first:-1], 'privacy', 'confirm'])}/"
