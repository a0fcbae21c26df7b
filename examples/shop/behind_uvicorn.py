"""An ASGI shop behind uvicorn."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from socket import socket
from typing import Any

from uvicorn import Config, Server
from uvicorn.supervisors import Multiprocess

from examples.shop.logs import app_log
from examples.shop.options import Options

_PATIENCE = 60
"""Seconds that a worker may take to start: uvicorn's 5 are little for a shop on a busy machine, and a reload that
takes longer is given up."""


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


def run(options: Options, build: Callable[[], Any]) -> None:
    """Serve what ``build`` makes in each worker, until stopped."""
    config = Config(
        build,
        factory=True,
        host="127.0.0.1",
        port=options.port,
        workers=options.workers,
        timeout_worker_healthcheck=_PATIENCE,
        log_config=_logs(options),
        proxy_headers=False,  # nothing stands in front of it
        server_header=False,
    )
    sockets = [config.bind_socket()]
    if options.workers == 1:
        with suppress(KeyboardInterrupt):  # uvicorn sends itself Ctrl+C once more when it has stopped
            _Worker(config).run(sockets)
    else:
        _Workers(config, sockets).run()
