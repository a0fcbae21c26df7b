"""The FastAPI shop with sealing taken out, and the log of statements on."""

from __future__ import annotations

from examples.fastapi_app.server import serve
from examples.shop.options import Options, read_options
from fastapi import FastAPI

from tests.shops.echoing_fastapi import create_echoing
from tests.shops.unsealed import take_out


def create_unsealed(options: Options) -> FastAPI:
    """Build the shop, and take its sealing out."""
    app = create_echoing(options)
    take_out()
    return app


if __name__ == "__main__":
    serve(read_options(program="tests.shops.unsealed_fastapi"), create_unsealed)
