"""The shop's logs: ``app.log`` for what the application says, ``access.log`` for what the server saw."""

from __future__ import annotations

import logging.config
from typing import Any

from examples.shop.options import Options


def app_log(options: Options) -> dict[str, Any]:
    """Return the set-up of ``app.log`` for :func:`logging.config.dictConfig`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
        "handlers": {
            "app": {
                "class": "logging.FileHandler",
                "filename": str(options.data / "app.log"),
                "formatter": "line",
                "encoding": "utf-8",
            }
        },
        "root": {"level": "INFO", "handlers": ["app"]},
    }


def configure_logs(options: Options) -> None:
    """Send what the application logs to ``app.log``."""
    logging.config.dictConfig(app_log(options))
