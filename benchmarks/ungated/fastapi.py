"""The FastAPI shop with the gate taken out."""

from __future__ import annotations

from typing import Any

from examples.fastapi_app import create_app
from examples.fastapi_app.server import serve
from examples.shop.options import Options, read_options
from starlette.middleware import Middleware

from benchmarks.ungated.taken_out import ASGITakenOut
from shopprivacy.adapters.fastapi import PrivacyMiddleware


class _TakenOut(PrivacyMiddleware):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._gate: Any = ASGITakenOut(self._gate)


def create_ungated(options: Options) -> Any:
    app = create_app(options)
    app.user_middleware[0] = Middleware(_TakenOut, **app.user_middleware[0].kwargs)
    return app


if __name__ == "__main__":
    serve(read_options(program="benchmarks.ungated.fastapi"), create_ungated)
