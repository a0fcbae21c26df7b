"""The unsubscribe link: 39 characters that never expire and name nobody (docs/formats/unsubscribe-link.md).

    token = crockford32( mail key (10) | purpose tag (2) | mac (12) )
    tag   = the first 2 bytes of SHA-256(name of the purpose)
    mac   = the first 12 bytes of HMAC-SHA256(key "unsubscribe-link", "1" | mail key | tag)

Both keys are of the ring ``subjects``, which never rotates: a link in any mail ever sent still works.
"""

from __future__ import annotations

import hmac
from typing import Final, NamedTuple

from shopprivacy.crypto import Keyset, Use
from shopprivacy.mail.address import KEY_BYTES
from shopprivacy.policy.fingerprint import LINK_TAG_BYTES

LENGTH: Final = 39
_VERSION: Final = b"1"
_MAC_BYTES: Final = 12
_MESSAGE: Final = KEY_BYTES + LINK_TAG_BYTES
_BYTES: Final = _MESSAGE + _MAC_BYTES
_PADDING: Final = 5 * LENGTH - 8 * _BYTES
_PADDING_BITS: Final = (1 << _PADDING) - 1
# Crockford's base 32: no i, l, o, u. Digits above 9 are those of `int(…, 32)`, once translated.
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PYTHONS: Final = "0123456789abcdefghijklmnopqrstuv"
_SYMBOLS: Final = _ALPHABET.encode() + bytes(256 - len(_ALPHABET))
_LANES: Final = sum(1 << 64 * lane for lane in range(5))
"""Times what is in one lane of 64 bits: it is in all five. Each has 5 of the 24 bytes, and the last a blank one."""
_HALVES: Final = [
    (_LANES * high, _LANES * low, shift)
    for high, low, shift in (
        (0xFFFFF00000, 0xFFFFF, 12),
        (0x000FFC00000FFC00, 0x000003FF000003FF, 6),
        (0x03E003E003E003E0, 0x001F001F001F001F, 3),
    )
]
"""By which 40 bits come to stand in 8 bytes, 5 in each: the upper half moves up, of all, of each half, and again."""
# What people and programs make of it: another case, o for 0, i and l for 1. Any other character ends it.
_READ: Final = bytes(
    dict(zip(_ALPHABET + _ALPHABET.upper() + "oOiIlL", _PYTHONS * 2 + "001111", strict=True))
    .get(chr(octet), ".")
    .encode()[0]
    for octet in range(256)
)
_SKIPPED: Final = b" \t\r\n\f\v="
"""Blanks, and the "=" of a soft line break (RFC 2045, section 6.7)."""


class Link(NamedTuple):
    """What a token says: whose address, and a purpose by its tag."""

    key: bytes
    tag: bytes


def make_token(keyset: Keyset, link: Link) -> str:
    """Return the token; the same every time."""
    message = link.key + link.tag
    return _written(message + _mac(keyset, message))


def read_token(keyset: Keyset, text: str) -> Link | None:
    """Return what a token says, in whichever way it was mangled on its way; None: it is none of ours."""
    symbols = text.encode("ascii", "replace").translate(_READ, _SKIPPED).partition(b".")[0]
    if len(symbols) != LENGTH:
        return None
    number = int(symbols, 32)
    if number & _PADDING_BITS:  # else one token would have several texts
        return None
    octets = (number >> _PADDING).to_bytes(_BYTES)
    message, mac = octets[:_MESSAGE], octets[_MESSAGE:]
    if not hmac.compare_digest(mac, _mac(keyset, message)):
        return None
    return Link(message[:KEY_BYTES], message[KEY_BYTES:])


def _mac(keyset: Keyset, message: bytes) -> bytes:
    return keyset.derive(Use.UNSUBSCRIBE_LINK).mac(_VERSION + message)[:_MAC_BYTES]


def _written(octets: bytes) -> str:
    lanes = (octets[:5], octets[5:10], octets[10:15], octets[15:20], octets[20:] + b"\0")
    number = int.from_bytes(b"\0\0\0".join(lanes))
    for high, low, shift in _HALVES:
        number = (number & high) << shift | number & low
    return number.to_bytes(40).translate(_SYMBOLS)[:LENGTH].decode("ascii")
