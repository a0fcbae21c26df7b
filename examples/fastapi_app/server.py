"""The shop behind uvicorn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fastapi import FastAPI

from examples.fastapi_app import create_app
from examples.shop.behind_uvicorn import run
from examples.shop.first_start import prepare
from examples.shop.options import Options
from examples.shop.sql.database import create_and_fill
from shopprivacy.errors import PrivacyError


def serve(
    options: Options,
    create: Callable[[Options], FastAPI] = create_app,
    run: Callable[[Options, Callable[[], FastAPI]], None] = run,
) -> None:
    """Make what the shop needs on its first start, then serve until stopped."""
    try:
        prepare(options)
    except PrivacyError as problem:
        raise SystemExit(str(problem)) from None
    create_and_fill(options.database_url)
    run(options, partial(create, options))
