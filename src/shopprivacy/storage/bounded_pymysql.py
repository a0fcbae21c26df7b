"""PyMySQL's connection with an end to each wait for a server, or a network, that is silent.

MariaDB ends a wait for a lock, and a statement, by itself; PyMySQL waits for its answer as long as the system does,
unless it was told otherwise when it connected. Here that depends on who waits.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from shopprivacy.storage.bounded_psycopg import GRACE
from shopprivacy.storage.patience import at_most, seconds_of_patience


@lru_cache
def bounded_connection(pymysql: Any) -> Any:  # noqa: ANN401  # PyMySQL comes with an extra
    """Return PyMySQL's Connection, but nobody waits on it longer than the patience, where there is a bound.

    What comes later is an OperationalError, and the connection is closed: nobody knows what its next answer would
    belong to.
    """
    usual = pymysql.connections.Connection

    def connect(connection: Any, sock: Any = None) -> None:  # noqa: ANN401
        """Connect. The server's greeting is waited for as long as the connection itself."""
        given, seconds = connection.connect_timeout, seconds_of_patience()
        if seconds is not None:
            connection.connect_timeout = min(given, seconds + GRACE)
        try:
            with at_most(given):
                usual.connect(connection, sock)
        finally:
            connection.connect_timeout = given

    return type(
        "BoundedConnection",
        (usual,),
        {"connect": connect, "_read_timeout": _Timeout("read"), "_write_timeout": _Timeout("write")},
    )


class _Timeout:
    """Seconds that PyMySQL waits: the patience, else what ``read_timeout`` and ``write_timeout`` in the URL say."""

    def __init__(self, name: str) -> None:
        self._given = f"_given_{name}_timeout"

    def __get__(self, connection: Any, _: type | None = None) -> float | None:  # noqa: ANN401
        seconds = seconds_of_patience()
        given: float | None = getattr(connection, self._given, None)
        return given if seconds is None else seconds + GRACE

    def __set__(self, connection: Any, seconds: float | None) -> None:  # noqa: ANN401
        setattr(connection, self._given, seconds)
