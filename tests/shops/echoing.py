"""The Flask shop with the log of SQL statements on, as when somebody looks for a slow one: values, too, in clear."""

from __future__ import annotations

import logging
from typing import Any

from examples.flask_app import create_app
from examples.flask_app.server import serve
from examples.shop.options import Options, read_options


def echo(options: Options, logger: str) -> None:
    """Write what a logger of statements says to a file of its own, past the library, which would clean it."""
    log = logging.getLogger(logger)
    log.addHandler(logging.FileHandler(options.data / "statements.log", encoding="utf-8"))
    log.propagate = False
    log.setLevel(logging.DEBUG)


def create_echoing(options: Options) -> Any:
    """Build the shop; statements are logged from then on."""
    app = create_app(options)
    echo(options, "sqlalchemy.engine")
    return app


if __name__ == "__main__":
    serve(read_options(program="tests.shops.echoing"), create_echoing)
