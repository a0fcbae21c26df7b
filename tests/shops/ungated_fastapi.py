"""The FastAPI shop with the gate taken out: the same command line, pages and forms, but cookies pass as they come.

The library still answers its own addresses and draws its banner; only its hold on the shop's headers is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from examples.fastapi_app import create_app
from examples.fastapi_app.server import serve
from examples.shop.options import Options, read_options
from fastapi import FastAPI
from starlette.middleware import Middleware

from shopprivacy.adapters.fastapi import PrivacyMiddleware
from tests.shops.ungated import give_back_logs, take_out_mail

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_OUTSIDE = "ungated.outside"


class TakenOut(PrivacyMiddleware):
    """Leads requests round the gate to the shop behind it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note what the browser sent, and where the answer goes."""
        await super().__call__({**scope, _OUTSIDE: (scope.get("headers"), send)}, receive, send)

    async def _enter(self, scope: Scope, receive: Receive, _gated: Send) -> None:
        headers, send = scope[_OUTSIDE]
        await super()._enter({**scope, "headers": headers}, receive, send)


def create_ungated(options: Options) -> FastAPI:
    """Build the shop, and put the middleware without a gate in the gate's place."""
    app = create_app(options)
    take_out_mail(app.state.privacy)
    give_back_logs()
    options_of_the_gate: dict[str, Any] = dict(app.user_middleware[0].kwargs)
    app.user_middleware[0] = Middleware(TakenOut, **options_of_the_gate)
    return app


if __name__ == "__main__":
    serve(read_options(program="tests.shops.ungated_fastapi"), create_ungated)
