"""A shop behind gunicorn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.workers.base import Worker

from examples.shop.first_start import OWNER_ALONE
from examples.shop.options import Options


class _Server(BaseApplication):
    """A gunicorn that builds the shop before it forks its workers, which opens connections of its own in each."""

    def __init__(self, options: Options, build: Callable[[], Any], others: Mapping[str, Any]) -> None:
        self._options = options
        self._build = build
        self._others = others
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": f"127.0.0.1:{self._options.port}",
            "workers": self._options.workers,
            "worker_class": "gthread",  # browsers open connections ahead: they would block a worker without threads
            "threads": 4,
            "preload_app": True,
            "accesslog": str(self._options.data / "access.log"),
            "errorlog": "-",
            "loglevel": "warning",
            "control_socket_disable": True,
            "umask": OWNER_ALONE,  # gunicorn's own is 0
            "post_worker_init": _say_where,
            **self._others,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:  # older releases have no control socket to switch off
                self.cfg.set(name, value)

    def load(self) -> Any:  # noqa: ANN401 - gunicorn has no public name for what it takes
        return self._build()


def run(options: Options, build: Callable[[], Any], **others: object) -> None:
    """Serve what ``build`` makes, until stopped; ``others`` are settings of gunicorn in place of ours."""
    _Server(options, build, others).run()


def _say_where(worker: Worker) -> None:
    if worker.age == 1:  # the first worker is ready, and no later one needs to say so again
        host, port = worker.sockets[0].getsockname()
        print(f"listening on http://{host}:{port}", flush=True)  # noqa: T201 - whoever started us waits for it
