"""The shop behind gunicorn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from examples.flask_app import create_app
from examples.shop.behind_gunicorn import run
from examples.shop.first_start import prepare
from examples.shop.logs import configure_logs
from examples.shop.options import Options
from examples.shop.sql.database import create_and_fill
from shopprivacy.errors import PrivacyError


def serve(
    options: Options,
    create: Callable[[Options], Any] = create_app,
    run: Callable[[Options, Callable[[], Any]], None] = run,
) -> None:
    """Make what the shop needs on its first start, then serve until stopped."""
    try:
        prepare(options)
    except PrivacyError as problem:
        raise SystemExit(str(problem)) from None
    create_and_fill(options.database_url)
    run(options, partial(_build, options, create))


def _build(options: Options, create: Callable[[Options], Any]) -> Any:  # noqa: ANN401 - whatever `create` returns
    configure_logs(options)
    return create(options)
