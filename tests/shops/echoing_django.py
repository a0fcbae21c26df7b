"""The Django shop with the log of SQL statements on."""

from __future__ import annotations

from typing import Any

from examples.django_app.server import load, serve
from examples.shop.options import read_options

from tests.shops.echoing import echo


def _log_statements(connection: Any, **_: object) -> None:
    connection.force_debug_cursor = True


def load_echoing() -> Any:
    """Return the shop; statements are logged from then on."""
    application = load()
    from django.db.backends.signals import connection_created  # once the settings are there
    from examples.django_app.shop import options

    echo(options(), "django.db.backends")
    connection_created.connect(_log_statements)
    return application


if __name__ == "__main__":
    serve(read_options(program="tests.shops.echoing_django"), load_echoing)
