"""A person's key as it is kept: encrypted under a data root, together with whose it is (``docs/formats/sealed.md``).

    wrapped    = nonce 12 | AES-256-GCM(wrapping key, nonce, the 32 bytes, associated) with its tag
    associated = length_prefixed("shopprivacy/1", "subject-key", handle, owner, group, context, root, created)

So whoever can write the store of keys, and has no keyset, can give no key to another owner, group or handle.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from shopprivacy.crypto import Keyset, Ring, Secret, Use
from shopprivacy.crypto.derivation import FORMAT, length_prefixed
from shopprivacy.sealing.envelope import NONCE_BYTES
from shopprivacy.sealing.store import SubjectKeyRow

_TIME: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


def written(moment: datetime) -> str:
    """A moment in UTC, to the microsecond: ``2026-01-31T09:30:00.000000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_moment(text: str) -> datetime:
    """The moment. Raises ValueError for text of another form."""
    return datetime.strptime(text, _TIME).replace(tzinfo=UTC)


def wrapped(row: SubjectKeyRow, secret: Secret, keyset: Keyset, nonce: bytes) -> SubjectKeyRow:
    """Return the row with its key wrapped under the data ring's primary root; ``nonce`` is 12 random bytes."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # with the first key, not with the library

    row = row._replace(root=keyset.primary(Ring.DATA).id)
    cipher = AESGCM(keyset.derive(Use.SUBJECT_WRAP, key_id=row.root).secret)
    return row._replace(wrapped=nonce + cipher.encrypt(nonce, secret.reveal(), _associated(row)))


def unwrapped(row: SubjectKeyRow, keyset: Keyset) -> Secret | None:
    """Return the key of a row; None: the row is not as it was written.

    Raises KeyUnavailable where its root is unknown, disabled or destroyed.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    box = row.wrapped or b""
    cipher = AESGCM(keyset.derive(Use.SUBJECT_WRAP, key_id=row.root).secret)
    try:
        return Secret(cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], _associated(row)))
    except (InvalidTag, ValueError):  # ValueError: shorter than a nonce
        return None


def _associated(row: SubjectKeyRow) -> bytes:
    parts = (row.handle.hex(), row.owner, row.group, row.context, row.root.hex(), written(row.created))
    return length_prefixed((FORMAT, "subject-key", *parts))
