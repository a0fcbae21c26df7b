"""The Flask shop behind the other server: uvicorn, by asgiref's wrapper of WSGI."""

from __future__ import annotations

from asgiref.wsgi import WsgiToAsgi
from examples.flask_app import create_app
from examples.flask_app.server import serve
from examples.shop.behind_uvicorn import run
from examples.shop.options import Options, read_options


def create_wrapped(options: Options) -> WsgiToAsgi:
    """Build the shop as an ASGI application."""
    return WsgiToAsgi(create_app(options))  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    serve(read_options(program="tests.shops.swapped"), create_wrapped, run)
