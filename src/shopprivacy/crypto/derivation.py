"""From a root key to the key of one use: HKDF-SHA256 (RFC 5869) with a label that reads in one way only.

    info   = count (4) | part | part | …      count and lengths are unsigned 32-bit, big-endian
    part   = length (4) | UTF-8 bytes
    parts  = "shopprivacy/1", tenant, use, suite
    salt   = none (RFC 5869: 32 zero bytes); the root key is uniformly random already
    length = 32

Every part is length-prefixed, so that no two different lists of parts make the same bytes: with plain
concatenation the tenant "shop" with the use "a…" and the tenant "shopa" with "…" would share a key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shopprivacy.crypto.keys import SECRET_BYTES, Secret, Use

FORMAT: Final = "shopprivacy/1"


def length_prefixed(parts: Iterable[str]) -> bytes:
    """The parts as bytes that can be read back in one way only: count, then length and UTF-8 of each."""
    encoded = list(map(str.encode, parts))
    prefix = len(encoded).to_bytes(4, "big")
    return prefix + b"".join([len(part).to_bytes(4, "big") + part for part in encoded])


def label(use: Use, tenant: str) -> bytes:
    """HKDF's ``info`` for this use: format version, tenant, use and suite."""
    return length_prefixed((FORMAT, tenant, use.label, use.suite.value))


def derive(root: Secret, use: Use, tenant: str) -> Secret:
    """The 32-byte key for this use under this root."""
    from cryptography.hazmat.primitives.hashes import SHA256  # with the first key, not with the library
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    hkdf = HKDF(algorithm=SHA256(), length=SECRET_BYTES, salt=None, info=label(use, tenant))
    return Secret(hkdf.derive(root.reveal()))
