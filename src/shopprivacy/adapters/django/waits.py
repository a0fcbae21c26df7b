"""How long the library's own statements wait on one of Django's connections, which are the shop's, too.

What the shop has set in ``DATABASES`` holds again after each of them. A server, or a network, that is silent ends no
wait: the socket is then shut from another thread, so that whoever waits is told that the connection is gone.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from math import ceil
from threading import Condition, Thread
from time import monotonic
from typing import Any, Final

from django.db import Error

from shopprivacy.storage.patience import seconds_of_patience

GRACE: Final = 0.3
"""Seconds that the server's own answer has to arrive."""


@contextmanager
def bounded(connection: Any) -> Iterator[None]:  # noqa: ANN401  # Django's wrapper of a database's connections
    """Let a lock, and a statement, take no longer than the patience, where there is a bound."""
    seconds = seconds_of_patience()
    if seconds is None:
        yield
        return
    with watched(connection, seconds):
        usual = _set(connection, _bounds(connection, seconds))
        try:
            yield
        finally:
            with suppress(Error):  # a transaction that failed takes them back itself
                _set(connection, usual)


@contextmanager
def watched(connection: Any, seconds: float) -> Iterator[None]:  # noqa: ANN401
    """Shut the connection's socket when, for ``seconds`` and a little more, no statement has begun or ended.

    Drivers that do not tell their socket, as mysqlclient, bound their waits by ``OPTIONS`` alone; so does connecting.
    """
    if connection.vendor == "sqlite":
        yield
        return
    watch = _Watch(lambda: connection.connection, seconds + GRACE)
    watch.start()
    try:
        with connection.execute_wrapper(watch.statement):
            yield
    finally:
        watch.end()


class _Watch(Thread):
    """Waits until nothing has happened for ``seconds``, and then shuts what ``opened`` returns."""

    def __init__(self, opened: Callable[[], Any], seconds: float) -> None:
        super().__init__(name="shopprivacy-silence", daemon=True)
        self._opened = opened
        self._seconds = seconds
        self._changed = Condition()
        self._until: float | None = monotonic() + seconds

    def run(self) -> None:
        with self._changed:
            while self._until is not None:
                left = self._until - monotonic()
                if left > 0:
                    self._changed.wait(left)
                else:
                    _shut(self._opened())
                    self._until = monotonic() + self._seconds

    def statement(self, execute: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401  # as Django calls it
        self._go_on()
        try:
            return execute(*args)
        finally:
            self._go_on()

    def end(self) -> None:
        with self._changed:
            self._until = None
            self._changed.notify()

    def _go_on(self) -> None:
        with self._changed:
            self._until = monotonic() + self._seconds


def _shut(connection: Any) -> None:  # noqa: ANN401  # a driver's
    """End what waits for this connection: its driver reads the end of the stream."""
    known = getattr(connection, "_sock", connection)  # PyMySQL's
    with (
        suppress(AttributeError, OSError, Error, ValueError),
        socket.socket(fileno=os.dup(known.fileno())) as opened,
    ):
        opened.shutdown(socket.SHUT_RDWR)


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
