"""The Flask shop with the gate taken out."""

from __future__ import annotations

from typing import Any

from examples.flask_app import create_app
from examples.flask_app.server import serve
from examples.shop.options import Options, read_options

from benchmarks.ungated.taken_out import WSGITakenOut


def create_ungated(options: Options) -> Any:
    app = create_app(options)
    extension = app.extensions["shopprivacy"]
    extension.gate = WSGITakenOut(extension.gate)
    return app


if __name__ == "__main__":
    serve(read_options(program="benchmarks.ungated.flask"), create_ungated)
