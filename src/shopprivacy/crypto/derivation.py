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
    from cryptography.hazmat.primitives.hmac import HMAC
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

FORMAT: Final = "shopprivacy/1"


_LENGTH: Final = Struct(">I").pack
_SHORT: Final = [_LENGTH(length).decode() for length in range(128)]
"""Lengths that most parts have, as text: a list of customers derives a thousand keys."""


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


def _joined(parts: tuple[str, ...]) -> bytes:
    try:  # encoded once and not part by part
        text = "".join([f"{_SHORT[len(part)]}{part}" for part in parts])
    except IndexError:
        text = None
    if text is not None and text.isascii():
        return text.encode()
    return b"".join(_LENGTH(len(octets)) + octets for octets in map(str.encode, parts))


def derive(root: Secret, info: bytes, length: int = SECRET_BYTES) -> Secret:
    """The key of ``length`` bytes under this root for what ``label`` has named.

    HKDF's two steps (RFC 5869, sections 2.2 and 2.3) one by one: the key of the first, the salt that there is none of,
    is hashed once and not for each derivation, which saves a quarter of it.
    """
    expand, sha256, salted = _imported()
    extract = salted.copy()
    extract.update(root.reveal())
    return Secret(expand(sha256, length, info).derive(extract.finalize()))


@cache
def _imported() -> tuple[type[HKDFExpand], SHA256, HMAC]:
    """With the first key, not with the library."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.hmac import HMAC
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

    sha256 = SHA256()
    return HKDFExpand, sha256, HMAC(bytes(sha256.digest_size), sha256)
