"""The FastAPI shop with the log of SQL statements on."""

from __future__ import annotations

from examples.fastapi_app import create_app
from examples.fastapi_app.server import serve
from examples.shop.options import Options, read_options
from fastapi import FastAPI

from tests.shops.echoing import echo


def create_echoing(options: Options) -> FastAPI:
    """Build the shop; statements are logged from then on."""
    app = create_app(options)
    echo(options, "sqlalchemy.engine")
    return app


if __name__ == "__main__":
    serve(read_options(program="tests.shops.echoing_fastapi"), create_echoing)
