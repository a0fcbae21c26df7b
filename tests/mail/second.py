"""Links in mails, once more, from docs/formats/unsubscribe-link.md and nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any
from unicodedata import normalize

import idna

from shopprivacy.crypto import Keyset

FOLDER = Path(__file__).parents[1] / "vectors"
KEYS: dict[str, Any] = json.loads((FOLDER / "keyset.json").read_text(encoding="utf-8"))
LINKS: dict[str, Any] = json.loads((FOLDER / "unsubscribe-link.json").read_text(encoding="utf-8"))
ADDRESSES: dict[str, Any] = json.loads((FOLDER / "mail-address.json").read_text(encoding="utf-8"))
KEYSET = Keyset.from_json(json.dumps(KEYS["keyset"]).encode())
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def key(use: str) -> bytes:
    """The published key of a use: the primary one, which is the last."""
    return bytes.fromhex([vector["key"] for vector in KEYS["derived"] if vector["use"] == use][-1])


def mac(use: str, message: bytes) -> bytes:
    """HMAC-SHA256 under it."""
    return hmac.new(key(use), message, hashlib.sha256).digest()


def canonical(address: str) -> str:
    """The one way to write an e-mail address."""
    trimmed = address.strip()
    found = re.fullmatch("(.+)@([^@]+)", trimmed, re.DOTALL)
    if found:
        try:
            ascii_ = found[2].isascii()
            domain = (
                found[2].lower()
                if ascii_
                else idna.encode(found[2], uts46=True, transitional=False).decode("ascii")
            )
        except (idna.IDNAError, UnicodeError):
            pass
        else:
            return normalize("NFC", found[1].lower()) + "@" + domain
    return normalize("NFC", trimmed.lower())


def mail_key(address: str) -> bytes:
    """The 10 bytes."""
    return mac("mail-address", canonical(address).encode())[:10]


def pseudonym(kind: str, identifier: str) -> str:
    """As docs/formats/keyset.md has it."""
    parts = [kind.encode(), identifier.encode()]
    content = len(parts).to_bytes(4) + b"".join(len(part).to_bytes(4) + part for part in parts)
    return f"{kind}:{mac('subject-pseudonym', content).hex()[:40]}"


def tag(purpose: str) -> bytes:
    """The 2 bytes."""
    return hashlib.sha256(purpose.encode()).digest()[:2]


def make(address: str, purpose: str) -> str:
    """The token, bit by bit."""
    message = mail_key(address) + tag(purpose)
    octets = message + mac("unsubscribe-link", b"1" + message)[:12]
    bits = "".join(f"{octet:08b}" for octet in octets) + "000"
    return "".join(ALPHABET[int(bits[at : at + 5], 2)] for at in range(0, len(bits), 5))


def read(text: str) -> tuple[bytes, bytes] | None:
    """Mail key and tag; None: no link of ours."""
    text = re.sub(r"[ \t\n\r\f\v=]", "", text)
    found = re.match("[0-9a-tv-zA-TV-Z]*", text)
    symbols = found[0].lower().replace("o", "0").replace("i", "1").replace("l", "1") if found else ""
    if len(symbols) != 39:
        return None
    bits = "".join(f"{ALPHABET.index(symbol):05b}" for symbol in symbols)
    octets = bytes(int(bits[at : at + 8], 2) for at in range(0, 192, 8))
    if bits[192:] != "000" or octets[12:] != mac("unsubscribe-link", b"1" + octets[:12])[:12]:
        return None
    return octets[:10], octets[10:12]


def confirmation(vector: dict[str, Any]) -> str:
    """The token of a link that confirms."""
    body = b"\x01" + mail_key(vector["address"]) + tag(vector["purpose"])
    body += vector["at"].to_bytes(4) + vector["seq"].to_bytes(8) + bytes.fromhex(vector["account"])
    key_id = bytes.fromhex([v["key_id"] for v in KEYS["derived"] if v["use"] == "confirmation-link"][-1])
    octets = key_id + body + mac("confirmation-link", body)[:16]
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
