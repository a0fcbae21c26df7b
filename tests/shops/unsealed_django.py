"""The Django shop with sealing taken out, and the log of statements on."""

from __future__ import annotations

from typing import Any

from examples.django_app.server import serve
from examples.shop.options import read_options

from tests.shops.echoing_django import load_echoing
from tests.shops.taken_out import TakenOut


def load_unsealed() -> Any:
    """Return the shop without its sealing."""
    application = load_echoing()
    from shopprivacy.adapters.django import get_privacy  # once the settings are there

    vars(get_privacy())["sealing"] = TakenOut()
    return application


if __name__ == "__main__":
    serve(read_options(program="tests.shops.unsealed_django"), load_unsealed)
