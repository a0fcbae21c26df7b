"""``--store`` as Django wants it."""

from __future__ import annotations

import importlib
from typing import Any
from urllib.parse import unquote, urlsplit

from examples.shop.options import Options

_ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "postgresql": "django.db.backends.postgresql",
    "mysql": "django.db.backends.mysql",
}


def database(options: Options) -> dict[str, Any]:
    """Return the entry of ``DATABASES`` for the URL of the shop's database.

    Raises:
        ValueError: the URL names a database that the shop does not know.
    """
    url = urlsplit(options.database_url)
    kind, _, driver = url.scheme.partition("+")
    if kind not in _ENGINES:
        raise ValueError(f"--store: must begin with one of {', '.join(_ENGINES)}")
    found: dict[str, Any] = {"ENGINE": _ENGINES[kind], "NAME": url.path.removeprefix("/")}
    if kind == "sqlite":
        # Readers do not wait for the writer, and a transaction takes its turn at once.
        return found | {
            "OPTIONS": {
                "timeout": 15,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL;",
            }
        }
    if driver == "pymysql":
        importlib.import_module("pymysql").install_as_MySQLdb()
    return found | {
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
    }
