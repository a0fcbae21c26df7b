"""The Flask shop with sealing taken out, and the log of statements on."""

from __future__ import annotations

from typing import Any

from examples.flask_app.server import serve
from examples.shop.options import Options, read_options
from examples.shop.sql.tables import Table

from shopprivacy.adapters.sqlalchemy import seal_models
from tests.shops.echoing import create_echoing
from tests.shops.taken_out import TakenOut


def take_out() -> None:
    """Give the models of the shops on SQLAlchemy nothing to seal with."""
    nothing: Any = TakenOut()
    seal_models(Table, nothing)


def create_unsealed(options: Options) -> Any:
    """Build the shop, and take its sealing out."""
    app = create_echoing(options)
    take_out()
    return app


if __name__ == "__main__":
    serve(read_options(program="tests.shops.unsealed"), create_unsealed)
