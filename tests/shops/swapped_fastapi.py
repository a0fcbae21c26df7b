"""The FastAPI shop behind the other server: gunicorn, with uvicorn's worker."""

from __future__ import annotations

from functools import partial

from examples.fastapi_app import create_app
from examples.fastapi_app.server import serve
from examples.shop.behind_gunicorn import run
from examples.shop.logs import configure_logs
from examples.shop.options import Options, read_options
from fastapi import FastAPI


def create_logging(options: Options) -> FastAPI:
    """Build the shop; gunicorn has set up its own logs alone."""
    configure_logs(options)
    return create_app(options)


if __name__ == "__main__":
    serve(
        read_options(program="tests.shops.swapped_fastapi"),
        create_logging,
        partial(run, worker_class="uvicorn.workers.UvicornWorker", preload_app=False),
    )
