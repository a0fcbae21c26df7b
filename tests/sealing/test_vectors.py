"""The vectors of the format: the library, a second reading and WebCrypto all give and refuse the same."""

from __future__ import annotations

import hmac
import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shopprivacy.crypto import Keyset, Secret, Use
from shopprivacy.errors import KeyUnavailable, PrivacyError
from shopprivacy.sealing.blind_index import index_value, normalised
from shopprivacy.sealing.envelope import (
    SealKey,
    associated_data,
    key_of,
    read_envelope,
    stored_length,
    subject_key,
    value_of,
)
from shopprivacy.sealing.field_keys import FieldKeys
from tests.sealing import vectors as written
from tests.sealing.second_reading import hkdf, okm, open_envelope, prefixed, root

VECTORS: dict[str, Any] = json.loads(written.FILE.read_text(encoding="utf-8"))
KEYSET = Keyset.from_json(json.dumps(VECTORS["keyset"]).encode())


def key_for(vector: dict[str, Any], envelope: bytes) -> SealKey:
    """The key that the library opens a vector with."""
    if vector["suite"] == 1:
        return FieldKeys(KEYSET, bytes).key_for(envelope, vector["field"])
    if key_of(envelope).hex() != vector["handle"]:
        raise KeyUnavailable("the store of subject keys has no such handle")
    return subject_key(KEYSET.tenant, key_of(envelope), Secret(bytes.fromhex(vector["secret"])))


def opened(vector: dict[str, Any]) -> Any:
    """What the library makes of a vector's envelope."""
    field = vector["field"]
    envelope = read_envelope(bytes.fromhex(vector["envelope"]), field, bytes([vector["suite"]]))
    return value_of(key_for(vector, envelope).open(envelope, associated_data(field)), field)


def test_the_file_is_what_the_library_writes() -> None:
    """Two hundred vectors, half of them refused, byte for byte as the library makes them today."""
    assert written.vectors() == written.FILE.read_text(encoding="utf-8")
    assert (len(VECTORS["sealed"]), len(VECTORS["refused"])) == (100, 100)


def test_the_vectors_open() -> None:
    """The library reads each value back, of the right type, and its stored length is the published one."""
    for number, vector in enumerate(VECTORS["sealed"]):
        value = opened(vector)
        assert (type(value), value) == (type(written.VALUES[number % len(written.VALUES)]), value)
        assert written.spelled(value) == (vector["type"], vector["value"])
        assert stored_length(len(vector["content"]) // 2 - 1) == len(vector["envelope"]) // 2


def test_a_second_reading_seals_the_same() -> None:
    """Written from the page alone, it derives the same keys and makes the same bytes."""
    for vector in VECTORS["sealed"]:
        key = vector["envelope"][2:34]
        secret = (
            root(VECTORS["keyset"], "data", key[:8])
            if vector["suite"] == 1
            else bytes.fromhex(vector["secret"])
        )
        assert secret is not None
        material, nonce = okm(VECTORS["keyset"], vector["suite"], key, secret), bytes.fromhex(vector["nonce"])
        content, associated = bytes.fromhex(vector["content"]), prefixed("shopprivacy/1", vector["field"])
        sealed = AESGCM(material[:32]).encrypt(nonce, content, associated)
        head = bytes([vector["suite"]]) + bytes.fromhex(key) + material[32:]
        assert (head + nonce + sealed).hex() == vector["envelope"]
        assert open_envelope(VECTORS["keyset"], vector) == content


def test_what_is_refused() -> None:
    """Each negative vector is refused by the library, and by the second reading, with the error that it names."""
    for vector in VECTORS["refused"]:
        with pytest.raises(PrivacyError) as refusal:
            opened(vector)
        assert type(refusal.value).__name__ == vector["error"], vector["why"]
        assert "Anna" not in str(refusal.value)
        if not vector["why"].startswith("no value"):
            assert open_envelope(VECTORS["keyset"], vector) == vector["error"], vector["why"]


def test_index_vectors() -> None:
    """Both readings give the published index values; the second one from the normal form on."""
    for vector in VECTORS["indexes"]:
        normaliser, key_id = vector["normaliser"].partition("/")[0], vector["key_id"]
        context = (vector["field"], vector["name"], vector["normaliser"])
        content = normalised(vector["value"], normaliser, vector["field"], "NL")
        key = KEYSET.derive(Use.BLIND_INDEX, *context, key_id=bytes.fromhex(key_id))
        assert (content.hex(), index_value(key, content)) == (vector["content"], vector["index"])
        secret = root(VECTORS["keyset"], "index", key_id)
        assert secret is not None
        label = ("shopprivacy/1", VECTORS["keyset"]["tenant"], "blind-index", "hmac-sha256", *context)
        second = hkdf(secret, prefixed(*label), 32)
        assert hmac.digest(second, content, "sha256")[:16].hex() == vector["index"]


def test_the_kinds_of_refusal_are_many() -> None:
    """Every part of an envelope is flipped, and all that can be exchanged is exchanged."""
    kinds = Counter(vector["why"].split(",")[0] for vector in VECTORS["refused"])
    parts = {f"{part} flipped" for part in ("key", "commitment", "nonce", "ciphertext", "tag")}
    assert kinds.keys() >= parts | {
        "suite",
        "other field",
        "other suite's column",
        "other tenant",
        "no such root",
    }
    assert kinds["a ciphertext that two keys accept"] == 2


@pytest.mark.services
def test_webcrypto_reproduces_the_vectors() -> None:
    """Node's WebCrypto makes every envelope and index value byte for byte, and refuses every negative vector."""
    script = Path(__file__).with_name("webcrypto.mjs")
    ran = subprocess.run(
        ["node", str(script), str(written.FILE)], check=True, capture_output=True, text=True, timeout=60
    )
    found = json.loads(ran.stdout)
    assert found == {"sealed": 100, "refused": 100, "indexes": len(VECTORS["indexes"]), "wrong": []}
