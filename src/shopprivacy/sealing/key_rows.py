"""Keys of persons and the rows that their store has of them: what is read is unwrapped, what is drawn is wrapped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from shopprivacy.crypto import Keyset, Secret
from shopprivacy.crypto.keys import SECRET_BYTES
from shopprivacy.errors import KeyUnavailable, SealBroken
from shopprivacy.sealing.envelope import KEY_BYTES, NONCE_BYTES, subject_key
from shopprivacy.sealing.known_keys import SubjectKey, Trust
from shopprivacy.sealing.store import SubjectKeyRow
from shopprivacy.sealing.wrap import Wrapping, written


class DrawnKey(NamedTuple):
    """A key, as its store will have it and as it seals."""

    row: SubjectKeyRow
    key: SubjectKey


class KeyRows:
    """Reads and draws keys under one keyset. ``random(n)`` gives n bytes, ``now`` the time."""

    def __init__(
        self, keyset: Keyset, *, random: Callable[[int], bytes], now: Callable[[], datetime]
    ) -> None:
        self._tenant = keyset.tenant
        self.wrapping = Wrapping(keyset)
        self._random = random
        self._now = now

    def read(self, row: SubjectKeyRow, field: str, trust: Trust) -> SubjectKey:
        """Return the key of a row, erased or not.

        Raises KeyUnavailable where it was never bound or its root cannot be used, and SealBroken where the row is not
        as it was written.
        """
        if row.wrapped is None:
            return SubjectKey(row.owner, row.group, None, trust)
        if not row.owner:
            raise KeyUnavailable(
                f"{field}: key {row.handle.hex()} has no owner yet; `shopprivacy subjects repair` assigns it"
            )
        try:
            secret = self.wrapping.unwrapped(row)
        except KeyUnavailable as unavailable:
            raise KeyUnavailable(f"{field}: {unavailable}") from None
        if secret is None:
            raise SealBroken(f"{field}: key {row.handle.hex()} in the store of subject keys was changed")
        return SubjectKey(row.owner, row.group, subject_key(self._tenant, row.handle, secret), trust)

    def drawn(self, owner: str, kind: str, group: str, trust: Trust) -> DrawnKey:
        """Draw a key; ``owner`` may be empty, to be bound later."""
        secret = Secret(self._random(SECRET_BYTES))
        bare = SubjectKeyRow(self._random(KEY_BYTES), owner, group, kind, b"", None, written(self._now()))
        row = self.wrapping.wrapped(bare, secret, self._random(NONCE_BYTES))
        return DrawnKey(row, SubjectKey(owner, group, subject_key(self._tenant, row.handle, secret), trust))

    def bound(self, row: SubjectKeyRow | None, owner: str) -> SubjectKeyRow | None:
        """Return a row that waits for an owner with this one; None: it waits for none, or is not as it was written."""
        waits = row is not None and not row.owner and row.wrapped is not None
        secret = self.wrapping.unwrapped(row) if row is not None and waits else None
        if row is None or secret is None:
            return None
        return self.wrapping.wrapped(row._replace(owner=owner), secret, self._random(NONCE_BYTES))
