"""What one message is for, and what the gate must know beside that. All of it can travel in a header.

    X-Privacy-Purpose: orders; requested=2026-01-05T12:00:00+00:00; customer=17

A queue keeps header fields, where it would lose a context variable. Values are percent-encoded (RFC 3986, section 2.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, unquote

from shopprivacy.crypto import id_text
from shopprivacy.errors import PrivacyError

PURPOSE_FIELD: Final = "X-Privacy-Purpose"
"""The header field by which a message names its purpose. It never leaves."""
_PLAIN: Final = ":/+@?=&-._~"
_MOMENTS: Final = ("requested", "sold_at")


def check_moment(name: str, moment: object) -> None:
    """Raise ValueError, which names the parameter, for what is neither None nor a datetime with a time zone."""
    if moment is not None and (not isinstance(moment, datetime) or moment.tzinfo is None):
        raise ValueError(f"{name}: a moment needs a time zone; use datetime.now(UTC)")


@dataclass(frozen=True, slots=True)
class MailPurpose:
    """The purpose of a message. ``str()`` of it is the value of the header ``X-Privacy-Purpose``.

    Raises ValueError for a moment without a time zone, and PrivacyError for a customer who is no id.
    """

    name: str | None = None
    """The purpose in the policy; None: that of ``mail.otherwise``."""
    customer: object | None = field(default=None, repr=False)
    """The shop's id (int, str or UUID) of the account whose mail it is. A refusal by the account counts too, a consent
    does not."""
    requested: datetime | None = None
    """When the subject of the message was requested, such as the time of the order; None: now. A message about an order
    that is older than a restriction is held (GDPR art. 18)."""
    sold_at: datetime | None = None
    """When something was sold to the address, for a soft opt-in."""
    language: str | None = None
    """The language of the links at its foot; None: the first of the policy."""
    url: str | None = None
    """Replaces ``mail.url`` while a shop is developed under another address."""
    change_data: str | None = None
    """Replaces ``mail.change_data``."""

    def __post_init__(self) -> None:
        """Check what would travel as text."""
        for name in _MOMENTS:
            check_moment(name, getattr(self, name))
        if self.customer is not None:
            id_text(self.customer)

    def __str__(self) -> str:
        """Return what the header says: ASCII on one line."""
        parts = [self.name or ""]
        for key in _KEYS:
            value: object = getattr(self, key)
            if value is not None:
                text = value.isoformat() if isinstance(value, datetime) else str(value)
                parts.append(f"{key}={quote(text, safe=_PLAIN)}")
        return "; ".join(parts)

    def over(self, said: MailPurpose) -> MailPurpose:
        """Return this, and what a header said where this says nothing."""
        known = {item.name: getattr(self, item.name) for item in fields(self)}
        return replace(said, **{name: value for name, value in known.items() if value is not None})


_KEYS: Final = tuple(item.name for item in fields(MailPurpose) if item.name != "name")


def mail_purpose(said: MailPurpose | str | None) -> MailPurpose:
    """Return what a call names as a purpose, which may be its name alone."""
    return said if isinstance(said, MailPurpose) else MailPurpose(said)


def read_purpose(values: Iterable[str]) -> MailPurpose:
    """Return what the header says, by all of its values. Raises PrivacyError where that cannot be read."""
    said = {" ".join(value.split()) for value in values}
    if len(said) > 1:
        raise PrivacyError(f"{PURPOSE_FIELD}: is there twice; a message has one purpose")
    name, *parts = [part.strip() for part in (said.pop() if said else "").split(";")]
    found: dict[str, Any] = {}
    for part in filter(None, parts):
        key, _, text = part.partition("=")
        if key not in _KEYS:  # it is not quoted: a value whose key was forgotten may be an address
            raise _unread(f"one of its parts is not one of {', '.join(_KEYS)}")
        found[key] = _moment(key, unquote(text)) if key in _MOMENTS else unquote(text)
    return MailPurpose(name or None, **found)


def _moment(key: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min  # noqa: DTZ901  # refused below
    if moment.tzinfo is None:
        raise _unread(f"{key} is not a time with a time zone")
    return moment


def _unread(told: str) -> PrivacyError:
    return PrivacyError(f"{PURPOSE_FIELD}: {told}; write it with str(MailPurpose(…))")
