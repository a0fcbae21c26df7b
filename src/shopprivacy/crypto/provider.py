"""Where a keyset comes from: a file, the environment, a key management service."""

from __future__ import annotations

from typing import Protocol

from shopprivacy.crypto.keyset import Keyset


class KeyProvider(Protocol):
    """Hands over the keyset. Asked once per process start, never per row or request."""

    def load(self) -> Keyset:
        """The keyset as it is now.

        Raises KeysetError when there is none, or when it cannot be trusted or read.
        """
        ...
