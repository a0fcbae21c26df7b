"""Who a record is about, without saying who: a keyed hash of an identifier (GDPR art. 4(5))."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from shopprivacy.crypto.derivation import length_prefixed
from shopprivacy.crypto.keys import Use
from shopprivacy.crypto.keyset import Keyset
from shopprivacy.errors import PrivacyError

KIND: Final = re.compile(r"[a-z][a-z0-9_-]{0,19}", re.ASCII)
DIGEST_BYTES: Final = 20


def id_text(identifier: object) -> str:
    """Return the one spelling of a shop's own id of somebody: 7 and ``"7"`` are one.

    Raises PrivacyError for other types: a whole record, or None, would be spelled as somebody else.
    """
    if isinstance(identifier, bool) or not isinstance(identifier, int | str | UUID):
        kind = type(identifier).__name__
        raise PrivacyError(
            f"an id is an int, a str or a UUID, and not a {kind}: give the id, such as customer.id"
        )
    return str(identifier)


def pseudonym(keyset: Keyset, kind: str, identifier: str) -> str:
    """The pseudonym of ``identifier`` among the subjects of this ``kind``: ``customer:3f2a…`` (at most 61 characters).

    ``kind`` says what the identifier is (``customer``, ``browser``, ``email``) and stays readable, because terms
    differ by kind; it goes into the hash too, so customer "7" and order "7" have nothing in common. 160 bits of
    HMAC-SHA256 under a key of the subjects ring: the same for as long as the shop exists, and not reversible by
    trying all customer numbers without that key. Normalise the identifier (an e-mail address, say) before.

    Raises ValueError for a kind that is no such word, and for an empty identifier: all visitors without one would
    be one subject.
    """
    if KIND.fullmatch(kind) is None:
        raise ValueError("the kind of a subject is a lower-case word of at most 20 characters")
    if not identifier:
        raise ValueError(f"the identifier of a {kind} is empty")
    key = keyset.derive(Use.SUBJECT)
    digest = key.mac(length_prefixed((kind, identifier)))
    return f"{kind}:{digest[:DIGEST_BYTES].hex()}"
