"""The Django shop with sealing taken out: what its models would seal is stored as it is, and erasing does nothing."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any

from examples.django_app.server import load, serve
from examples.shop.options import read_options


class TakenOut:
    """Stands where ``privacy.sealing`` does, for text."""

    def seal(self, value: str, _field: str, **_: object) -> bytes:
        """Store it as it is."""
        return b"\2" + value.encode()

    def open(self, stored: bytes, _field: str, **_: object) -> str:
        """Read it as it is."""
        return stored[1:].decode()

    def index(self, value: str, *_: object, normaliser: str, **__: object) -> str:
        """Find it by a hash that anybody can make."""
        wanted = value.split()[-1:] if normaliser == "last_word" else [value]
        return hashlib.md5("".join(wanted).casefold().encode(), usedforsecurity=False).hexdigest()

    def indexes(self, value: str, *given: object, normaliser: str, **_: object) -> tuple[str, ...]:
        """The same."""
        return (self.index(value, *given, normaliser=normaliser),)

    def new_subject(self, _kind: str) -> Any:
        """Nobody's key."""
        return SimpleNamespace(owner="nobody", bind=lambda _number: None)

    def row_key(self, _stored: bytes) -> None:
        """No key of a row."""

    def erase_keys(self, *_: object) -> int:
        """Nothing to erase."""
        return 0


def load_unsealed() -> Any:
    """Return the shop without its sealing."""
    application = load()
    from shopprivacy.adapters.django import get_privacy  # once the settings are there

    vars(get_privacy())["sealing"] = TakenOut()
    return application


if __name__ == "__main__":
    serve(read_options(program="tests.shops.unsealed_django"), load_unsealed)
