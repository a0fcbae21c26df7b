"""``python -m examples.django_app``: the shop on the command line."""

from __future__ import annotations

from examples.django_app.server import serve
from examples.shop.options import read_options

if __name__ == "__main__":
    serve(read_options(program="examples.django_app"))
