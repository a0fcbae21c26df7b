"""The link of a double opt-in: for a few days, and only while nobody said no since (docs/formats/unsubscribe-link.md).

    token   = base64url, without padding, of  key id (4) | body | mac (16)
    body    = version 1 (1) | mail key (10) | purpose tag (2) | at (4) | seq (8) | account (0 or 20)
    mac     = the first 16 bytes of HMAC-SHA256(key "confirmation-link", body)

``at`` is when it was mailed, in POSIX seconds. ``seq`` is how many rows the ledger had then: a later refusal has a
higher number, whatever the clocks say, and makes the link void.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Final, NamedTuple

from shopprivacy.crypto import Keyset, Use
from shopprivacy.errors import KeyUnavailable
from shopprivacy.mail.address import KEY_BYTES
from shopprivacy.policy.fingerprint import LINK_TAG_BYTES

_VERSION: Final = b"\x01"
_KEY_ID: Final = 4
_MAC: Final = 16
_AT: Final = 1 + KEY_BYTES + LINK_TAG_BYTES
_SEQ: Final = _AT + 4
_ACCOUNT: Final = _SEQ + 8
# As of an unsubscribe link: line breaks of quoted-printable text are skipped, and any other character ends it.
_SKIPPED: Final = re.compile(r"[ \t\r\n\f\v=]")
_REST: Final = re.compile(r"[^A-Za-z0-9_-].*", re.DOTALL)
_LENGTHS: Final = frozenset({_ACCOUNT, _ACCOUNT + 20})


class Confirmation(NamedTuple):
    """What the link says."""

    key: bytes
    tag: bytes
    at: datetime
    seq: int
    account: bytes = b""
    """The pseudonym of the account that asked for it, 20 bytes, or none."""


def make_confirmation(keyset: Keyset, said: Confirmation) -> str:
    """Return the token."""
    at, seq = int(said.at.timestamp()).to_bytes(4), said.seq.to_bytes(8)
    body = _VERSION + said.key + said.tag + at + seq + said.account
    key = keyset.derive(Use.CONFIRMATION_LINK)
    return urlsafe_b64encode(key.id + body + key.mac(body)[:_MAC]).rstrip(b"=").decode("ascii")


def read_confirmation(keyset: Keyset, token: str) -> Confirmation | None:
    """Return what a token says; None: it is none of ours, or its key is gone."""
    text = _REST.sub("", _SKIPPED.sub("", token))
    try:
        octets = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    key_id, body, mac = octets[:_KEY_ID], octets[_KEY_ID:-_MAC], octets[-_MAC:]
    if len(body) not in _LENGTHS:
        return None
    try:
        key = keyset.derive(Use.CONFIRMATION_LINK, key_id=key_id)
    except KeyUnavailable:
        return None
    if not hmac.compare_digest(key.mac(body)[:_MAC], mac) or body[:1] != _VERSION:
        return None
    return Confirmation(
        body[1 : 1 + KEY_BYTES],
        body[1 + KEY_BYTES : _AT],
        datetime.fromtimestamp(int.from_bytes(body[_AT:_SEQ]), UTC),
        int.from_bytes(body[_SEQ:_ACCOUNT]),
        body[_ACCOUNT:],
    )
