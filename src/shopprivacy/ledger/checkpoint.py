"""Checkpoints: where the ledger stood at a moment, signed so that an auditor needs none of our keys (RFC 8032)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from shopprivacy.crypto import DerivedKey
from shopprivacy.crypto.derivation import length_prefixed
from shopprivacy.ledger.chain import Head, Pin
from shopprivacy.ledger.entry import written

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FORMAT: Final = "shopprivacy-checkpoint/1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A head, a moment, and an Ed25519 signature over both. ``signature`` is empty on an unsigned one."""

    at: datetime
    head: Head
    tenant: str
    key_id: bytes = b""
    public_key: bytes = b""
    """The 32 bytes that verify the signature. Hand them to an auditor once, by another way than the ledger."""
    signature: bytes = b""

    def __str__(self) -> str:
        return f"the checkpoint of {written(self.at)}"

    @property
    def pin(self) -> Pin:
        """Count and hash, to keep elsewhere."""
        return self.head.pin

    def message(self) -> bytes:
        """The bytes that are signed."""
        head = self.head
        return length_prefixed(
            (FORMAT, self.tenant, written(self.at), str(head.count), head.hash.hex(), head.rolling.hex())
        )

    def signed_by(self, public_key: bytes) -> bool:
        """Whether the signature is good under this key. Give the key you trust, not the one in the checkpoint."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(self.signature, self.message())
        except (InvalidSignature, ValueError):
            return False
        return True


def checkpoint(head: Head, at: datetime, tenant: str, key: DerivedKey) -> Checkpoint:
    """A signed checkpoint of this head. ``key`` is one for `Use.CHECKPOINT`."""
    bare = Checkpoint(at.astimezone(UTC), head, tenant)
    signer = _private(key)
    return Checkpoint(bare.at, head, tenant, key.id, public_key(key), signer.sign(bare.message()))


def public_key(key: DerivedKey) -> bytes:
    """The public half of a key for `Use.CHECKPOINT`: 32 bytes, no secret."""
    return _private(key).public_key().public_bytes_raw()


def _private(key: DerivedKey) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(key.secret)


def due(checkpoints: Iterable[Checkpoint], now: datetime) -> bool:
    """Whether no checkpoint was made yet in the calendar month of ``now`` (UTC)."""
    month = written(now)[:7]
    return all(written(made.at)[:7] < month for made in checkpoints)
