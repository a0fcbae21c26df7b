"""A person's key as it is kept: encrypted under a data root, together with whose it is (``docs/formats/sealed.md``).

    wrapped    = nonce 12 | AES-256-GCM(wrapping key, nonce, the 32 bytes, associated) with its tag
    associated = length_prefixed("shopprivacy/1", "subject-key", handle, owner, group, context, root, created)

So whoever can write the store of keys, and has no keyset, can give no key to another owner, group or handle.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shopprivacy.crypto import Keyset, Ring, Secret, Use
from shopprivacy.crypto.derivation import FORMAT, length_prefixed
from shopprivacy.sealing.envelope import NONCE_BYTES, aes
from shopprivacy.sealing.store import SubjectKeyRow

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def written(moment: datetime) -> str:
    """A moment in UTC, to the microsecond: ``2026-01-31T09:30:00.000000Z``."""
    there = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return there.isoformat("T", "microseconds")[: -len("+00:00")] + "Z"


def read_moment(text: str) -> datetime:
    """The moment. Raises ValueError for text of another form."""
    return datetime.fromisoformat(text)


class Wrapping:
    """Wraps and unwraps the keys of persons under one keyset."""

    def __init__(self, keyset: Keyset) -> None:
        self._keyset = keyset
        self._ciphers: dict[bytes, AESGCM] = {}

    def wrapped(self, row: SubjectKeyRow, secret: Secret, nonce: bytes) -> SubjectKeyRow:
        """Return the row with its key wrapped under the data ring's primary root; ``nonce`` is 12 random bytes."""
        row = row._replace(root=self._keyset.primary(Ring.DATA).id)
        box = self._cipher(row.root).encrypt(nonce, secret.reveal(), _associated(row))
        return row._replace(wrapped=nonce + box)

    def unwrapped(self, row: SubjectKeyRow) -> Secret | None:
        """Return the key of a row; None: the row is not as it was written.

        Raises KeyUnavailable where its root is unknown, disabled or destroyed.
        """
        box = row.wrapped or b""
        cipher = self._cipher(row.root)
        try:
            return Secret(cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], _associated(row)))
        except (aes()[1], ValueError):  # ValueError: shorter than a nonce
            return None

    def __repr__(self) -> str:
        return f"<keys wrapped with the {self._keyset!r}>"

    def _cipher(self, root: bytes) -> AESGCM:
        cipher = self._ciphers.get(root)
        if cipher is None:  # of a root that opens nothing there is none
            cipher = self._ciphers[root] = aes()[0](self._keyset.derive(Use.SUBJECT_WRAP, key_id=root).secret)
        return cipher


def _associated(row: SubjectKeyRow) -> bytes:
    handle, owner, group, context, root, _, created, _ = row
    return length_prefixed((FORMAT, "subject-key", handle.hex(), owner, group, context, root.hex(), created))
