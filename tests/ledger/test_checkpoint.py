"""Checkpoints and pins: where the ledger stood, signed or kept elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.crypto import Use
from shopprivacy.ledger.chain import GENESIS, Pin
from shopprivacy.ledger.checkpoint import Checkpoint, checkpoint, due
from shopprivacy.testing.samples import NOON, sample_keyset
from tests.ledger.vectors import KEYSET, VECTORS, second_parts


def test_published_checkpoint() -> None:
    """The published checkpoint is signed as the page says, by the published key."""
    published = VECTORS["checkpoint"]
    seed = next(
        bytes.fromhex(key["key"])
        for key in KEYSET["derived"]
        if key["use"] == "ledger-checkpoint" and key["key_id"] == published["key_id"]
    )
    count, hash_ = VECTORS["head"].split(":")
    parts = [
        "shopprivacy-checkpoint/1",
        KEYSET["keyset"]["tenant"],
        published["at"],
        count,
        hash_,
        VECTORS["rolling"],
    ]
    signer = Ed25519PrivateKey.from_private_bytes(seed)
    assert signer.sign(second_parts(parts)).hex() == published["signature"]
    assert signer.public_key().public_bytes_raw().hex() == published["public_key"]


def test_a_checkpoint_is_signed_by_one_key() -> None:
    """It verifies under the key that signed it and no other, and not once anything in it differs."""
    made = checkpoint(GENESIS, NOON, "shop", sample_keyset().derive(Use.CHECKPOINT))
    other = checkpoint(GENESIS, NOON, "shop", sample_keyset("other").derive(Use.CHECKPOINT))
    assert made.signed_by(made.public_key)
    assert not made.signed_by(other.public_key)
    assert not made.signed_by(b"too short")
    later = Checkpoint(NOON + timedelta(1), GENESIS, "shop", made.key_id, made.public_key, made.signature)
    assert not later.signed_by(made.public_key)
    assert made.pin == GENESIS.pin
    assert str(made) == "the checkpoint of 2026-01-01T12:00:00.000000Z"


def test_checkpoints_are_due_once_a_month() -> None:
    """The first moment of a month in UTC asks for one, whatever the zone of the clock."""
    made = Checkpoint(datetime(2026, 1, 31, 23, 59, tzinfo=UTC), GENESIS, "shop")
    there = timezone(timedelta(hours=1))
    assert due([], NOON)
    assert not due([made], datetime(2026, 2, 1, 0, 30, tzinfo=there))
    assert due([made], datetime(2026, 2, 1, tzinfo=UTC))


@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32))
def test_pins_can_be_read_back(count: int, digest: bytes) -> None:
    """What was printed can be given to verify."""
    pin = Pin(count, digest)
    assert Pin.parse(str(pin)) == pin


@pytest.mark.parametrize(
    "text", ["", "1", "1:", ":00", "01:" + "00" * 32, "1:" + "0" * 63, "1:" + "AB" * 32, "-1:" + "00" * 32]
)
def test_what_is_no_pin(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match="a pinned head looks like"):
        Pin.parse(text)
