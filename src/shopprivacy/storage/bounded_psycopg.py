"""Psycopg's connection with an end to each wait.

PostgreSQL ends a wait for a lock, and a statement, by itself. A server, or a network, that is silent ends nothing, and
Psycopg waits for it without an end: so the wait is cut here, a little later than the server would have ended it, and
the connection is closed, because nobody knows what its next answer would belong to. Connecting has an end of its own
(``connect_timeout``), and no later one than whoever waits: they may hold what others wait for.
"""

from __future__ import annotations

from collections.abc import Generator
from contextvars import ContextVar
from functools import lru_cache
from time import monotonic
from typing import Any, Final, TypeVar

from shopprivacy.storage.patience import seconds_of_patience

GRACE: Final = 0.3
"""Seconds that the server's own answer has to arrive."""

Result = TypeVar("Result")
Waiting = Generator[Any, Any, Result]
"""What Psycopg waits with: it gives what it waits for, and is sent what there is."""

_end: Final[ContextVar[float]] = ContextVar("shopprivacy_connected_by", default=float("inf"))
"""By when there is a connection, on whichever of a URL's hosts."""


@lru_cache
def bounded_connection(psycopg: Any) -> Any:  # noqa: ANN401  # Psycopg comes with an extra
    """Return Psycopg's Connection, but nobody waits on it longer than the patience, where there is a bound."""
    usual = psycopg.Connection

    def wait(connection: Any, gen: Waiting[Result], *args: Any, **options: Any) -> Result:  # noqa: ANN401
        """Wait for what the server answers. Raises OperationalError when the patience is at its end."""
        seconds = seconds_of_patience()
        try:
            bounded = gen if seconds is None else _bounded(gen, monotonic() + seconds + GRACE)
            result: Result = usual.wait(connection, bounded, *args, **options)
        except _Silence:
            connection.close()
            raise psycopg.OperationalError("the server is silent") from None
        return result

    def connect(cls: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        """Connect. Raises OperationalError when ``connect_timeout``, or the patience, is at its end."""
        seconds = seconds_of_patience()
        before = _end.set(float("inf") if seconds is None else monotonic() + seconds + GRACE)
        try:
            return usual.connect.__func__(cls, *args, **options)
        finally:
            _end.reset(before)

    def connect_gen(cls: Any, *args: Any, **options: Any) -> Waiting[Any]:  # noqa: ANN401
        """Connect to one of the hosts."""
        try:
            return (yield from _bounded(usual._connect_gen.__func__(cls, *args, **options), _end.get()))  # noqa: SLF001
        except _Silence:
            raise psycopg.OperationalError("the server is silent") from None

    bounded = {"wait": wait, "connect": classmethod(connect)}
    if hasattr(
        usual, "_connect_gen"
    ):  # no part of its interface: without it, connect_timeout alone bounds that wait
        bounded["_connect_gen"] = classmethod(connect_gen)
    return type("BoundedConnection", (usual,), bounded)


class _Silence(Exception):  # seen by nobody else
    """The patience is at its end."""


def _bounded(gen: Waiting[Result], end: float) -> Waiting[Result]:
    """Go on as ``gen`` does until the end. Psycopg looks every tenth of a second whether it is to stop."""
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and monotonic() > end:
                raise _Silence
            wanted = gen.send(ready)
    except StopIteration as done:
        result: Result = done.value
        return result
