"""What a policy means, as bytes: the fingerprint of the whole, and the fingerprint and id of each purpose.

Everything is hashed over canonical JSON: keys and lists sorted, no blanks, defaults left out. Leaving defaults out
keeps a fingerprint where it is when a later version of the library learns a new key; so the default of an existing
key may never change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from shopprivacy.policy.vocabulary import covers

if TYPE_CHECKING:
    from shopprivacy.policy.base import Declared
    from shopprivacy.policy.data import Recipient
    from shopprivacy.policy.keys import PolicyKeys
    from shopprivacy.policy.purpose import Purpose

NOT_IN_FINGERPRINT: Final = frozenset(
    {"effective", "languages", "presets", "mode", "cache", "logs", "texts", "prove", "accepted"}
)
"""Keys of the policy that tell and bind customers nothing. ``effective`` stands beside the fingerprint in the
version; the cookies of presets count as cookies."""

NOT_IN_PURPOSE_FINGERPRINT: Final = frozenset({"asked", "confirm", "flag", "formerly", "review"})
"""Keys of a purpose that say how it is run, not what the customer agrees to."""

IN_COOKIE_FINGERPRINT: Final = frozenset({"essential", "exempt", "life", "identifying", "recipients"})
"""Keys of a cookie that are told when consent is asked (C-673/17 Planet49: how long, and who reads it)."""

IN_RECIPIENT_FINGERPRINT: Final = frozenset({"name", "role", "country", "aggregate"})
"""Keys of a recipient that are told when consent is asked (art. 13(1)(e)-(f)), beside what it receives for this
purpose. A renewed agreement is not."""


def canonical(value: object) -> bytes:
    """One spelling for each meaning: sorted keys, sorted lists, no blanks, UTF-8."""
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _sorted(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _sorted(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return sorted(
            (_sorted(entry) for entry in value), key=lambda entry: json.dumps(entry, sort_keys=True)
        )
    return value


def fingerprint_of(policy: PolicyKeys) -> str:
    """SHA-256, as 64 hexadecimal digits, of everything a customer is told or bound by."""
    return sha256(canonical(_dumped(policy, exclude=NOT_IN_FINGERPRINT))).hexdigest()


def text_of(policy: PolicyKeys) -> str:
    """The whole policy in its one spelling, to be kept with the consents that refer to it."""
    return canonical(_dumped(policy)).decode()


def version_of_text(text: str) -> str | None:
    """The version of the policy that ``text_of`` gave, reckoned from that text alone; None: no policy gives it."""
    try:
        kept = json.loads(text)
        meaning = canonical({key: value for key, value in kept.items() if key not in NOT_IN_FINGERPRINT})
        return version(str(kept["effective"]), sha256(meaning).hexdigest())
    except (ValueError, AttributeError, KeyError, RecursionError):
        return None


def version(effective: str, fingerprint: str) -> str:
    """``2026-01-01.1a2b3c4d``."""
    return f"{effective}.{fingerprint[:8]}"


def purpose_fingerprint_of(policy: PolicyKeys, purpose: str) -> str:
    """SHA-256, as 64 hexadecimal digits, of what a customer agrees to with this purpose.

    What counts: its name and declaration (but :data:`PURPOSE_NOT_MEANING`), the fields and sources of its
    categories, its recipients with what they get for it, its cookies with their lives, its third
    parties with their hosts. What does not: texts, domains and paths of cookies, everything of other purposes.
    """
    declared = policy.purposes[purpose]
    parts = {
        "name": purpose,
        "purpose": _dumped(declared, exclude=NOT_IN_PURPOSE_FINGERPRINT),
        "data": {name: _dumped(policy.data[name]) for name in declared.data},
        "recipients": {
            name: _dumped(recipient, include=IN_RECIPIENT_FINGERPRINT)
            | _received(policy, recipient, declared)
            for name, recipient in policy.recipients.items()
            if purpose in recipient.for_
        },
        "cookies": {
            name: _dumped(cookie, include=IN_COOKIE_FINGERPRINT)
            for name, cookie in policy.cookies.items()
            if cookie.purpose == purpose
        },
        "third_parties": {
            name: _dumped(party, include={"hosts", "recipient"})
            for name, party in policy.third_parties.items()
            if party.purpose == purpose
        },
    }
    return sha256(canonical(parts)).hexdigest()


def _received(policy: PolicyKeys, recipient: Recipient, purpose: Purpose) -> dict[str, object]:
    """What a recipient gets for this purpose: what both it and the purpose name."""
    data = [name for name in recipient.data if name in purpose.data]
    if not recipient.fields:
        return {"data": data}
    within = tuple(field for name in data for field in policy.data[name].fields)
    return {"data": data, "fields": [field for field in recipient.fields if covers(within, field)]}


def id_of_meaning(fingerprint: str) -> int:
    """The 16 bits by which a consent cookie names a purpose that consent is asked for."""
    return int(fingerprint[:4], 16)


def id_of_name(name: str) -> int:
    """The 16 bits by which a consent cookie names a purpose that a browser can only object to."""
    return id_of_meaning(sha256(name.encode("ascii")).hexdigest())


def purpose_id_of(policy: PolicyKeys, name: str) -> int:
    """The 16 bits by which a consent cookie names a purpose: the first of its fingerprint.

    What can only be objected to in the browser is named by its name alone: the no outlives any change of its meaning,
    since nobody would be asked again.
    """
    if name in policy.objected_to_in_browser():
        return id_of_name(name)
    return id_of_meaning(purpose_fingerprint_of(policy, name))


LINK_TAG_BYTES: Final = 2


@lru_cache
def link_tag_of(purpose: str) -> bytes:
    """The 2 bytes by which an unsubscribe link names a purpose: by its name alone, so links outlive any change."""
    return sha256(purpose.encode("ascii")).digest()[:LINK_TAG_BYTES]


def _dumped(
    part: Declared, *, include: Set[str] | None = None, exclude: Set[str] | None = None
) -> dict[str, object]:
    return part.model_dump(
        mode="json",
        by_alias=True,
        exclude_defaults=True,
        include=None if include is None else set(include),
        exclude=None if exclude is None else set(exclude),
    )
