"""What one row of the ledger says, and the exact bytes that are hashed of it.

    content = label "shopprivacy-ledger/1" | kind | salt | fields        (docs/formats/ledger.md)
    digest  = SHA-256(content)

Nothing that must ever be erased goes in: a row names its subject by pseudonym, and every field is a name, a number
or a hash of a form that no e-mail address, name or free text fits. The salt is random, one per row; when a row is
pruned it goes with the content, and the digest that stays behind can then not be tried against guesses.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from shopprivacy.crypto.derivation import length_prefixed
from shopprivacy.decision import Action

FORMAT: Final = "shopprivacy-ledger/1"
SALT_BYTES: Final = 16

_FORMS: Final = {
    "subject": (
        re.compile(r"[a-z][a-z0-9_-]{0,19}:[0-9a-f]{40}"),
        "a pseudonym (shopprivacy.crypto.pseudonym)",
    ),
    "purpose": (re.compile(r"[a-z][a-z0-9_]{0,63}"), "the name of a purpose"),
    "version": (re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,63}"), "a policy version"),
    "meaning": (re.compile(r"[0-9a-f]{64}"), "a SHA-256 in hexadecimal"),
    "text_hash": (re.compile(r"[0-9a-f]{64}"), "a SHA-256 in hexadecimal"),
    "consent_id": (re.compile(r"[0-9a-f]{16,64}"), "random bytes in hexadecimal"),
    "ground": (re.compile(r"[a-z][a-z0-9_]{0,63}"), "the name of a ground"),
}
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_CATEGORY: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_OPTIONAL: Final = ("purpose", "meaning", "text_hash", "consent_id", "ground")


class CollectionMethod(StrEnum):
    """By which act a choice was made."""

    BANNER = "banner"
    PREFERENCE_PAGE = "preference_page"
    ONE_CLICK_MAIL = "one_click_mail"
    OPERATOR = "operator"
    SIGN_IN = "sign_in"
    ACCOUNT = "account"
    SIGNAL = "signal"
    """A browser signal such as Sec-GPC: it can object, never consent."""
    PROVIDER = "provider"
    """A mail service reported a complaint, or an unsubscription that it had taken in."""
    IMPORT = "import"
    """A choice that was made, and proven, before this ledger was there."""
    RULE = "rule"
    """Nobody acted: a term of the policy ran out."""


GRANTING: Final = frozenset(
    {
        CollectionMethod.BANNER,
        CollectionMethod.PREFERENCE_PAGE,
        CollectionMethod.OPERATOR,
        CollectionMethod.ACCOUNT,
        CollectionMethod.IMPORT,
    }
)
"""Acts by which somebody says yes. Signing in, browsing, a mail scanner's click and a rule do not (art. 4(11))."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One choice, as it is recorded for good.

    Raises ValueError, without the value, for a field of another form, for a consent to everything at once (blanket
    consent is none, GDPR art. 6(1)(a)), and for a grant that would prove nothing: without its meaning and the text
    that was shown (art. 7(1)), or by an act that is no affirmative one (art. 4(11)).
    """

    at: datetime
    """When, with a time zone; kept in UTC to the microsecond."""
    subject: str
    purpose: str | None
    """None: every purpose. Only what narrows can mean that, and the lifting of a restriction."""
    action: Action
    version: str
    """The policy's version."""
    meaning: str | None
    """``Policy.purpose_fingerprint(purpose)``: what exactly was agreed to."""
    text_hash: str | None
    """SHA-256 of the text that was shown, in hexadecimal."""
    how: CollectionMethod
    consent_id: str | None = None
    """The random id in the visitor's consent cookie, as proof; only grants have one."""
    data: tuple[str, ...] = ()
    """The data categories it was about."""
    ground: str | None = None
    """Which ground outweighs an objection, by name (GDPR art. 21(1)); only an override has one."""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("at: a moment needs a time zone")
        object.__setattr__(self, "at", self.at.astimezone(UTC))
        for name, (form, what) in _FORMS.items():
            value = getattr(self, name)
            if value is None and name in _OPTIONAL:
                continue
            if value is None or form.fullmatch(value) is None:
                raise ValueError(f"{name}: must be {what}")
        for category in self.data:
            if _CATEGORY.fullmatch(category) is None:
                raise ValueError("data: must be names of data categories")
        if self.purpose is None and self.action in (Action.GRANTED, Action.OVERRIDDEN):
            raise ValueError(f"purpose: {self.action} is said of one purpose at a time")
        if (self.action is Action.OVERRIDDEN) is not (self.ground is not None):
            raise ValueError("ground: an override needs one, nothing else has one")
        if self.action is Action.GRANTED:
            if self.how not in GRANTING:
                raise ValueError(f"how: {self.how} is not an affirmative act, so it cannot grant")
            if self.meaning is None or self.text_hash is None:
                raise ValueError("a grant needs its meaning and the hash of the text that was shown")

    def content(self) -> tuple[str, ...]:
        """Kind and fields in the order in which they are hashed."""
        return (
            "choice",
            written(self.at),
            self.subject,
            _optional(self.purpose),
            self.action.value,
            self.version,
            _optional(self.meaning),
            _optional(self.text_hash),
            self.how.value,
            _optional(self.consent_id),
            " ".join(self.data),
            _optional(self.ground),
        )


@dataclass(frozen=True, slots=True)
class Pruning:
    """The note, in the chain itself, that rows were pruned: without the chain's key nobody can write another one."""

    at: datetime
    keep: str
    """The term they had outlived."""
    rows: tuple[tuple[int, int], ...]
    """First and last sequence number of each stretch of pruned rows."""

    def content(self) -> tuple[str, ...]:
        """Kind and fields in the order in which they are hashed."""
        return ("pruning", written(self.at), self.keep, stretches(self.rows))


@dataclass(frozen=True, slots=True)
class Damaged:
    """A row was read that nobody wrote so. ``reason`` says which field, never its value."""

    reason: str


class Row(NamedTuple):
    """One row as it stands in the store. A pruned row has no content and no salt any more."""

    seq: int
    """From 1, without a gap."""
    content: Entry | Pruning | Damaged | None
    salt: bytes
    digest: bytes
    hash: bytes
    key_id: bytes
    """Which chain key made ``hash``."""

    @property
    def entry(self) -> Entry | None:
        """The choice, if the row holds one."""
        return self.content if isinstance(self.content, Entry) else None


def digest(content: Entry | Pruning, salt: bytes) -> bytes:
    """SHA-256 over the canonical bytes of the content."""
    kind, *fields = content.content()
    return hashlib.sha256(length_prefixed((FORMAT, kind, salt.hex(), *fields))).digest()


def written(at: datetime) -> str:
    """``2026-01-31T09:30:00.000000Z``: always UTC, always the same width, so text order is time order."""
    return _written(at.astimezone(UTC))


@lru_cache(maxsize=1)  # a row's moment is hashed and kept, and that of a page is its rows'
def _written(utc: datetime) -> str:
    return utc.isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_time(text: str) -> datetime:
    """The moment that `written` writes so.

    Raises ValueError for any other text, also for one that spells a moment in another way.
    """
    try:
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError("at: must be a time in UTC such as 2026-01-31T09:30:00.000000Z")


def stretches(rows: tuple[tuple[int, int], ...]) -> str:
    """``1-4 7-7``."""
    return " ".join(f"{first}-{last}" for first, last in rows)


def _optional(value: str | None) -> str:
    # "+" and "-" in front keep the absent apart from the empty.
    return "-" if value is None else f"+{value}"
