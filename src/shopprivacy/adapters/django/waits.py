"""How long the library's own statements wait on one of Django's connections, which are the shop's, too.

What the shop has set in ``DATABASES`` holds again after each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from math import ceil
from typing import Any

from django.db import Error

from shopprivacy.storage.patience import seconds_of_patience


@contextmanager
def bounded(connection: Any) -> Iterator[None]:  # noqa: ANN401  # Django's wrapper of a database's connections
    """Let a lock, and a statement, take no longer than the patience, where there is a bound."""
    seconds = seconds_of_patience()
    if seconds is None:
        yield
        return
    usual = _set(connection, _bounds(connection, seconds))
    try:
        yield
    finally:
        with suppress(Error):  # a transaction that failed takes them back itself
            _set(connection, usual)


def _bounds(connection: Any, seconds: float) -> Mapping[str, float]:  # noqa: ANN401
    milliseconds = max(1, round(seconds * 1000))
    match connection.vendor:
        case "sqlite":
            return {"busy_timeout": milliseconds}
        case "postgresql":
            return {"lock_timeout": milliseconds, "statement_timeout": milliseconds}
        case "mysql":
            bounds: dict[str, float] = {"innodb_lock_wait_timeout": ceil(seconds)}
            return bounds | ({"max_statement_time": seconds} if connection.mysql_is_mariadb else {})
        case _:
            return {}


def _set(connection: Any, values: Mapping[str, object]) -> Mapping[str, object]:  # noqa: ANN401
    """Set these variables of the session; gives what they were."""
    usual: dict[str, object] = {}
    with connection.cursor() as cursor:
        for name, value in values.items():
            if connection.vendor == "sqlite":
                cursor.execute(f"PRAGMA {name}")
                usual[name] = cursor.fetchone()[0]
                cursor.execute(f"PRAGMA {name} = {value}")
            elif connection.vendor == "postgresql":
                cursor.execute(
                    "SELECT current_setting(%s), set_config(%s, %s, false)", [name, name, str(value)]
                )
                usual[name] = cursor.fetchone()[0]
            else:
                cursor.execute(f"SELECT @@SESSION.{name}")
                usual[name] = cursor.fetchone()[0]
                cursor.execute(f"SET SESSION {name} = %s", [value])
    return usual
