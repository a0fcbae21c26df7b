"""The consent cookie: the visitor's own choices, signed, so that no request needs a look-up to obey them.

``__Host-consent`` holds ``shape "." body``. The shape is readable: the id of each answered purpose in four
hexadecimal digits, ``+`` where it is granted and ``-`` where not, by rising purpose id (``1a2b+9f3c-``). A shared cache
can key on it. The body is base64url without padding (RFC 4648 section 5) of

    version 1 | key id 4 | stamp 4 | flags 1 | n 1 | n x (purpose id 2, choice 1, at 4)
    | id length 1 | consent id | account length 1 | account | in version 2: answered 8 | mac 16

with big-endian numbers. The mac is HMAC-SHA256 (RFC 2104) cut to 16 bytes, over the shape, a full stop and all
that stands before it in the body. ``docs/formats/consent-cookie.md`` holds the layout with its vectors.
"""

from __future__ import annotations

import hmac
import struct
from base64 import urlsafe_b64encode
from binascii import Error, a2b_base64
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from shopprivacy.consent.choices import ANSWERED_BYTES, Answer, Choice, Choices
from shopprivacy.crypto import Keyset, Use
from shopprivacy.crypto.pseudonym import DIGEST_BYTES as ACCOUNT_BYTES
from shopprivacy.errors import KeyUnavailable

COOKIE_NAME = "__Host-consent"
"""``__Host-`` keeps subdomains and plain http from planting one (rfc6265bis-22, section 4.1.3.2)."""

# Version 2 is 1 with `answered` behind it. It is written where there is something to say there: where an account is
# tied to a grant. So a worker that knows version 1 alone goes on obeying every refusal.
_VERSIONS = frozenset({1, 2})
CONSENT_ID_BYTES = 16
"""Random bytes in a consent id: nobody guesses one, and no two visitors share one."""
_MAC_BYTES = 16
_HEAD = struct.Struct(">B4s4sBB")
_COUNT = _HEAD.size - 1
_ANSWER = struct.Struct(">HBI")
# The same in a row, where nothing but the last field of each is wanted.
_only_at = lru_cache(64)(lambda count: struct.Struct(">" + "3xI" * count).unpack_from)
_FLAG_SIGNALLED = 1
# Browsers keep 4096 bytes of name and value (rfc6265bis-22, section 5.6). Twice the purposes that a policy may ask
# about fit in here: a newer worker's answers are carried beside our own.
LONGEST = 4096 - len(COOKIE_NAME)
"""Bytes of the longest value."""
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_USE = Use.CONSENT_COOKIE
# Which characters may end a text of n x 4 + 2 or + 3 characters: those whose spare bits are zero.
_LAST = {2: frozenset(_ALPHABET[::16]), 3: frozenset(_ALPHABET[::4])}
# What the other alphabet of base64 has, and the padding, are not of ours: they become what no alphabet has.
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")
_PADDING = {0: b"", 2: b"==", 3: b"="}


def encode(choices: Choices, keyset: Keyset) -> str:
    """Return the cookie's value, signed with the keyset's primary key."""
    key = keyset.derive(_USE)
    body = bytearray(
        _HEAD.pack(
            1 if choices.answered is None else 2,
            key.id,
            choices.stamp,
            _FLAG_SIGNALLED if choices.signalled else 0,
            len(choices.answers),
        )
    )
    for purpose_id, answer in sorted(choices.answers.items()):
        body += _ANSWER.pack(purpose_id, answer.choice, answer.at)
    for text in (choices.consent_id, choices.account):
        body += bytes([len(text)]) + text
    body += choices.answered or b""
    shape = shape_of(
        {purpose_id: answer.choice is Choice.GRANTED for purpose_id, answer in choices.answers.items()}
    )
    body += key.mac(shape.encode("ascii") + b"." + body)[:_MAC_BYTES]
    return f"{shape}.{urlsafe_b64encode(body).rstrip(b'=').decode('ascii')}"


def decode(value: bytes, keyset: Keyset) -> Choices | None:
    """Return the choices in a cookie's value, or None for anything that this keyset has not signed."""
    body = verify(value, keyset)
    return None if body is None else read(body)


