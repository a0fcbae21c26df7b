"""The keys of sealed values that belong to nobody in particular: derived from the shop's data root, one an epoch.

    key = id of the data root (4) | epoch (12)

An epoch is random, and each process has one of its own: under random nonces a key must not seal more than 2^32 values
(NIST SP 800-38D, section 8.3), and a process that counts its own needs to ask nobody. It begins a new one after 2^24
values, and where it was forked.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Final

from shopprivacy.crypto import Keyset, Ring, Use
from shopprivacy.crypto.keys import ID_BYTES
from shopprivacy.errors import KeyUnavailable
from shopprivacy.sealing.bounded_map import BoundedMap
from shopprivacy.sealing.envelope import FIELD_SUITE, HEAD_BYTES, KEY_BYTES, OKM_BYTES, SealKey, key_of

EPOCH_BYTES: Final = KEY_BYTES - ID_BYTES
MOST_SEALS: Final = 2**24
"""Values that are sealed in one epoch."""
MOST_KEYS: Final = 10_000
"""Keys that are remembered: each process start makes one more that data may name."""


class FieldKeys:
    """The field keys of one keyset: an envelope of another shop's finds nothing here.

    ``random(n)`` gives n bytes from the operating system's generator.
    """

    def __init__(self, keyset: Keyset, random: Callable[[int], bytes]) -> None:
        self._keyset = keyset
        self._random = random
        self._known: BoundedMap[bytes, SealKey] = BoundedMap(MOST_KEYS)
        self._current: SealKey | None = None
        self._seals = count()

    def current(self) -> SealKey:
        """Return the key to seal one value with."""
        key = self._current
        if key is None or next(self._seals) >= MOST_SEALS:
            key = self._derived(self._keyset.primary(Ring.DATA).id + self._random(EPOCH_BYTES))
            self._known.put(key.head, key)
            self._current, self._seals = key, count(1)
        return key

    def renew(self) -> None:
        """Seal with another key from now on. A process that was forked calls this first."""
        self._current = None

    def known(self, envelope: bytes) -> SealKey | None:
        """Return the key that an envelope names, if it is known."""
        return self._known[envelope[:HEAD_BYTES]]

    def key_for(self, envelope: bytes, field: str) -> SealKey:
        """Return the key that an envelope names; whether its commitment is that key's is for the key to say.

        Raises KeyUnavailable where the root is unknown, disabled or destroyed.
        """
        head = envelope[:HEAD_BYTES]
        known = self._known[head]
        if known is None:
            try:
                known = self._derived(key_of(envelope))
            except KeyUnavailable as unavailable:
                raise KeyUnavailable(f"{field}: {unavailable}") from None
            if known.head == head:  # else whoever can write could fill the map
                self._known.put(head, known)
        return known

    def _derived(self, key: bytes) -> SealKey:
        # Not remembered there: whoever can write envelopes could drive out all other keys of the keyset.
        derived = self._keyset.derive_once(
            Use.SEALED_FIELD, key.hex(), length=OKM_BYTES, key_id=key[:ID_BYTES]
        )
        return SealKey(FIELD_SUITE, key, lambda: derived.secret)
