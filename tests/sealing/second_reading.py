"""Sealed values once more, written from ``docs/formats/sealed.md`` and nothing else; AES itself is pyca's."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORMAT = "shopprivacy/1"


def prefixed(*parts: str) -> bytes:
    """Count, then length and UTF-8 of each."""
    out = len(parts).to_bytes(4, "big")
    for part in parts:
        out += len(part.encode()).to_bytes(4, "big") + part.encode()
    return out


def hkdf(secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 without salt."""
    prk = hmac.digest(bytes(32), secret, hashlib.sha256)
    out = block = b""
    while len(out) < length:
        block = hmac.digest(prk, block + info + bytes([len(out) // 32 + 1]), hashlib.sha256)
        out += block
    return out[:length]


def root(keyset: dict[str, Any], ring: str, key_id: str) -> bytes | None:
    """The secret of a root that may be used; None: there is none."""
    for key in keyset["rings"][ring]:
        if key["id"] == key_id and key["state"] in ("primary", "decrypt_only"):
            return base64.urlsafe_b64decode(key["secret"] + "=")
    return None


def okm(keyset: dict[str, Any], suite: int, key: str, secret: bytes) -> bytes:
    """AES key and commitment."""
    use = {1: "sealed-field", 2: "sealed-subject"}[suite]
    return hkdf(secret, prefixed(FORMAT, keyset["tenant"], use, "aes-256-gcm", key), 64)


def open_envelope(keyset: dict[str, Any], vector: dict[str, Any]) -> bytes | str:
    """The content of an envelope, or the name of the error. ``vector`` has what a column knows, and its owner."""
    stored, suite = bytes.fromhex(vector["envelope"]), vector["suite"]
    if len(stored) < 49 or stored[0] not in (1, 2):
        return "NotSealed"
    if len(stored) < 78 or stored[0] != suite:
        return "SealBroken"
    key = stored[1:17].hex()
    secret = root(keyset, "data", key[:8]) if suite == 1 else bytes.fromhex(vector["secret"])
    if secret is None or (suite == 2 and vector["handle"] != key):
        return "KeyUnavailable"
    material = okm(keyset, suite, key, secret)
    if stored[17:49] != material[32:]:
        return "SealBroken"
    try:
        return AESGCM(material[:32]).decrypt(stored[49:61], stored[61:], prefixed(FORMAT, vector["field"]))
    except InvalidTag:
        return "SealBroken"
