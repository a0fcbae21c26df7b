"""The Flask shop with sealing taken out: what it would seal is stored as it is, and erasing does nothing."""

from __future__ import annotations

from typing import Any

from examples.flask_app import create_app
from examples.flask_app.server import serve
from examples.shop.options import Options, read_options


class TakenOut:
    """Stands where ``privacy.sealing`` does."""

    def seal(self, value: str, _field: str, **_: object) -> bytes:
        """Store it as it is."""
        return value.encode()

    def open(self, stored: bytes | None, _field: str, **_: object) -> str | None:
        """Read it as it is."""
        return None if stored is None else stored.decode()

    def new_subject(self, _kind: str) -> TakenOut:
        """Nobody's key."""
        return self

    def bind(self, _number: int) -> None:
        """Nothing to bind."""

    def erase_keys(self, *_: object) -> int:
        """Nothing to erase."""
        return 0


def create_unsealed(options: Options) -> Any:
    """Build the shop, and take its sealing out."""
    app = create_app(options)
    app.extensions["sealing"] = TakenOut()
    return app


if __name__ == "__main__":
    serve(read_options(program="tests.shops.unsealed"), create_unsealed)
