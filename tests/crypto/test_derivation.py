"""Deriving keys: against RFC 5869's vectors, a second implementation, and our own published vectors."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.crypto import Keyset, Use, pseudonym
from shopprivacy.crypto.derivation import length_prefixed

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "keyset.json").read_text(encoding="utf-8")
)
KEYSET = json.dumps(VECTORS["keyset"]).encode()

# HKDF once more, from the text of RFC 5869 and nothing else: the second implementation of the derivation.


def extract(salt: bytes, key_material: bytes) -> bytes:
    """Section 2.2: PRK = HMAC-Hash(salt, IKM); without salt, a string of zeros as long as the hash."""
    return hmac.new(salt or bytes(32), key_material, hashlib.sha256).digest()


def expand(prk: bytes, info: bytes, length: int) -> bytes:
    """Section 2.3: T(n) = HMAC-Hash(PRK, T(n-1) | info | n), cut to ``length``."""
    output = block = b""
    counter = 0
    while len(output) < length:
        counter += 1
        block = hmac.new(prk, block + info + bytes([counter]), hashlib.sha256).digest()
        output += block
    return output[:length]


def second_hkdf(key_material: bytes, info: bytes, length: int, salt: bytes = b"") -> bytes:
    """Extract, then expand."""
    return expand(extract(salt, key_material), info, length)


def second_label(*parts: str) -> bytes:
    """The info of docs/formats/keyset.md, written from that page."""
    out = bytearray(len(parts).to_bytes(4, "big"))
    for part in parts:
        octets = part.encode("utf-8")
        out += len(octets).to_bytes(4, "big")
        out += octets
    return bytes(out)


RFC_CASES = [
    (  # A.1: basic
        "0b" * 22,
        "000102030405060708090a0b0c",
        "f0f1f2f3f4f5f6f7f8f9",
        42,
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (  # A.2: longer inputs and outputs
        bytes(range(0x50)).hex(),
        bytes(range(0x60, 0xB0)).hex(),
        bytes(range(0xB0, 0x100)).hex(),
        82,
        (
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
            "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
        ),
    ),
    (  # A.3: no salt, no info
        "0b" * 22,
        "",
        "",
        42,
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
]


@pytest.mark.parametrize(("ikm", "salt", "info", "length", "okm"), RFC_CASES)
def test_the_rfcs_own_vectors(ikm: str, salt: str, info: str, length: int, okm: str) -> None:
    """Both implementations give what RFC 5869, appendix A, gives."""
    ours = second_hkdf(bytes.fromhex(ikm), bytes.fromhex(info), length, bytes.fromhex(salt))
    theirs = HKDF(SHA256(), length, bytes.fromhex(salt), bytes.fromhex(info)).derive(bytes.fromhex(ikm))
    assert ours.hex() == theirs.hex() == okm


@pytest.mark.parametrize("vector", VECTORS["derived"], ids=lambda v: f"{v['use']} {v['key_id']}")
def test_published_keys(vector: dict[str, Any]) -> None:
    """The library and the second implementation both derive the published key, byte for byte."""
    use = next(use for use in Use if use.label == vector["use"])
    context, length = vector.get("context", ()), len(vector["key"]) // 2
    derived = Keyset.from_json(KEYSET).derive(
        use, *context, length=length, key_id=bytes.fromhex(vector["key_id"])
    )
    raw = next(
        key for line in VECTORS["keyset"]["rings"].values() for key in line if key["id"] == vector["key_id"]
    )
    root = base64.urlsafe_b64decode(raw["secret"] + "=")
    tenant = VECTORS["keyset"]["tenant"]
    info = second_label("shopprivacy/1", tenant, vector["use"], vector["suite"], *context)
    assert info.hex() == vector["info"]
    assert derived.secret.hex() == second_hkdf(root, info, length).hex() == vector["key"]


@pytest.mark.parametrize("vector", VECTORS["pseudonyms"], ids=lambda v: v["pseudonym"])
def test_published_pseudonyms(vector: dict[str, str]) -> None:
    """The library and the second implementation both give the published pseudonym."""
    key = next(v["key"] for v in VECTORS["derived"] if v["use"] == "subject-pseudonym")
    content = second_label(vector["kind"], vector["identifier"])
    tag = hmac.new(bytes.fromhex(key), content, "sha256").hexdigest()[:40]
    ours = pseudonym(Keyset.from_json(KEYSET), vector["kind"], vector["identifier"])
    assert ours == f"{vector['kind']}:{tag}" == vector["pseudonym"]


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_labels_are_unambiguous(one: list[str], other: list[str]) -> None:
    """Different lists of parts never make the same bytes."""
    assert (length_prefixed(one) == length_prefixed(other)) == (one == other)


@given(st.lists(st.text(max_size=300) | st.text("ab", min_size=120, max_size=140), max_size=4))
def test_labels_are_made_as_they_are_described(parts: list[str]) -> None:
    """Short and long parts, ASCII and others, have their lengths in bytes before them."""
    assert length_prefixed(parts) == second_label(*parts)


def test_every_use_has_a_published_key() -> None:
    """The vectors cover each use of the library."""
    assert {vector["use"] for vector in VECTORS["derived"]} == {use.label for use in Use}


@pytest.mark.parametrize("kind", ["", "Customer", "two words", "7", "k" * 21, "a:b", "kind\n"])
def test_kinds_are_plain_words(kind: str) -> None:
    """A kind that could be mistaken for part of the pseudonym is refused."""
    with pytest.raises(ValueError, match="kind of a subject"):
        pseudonym(Keyset.from_json(KEYSET), kind, "7")


def test_nobody_is_no_subject() -> None:
    """An empty identifier is refused: all who have none would share one state."""
    with pytest.raises(ValueError, match="is empty"):
        pseudonym(Keyset.from_json(KEYSET), "customer", "")
