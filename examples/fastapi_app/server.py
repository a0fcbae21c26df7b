"""The shop behind uvicorn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from socket import socket
from typing import Any

from fastapi import FastAPI
from uvicorn import Config, Server
from uvicorn.supervisors import Multiprocess

from examples.fastapi_app import create_app
from examples.shop.first_start import prepare
from examples.shop.logs import app_log
from examples.shop.options import Options
from examples.shop.sql.database import create_and_fill
from shopprivacy.errors import PrivacyError

_PATIENCE = 60.0


class _Worker(Server):
    """A single worker: this process itself."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        _say_where(sockets or [])


class _Workers(Multiprocess):
    """Worker processes, each with a shop of its own: no connection is ever shared between them."""

    def init_processes(self) -> None:
        super().init_processes()
        if not all(process.wait_until_ready(_PATIENCE) for process in self.processes):
            self.terminate_all()
            raise SystemExit("the shop did not start; the log says why")
        _say_where(self.sockets)


def _say_where(sockets: list[socket]) -> None:
    host, port = sockets[0].getsockname()
    print(f"listening on http://{host}:{port}", flush=True)  # noqa: T201 - whoever started us waits for it


def _logs(options: Options) -> dict[str, Any]:
    """Return the set-up of the shop's logs, uvicorn's access log and its complaints among them."""
    logs = app_log(options)
    handlers = {
        "access": {**logs["handlers"]["app"], "filename": str(options.data / "access.log")},
        "complaints": {"class": "logging.StreamHandler", "level": "WARNING"},
    }
    loggers = {
        "uvicorn": {"handlers": ["complaints"], "propagate": False},
        "uvicorn.access": {"handlers": ["access"], "propagate": False},
    }
    return {**logs, "handlers": {**logs["handlers"], **handlers}, "loggers": loggers}


def serve(options: Options, create: Callable[[Options], FastAPI] = create_app) -> None:
    """Make what the shop needs on its first start, then serve until stopped."""
    try:
        prepare(options)
    except PrivacyError as problem:
        raise SystemExit(str(problem)) from None
    create_and_fill(options.database_url)
    config = Config(
        partial(create, options),
        factory=True,
        host="127.0.0.1",
        port=options.port,
        workers=options.workers,
        log_config=_logs(options),
        proxy_headers=False,  # nothing stands in front of it
        server_header=False,
    )
    sockets = [config.bind_socket()]
    if options.workers == 1:
        _Worker(config).run(sockets)
    else:
        _Workers(config, sockets).run()