def verify(value: bytes, keyset: Keyset) -> bytes | None:
    """Return the signed body in a cookie's value, or None for anything that this keyset has not signed.

    The signature is checked before a field of the body is read, except the key id, which only locates the key.
    """
    found = _unpacked(value)
    if found is None:
        return None
    shape, body = found
    signed = body[:-_MAC_BYTES]
    try:
        key = keyset.derive(_USE, key_id=signed[1:5])
    except KeyUnavailable:
        return None
    if not hmac.compare_digest(key.mac(shape + b"." + signed)[:_MAC_BYTES], body[-_MAC_BYTES:]):
        return None
    if signed[0] not in _VERSIONS:  # a newer worker's format: as if no choice were known here
        return None
    return signed


class Claim(NamedTuple):
    """What a cookie says that another worker may have signed: with a key that is not, or no longer, one of ours."""

    key_id: bytes
    choices: Choices


def claimed(value: bytes, keyset: Keyset) -> Claim | None:
    """Return what a value says that was signed with a key which the keyset does not have; None for any other value.

    Anybody may have made it up. It allows nothing; whose refusal it is may be believed, for that narrows.
    """
    found = _unpacked(value)
    signed = found[1][:-_MAC_BYTES] if found else b""
    key_id = signed[1:5]
    try:
        keyset.derive(_USE, key_id=key_id)
    except KeyUnavailable:
        with suppress(ValueError, IndexError, struct.error):
            choices = read(signed)
            if signed[0] in _VERSIONS and _is_sound(signed):
                return Claim(key_id, choices)
    return None


def _is_sound(body: bytes) -> bool:
    """Whether the two texts of a body are as long as they may be, and all there."""
    end = _HEAD.size + body[_COUNT] * _ANSWER.size
    account = end + 1 + body[end]
    whole = account + 1 + body[account] <= len(body)
    return whole and body[end] in {0, CONSENT_ID_BYTES} and body[account] in {0, ACCOUNT_BYTES}


def _unpacked(value: bytes) -> tuple[bytes, bytes] | None:
    """Return the shape and the body of a value that is written as values are."""
    shape, stop, text = value.partition(b".")
    if not stop or len(value) > LONGEST:
        return None
    # One value, one text: in the last character base64 has spare bits, which a decoder ignores.
    spare = len(text) % 4
    if spare == 1 or (spare and text[-1] not in _LAST[spare]):
        return None
    try:
        return shape, a2b_base64(text.translate(_TO_STANDARD) + _PADDING[spare], strict_mode=True)
    except Error:
        return None


def read(body: bytes) -> Choices:
    """Return all that a signed body says."""
    version, _, stamp, flags, _ = _HEAD.unpack_from(body)
    end = _HEAD.size + body[_COUNT] * _ANSWER.size
    answers = {
        purpose_id: Answer(Choice(choice), at)
        for purpose_id, choice, at in _ANSWER.iter_unpack(body[_HEAD.size : end])
    }
    consent_id = body[end + 1 : end + 1 + body[end]]
    answered = body[-ANSWERED_BYTES:] if version > 1 else None
    return Choices(stamp, answers, flags & _FLAG_SIGNALLED != 0, consent_id, read_account(body), answered)


def read_times(body: bytes) -> tuple[int, ...]:
    """Return when the answers in a signed body were given (POSIX seconds)."""
    times: tuple[int, ...] = _only_at(body[_COUNT])(body, _HEAD.size)
    return times


def read_account(body: bytes) -> bytes:
    """Return the pseudonym of the account that a signed body is tied to; empty where it is tied to none."""
    end = _HEAD.size + body[_COUNT] * _ANSWER.size
    start = end + 2 + body[end]
    return body[start : start + body[start - 1]]


def shape_of(granted: dict[int, bool]) -> str:
    """Return the readable shape for answers by purpose id: ``+`` granted, ``-`` not."""
    return "".join(f"{purpose_id:04x}{'+' if granted[purpose_id] else '-'}" for purpose_id in sorted(granted))


def read_shape(shape: bytes) -> dict[int, bool]:
    """Return by purpose id what the shape of a verified cookie says: whether that purpose is granted."""
    return {int(shape[i : i + 4], 16): shape[i + 4 : i + 5] == b"+" for i in range(0, len(shape), 5)}


def set_cookie(value: str, max_age: int) -> bytes:
    """Return the Set-Cookie field for a value; ``max_age`` in seconds."""
    return f"{COOKIE_NAME}={value}; Max-Age={max_age}; Path=/; Secure; HttpOnly; SameSite=Lax".encode("ascii")
