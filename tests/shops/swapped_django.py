"""The Django shop behind the other server: as ASGI behind uvicorn."""

from __future__ import annotations

from typing import Any

from examples.django_app.server import serve
from examples.shop.behind_uvicorn import run
from examples.shop.options import read_options


def load_asgi() -> Any:
    """Return the shop as an asgi.py has it."""
    from django.core.asgi import get_asgi_application

    from shopprivacy.adapters.django import get_privacy, privacy_gate

    application = privacy_gate(get_asgi_application())
    get_privacy().take_over_logs()
    return application


if __name__ == "__main__":
    serve(read_options(program="tests.shops.swapped_django"), load_asgi, run)
