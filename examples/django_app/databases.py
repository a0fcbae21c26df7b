"""``--store`` as Django wants it."""

from __future__ import annotations

import importlib
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from examples.shop.options import Options

_ENGINES = {
    "sqlite": ("django.db.backends.sqlite3", ("", "pysqlite")),
    "postgresql": ("django.db.backends.postgresql", ("", "psycopg")),
    "mysql": ("django.db.backends.mysql", ("", "mysqldb", "pymysql")),
}


def database(options: Options) -> dict[str, Any]:
    """Return the entry of ``DATABASES`` for the URL of the shop's database.

    Raises:
        ValueError: the URL names a database, a driver or an option that Django's part of the shop does not know.
    """
    url = urlsplit(options.database_url)
    kind, _, driver = url.scheme.partition("+")
    engine, drivers = _ENGINES.get(kind, ("", ()))
    if driver not in drivers:
        raise ValueError(
            f"--store: must begin with one of {', '.join(_ENGINES)}, and Django knows no {url.scheme}"
        )
    found: dict[str, Any] = {"ENGINE": engine, "NAME": url.path.removeprefix("/")}
    if kind == "sqlite":
        if url.query:
            raise ValueError(f"--store: the URL of SQLite takes no options here: ?{url.query}")
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
        # A server that is silent is down. Drivers want numbers as numbers, and a URL has only text.
        "OPTIONS": {"connect_timeout": 2}
        | {name: int(value) if value.isdecimal() else value for name, value in parse_qsl(url.query)},
    }
