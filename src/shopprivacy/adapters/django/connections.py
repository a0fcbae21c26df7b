"""What a server that forks its workers after loading the shop may not hand on to them: open connections.

Connections are a thread's own, but the pool that Django keeps for PostgreSQL (``"OPTIONS": {"pool": …}``) is the whole
process's, and closing a connection only gives it back to the pool.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import Any

from django.db import connections

_inherited: list[object] = []
"""Kept, for a pool that is thrown away waits for threads and locks of the parent's."""


def close_connections() -> None:
    """Close this thread's connections; those in a pool go back to it."""
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None and not connection.in_atomic_block:
            connection.close()


def close_pools() -> None:
    """Close this process's pools. Who asks for a connection later, as who follows the ledger does, opens one anew."""
    pools = _pools()
    for alias in list(pools):
        pools.pop(alias).close()


def _pools() -> dict[str, Any]:
    """Return the pools of this process by alias: Django keeps them on the class, whichever thread opened them."""
    backend = sys.modules.get("django.db.backends.postgresql.base")
    return {} if backend is None else backend.DatabaseWrapper._connection_pools  # noqa: SLF001


@cache
def survive_forks() -> None:
    """From now on, let go of the parent's pools in every child, before anything that is registered later runs there."""
    os.register_at_fork(after_in_child=_forked)


def _forked() -> None:
    # Not closed: that would say goodbye to the database on the parent's own sockets.
    pools = _pools()
    _inherited.extend(pools.values())
    pools.clear()
