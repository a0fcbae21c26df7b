"""The Django shop with the gate taken out."""

from __future__ import annotations

from typing import Any

from examples.django_app.server import load, serve
from examples.shop.options import read_options

from benchmarks.ungated.taken_out import WSGITakenOut


def load_ungated() -> Any:
    return WSGITakenOut(load().gate)


if __name__ == "__main__":
    serve(read_options(program="benchmarks.ungated.django"), load_ungated)
