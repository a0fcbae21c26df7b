"""Sealing taken out of a shop: what its models would seal is stored as it is, and erasing does nothing."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any


class TakenOut:
    """Stands where ``privacy.sealing`` does, for text."""

    def seal(self, value: str, _field: str, **_: object) -> bytes:
        """Store it as it is."""
        return b"\2" + value.encode()

    def open(self, stored: bytes | None, _field: str, **_: object) -> str | None:
        """Read it as it is."""
        return None if stored is None else stored[1:].decode()

    def index(self, value: str, *_: object, normaliser: str, **__: object) -> str:
        """Find it by a hash that anybody can make."""
        wanted = value.split()[-1:] if normaliser == "last_word" else [value]
        return hashlib.md5("".join(wanted).casefold().encode(), usedforsecurity=False).hexdigest()

    def indexes(self, value: str, *given: object, normaliser: str, **_: object) -> tuple[str, ...]:
        """The same."""
        return (self.index(value, *given, normaliser=normaliser),)

    def new_subject(self, _kind: str, **_: object) -> Any:
        """Nobody's key."""
        return SimpleNamespace(
            owner="nobody", kind="nobody", bind=lambda _number: None,
            _drawn=(), _made={}, _owner="", _pseudonym=lambda *_: "nobody",
        )  # fmt: skip

    def key_of_row(self, *_: object) -> None:
        """No key of a row."""

    def knows(self, _stored: bytes) -> bool:
        """There is nothing to look up."""
        return True

    def knows_owner(self, *_: object) -> bool:
        """The same."""
        return True

    def load_owners(self, _owners: object) -> None:
        """There is nothing to look up."""

    def erase_keys(self, *_: object) -> int:
        """Nothing to erase."""
        return 0
