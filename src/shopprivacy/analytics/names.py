"""What stands behind a name in a log, and quick looks for whether any of it does: most words of a log are no names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shopprivacy.personal_names import (
    CARDS,
    CLICK_IDS,
    NATIONAL,
    PERSONAL,
    PHONES,
    SAID_AGAIN,
    SECRETS,
    WHOLE,
    endings,
    is_card,
    is_national,
    is_personal,
    is_phone,
    is_secret,
)

WHOLE_LINES: Final = frozenset({"authorization", "cookie", "cookies"})
"""Secrets whose values may hold blanks: a header's whole value goes."""
SCHEMES: Final = frozenset({"basic", "bearer", "digest", "negotiate"})
"""Schemes of authentication (RFC 9110 §11), behind which credentials stand."""
VERSIONS: Final = frozenset({"version", "versie", "versions"})
"""Behind these, four numbers with dots are no address."""
QUERIES: Final = frozenset({"query", "query_string", "querystring", "args", "request_args"})
"""Names of what stands behind the question mark."""
AGENTS: Final = frozenset({"user_agent", "useragent", "http_user_agent", "agent"})
_AGENTS_IN_TEXT: Final = ("user_agent", "user-agent", "useragent")
ADDRESSES: Final = frozenset(
    {"remote_addr", "remote_ip", "client_ip", "client", "clientip", "ip", "http_x_forwarded_for"}
)
URLS: Final = frozenset({"uri", "request_uri", "url", "path", "referer", "http_referer", "referrer"})
USERS: Final = frozenset({"remote_user", "user", "user_id"})
"""Of access logs alone: who logged in."""

_CONTEXT: Final = {*CARDS, *NATIONAL, *PHONES, *SCHEMES, *VERSIONS, *_AGENTS_IN_TEXT}
_NAMED: Final = SECRETS | WHOLE | CLICK_IDS | QUERIES | PERSONAL


def _ending(name: str) -> str:
    """The last three characters of a name, however its words are joined, without digits behind them."""
    return name.lower().replace("-", "_").replace(".", "_").rstrip("0123456789").rstrip("_")[-3:]


def _all_endings(listed: Iterable[str]) -> frozenset[str]:
    return frozenset(
        _ending(form) for name in (*listed, *SAID_AGAIN) for form in (name, name.replace("_", ""))
    )


_CONTEXT_ENDINGS: Final = _all_endings(_CONTEXT)
_NAMED_ENDINGS: Final = _all_endings(_NAMED)


def is_context(name: str) -> bool:
    """Whether this name says what the number or text behind it is; quick where it does not."""
    lower = name.lower()
    likely = _ending(name) in _CONTEXT_ENDINGS
    return likely and (lower in SCHEMES or lower in VERSIONS or is_agent_in_text(name) or is_number(name))


def is_agent_in_text(name: str) -> bool:
    """Whether a user agent stands behind this name in text, where ``agent`` alone may be anybody."""
    return name.lower().endswith(_AGENTS_IN_TEXT)


def is_number(name: str) -> bool:
    """Whether the number behind this name is a person's, if it is one of its kind."""
    return is_card(name) or is_national(name) or is_phone(name)


def is_named(name: str) -> bool:
    """Whether a secret, a query or what a form asks stands behind this name; quick where none does."""
    likely = _ending(name) in _NAMED_ENDINGS or name[0] == "_"
    return likely and (is_secret(name) or is_query(name) or is_personal(name))


def is_out(name: str) -> bool:
    """Whether the value under this key of a mapping is in no log, whatever it is."""
    return is_secret(name) or is_personal(name)


def takes_line(name: str) -> bool:
    """Whether the value of this secret may hold blanks."""
    return not WHOLE_LINES.isdisjoint(endings(name))


def is_query(name: str) -> bool:
    """Whether a query string stands behind this name."""
    return not QUERIES.isdisjoint(endings(name))


def is_agent(name: str) -> bool:
    """Whether a user agent stands behind this name."""
    return not AGENTS.isdisjoint(endings(name))


def nested(parent: str, key: str) -> str:
    """The name of a key within its mapping: a ``number`` of a ``card`` is a card number."""
    joined = f"{parent}_{key}" if parent else key
    return joined if is_out(joined) or is_number(joined) else key
