"""The shop behind gunicorn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from examples.flask_app import create_app
from examples.shop.behind_gunicorn import Server
from examples.shop.first_start import prepare
from examples.shop.logs import configure_logs
from examples.shop.options import Options
from examples.shop.sql.database import create_and_fill
from shopprivacy.errors import PrivacyError


def serve(options: Options, create: Callable[[Options], Any] = create_app) -> None:
    """Make what the shop needs on its first start, then serve until stopped."""
    try:
        prepare(options)
    except PrivacyError as problem:
        raise SystemExit(str(problem)) from None
    create_and_fill(options.database_url)

    def build() -> Any:  # noqa: ANN401 - whatever WSGI application `create` returns
        configure_logs(options)
        return create(options)

    Server(options, build).run()
