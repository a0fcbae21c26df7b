"""From a root key to the key of one use: HKDF-SHA256 (RFC 5869) with a label that reads in one way only.

    info   = count (4) | part | part | …      count and lengths are unsigned 32-bit, big-endian
    part   = length (4) | UTF-8 bytes
    parts  = "shopprivacy/1", tenant, use, suite, and the use's context, if it has one
    salt   = none (RFC 5869: 32 zero bytes); the root key is uniformly random already
    length = 32, or what the use needs

Every part is length-prefixed, so that no two different lists of parts make the same bytes: with plain
concatenation the tenant "shop" with the use "a…" and the tenant "shopa" with "…" would share a key.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from struct import Struct
from typing import TYPE_CHECKING, Final

from shopprivacy.crypto.keys import SECRET_BYTES, Secret, Suite

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT: Final = "shopprivacy/1"


_LENGTH: Final = Struct(">I").pack


def length_prefixed(parts: Iterable[str]) -> bytes:
    """The parts as bytes that can be read back in one way only: count, then length and UTF-8 of each."""
    all_parts = tuple(parts)
    return _LENGTH(len(all_parts)) + _joined(all_parts)


def label(tenant: str, use: str, suite: Suite, context: Iterable[str] = ()) -> bytes:
    """HKDF's ``info``: format version, tenant, use and suite, then the context."""
    more = tuple(context)
    return _LENGTH(4 + len(more)) + _same_for_many(tenant, use, suite) + _joined(more)


@lru_cache(maxsize=64)
def _same_for_many(tenant: str, use: str, suite: Suite) -> bytes:
    return _joined((FORMAT, tenant, use, suite.value))


def _joined(parts: Iterable[str]) -> bytes:
    pieces: list[bytes] = []
    for part in parts:
        octets = part.encode()
        pieces += (_LENGTH(len(octets)), octets)
    return b"".join(pieces)


def derive(root: Secret, info: bytes, length: int = SECRET_BYTES) -> Secret:
    """The key of ``length`` bytes under this root for what ``label`` has named."""
    hkdf, sha256 = _imported()
    return Secret(hkdf(algorithm=sha256, length=length, salt=None, info=info).derive(root.reveal()))


@cache
def _imported() -> tuple[type[HKDF], SHA256]:
    """With the first key, not with the library."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF, SHA256()
