"""What workers inherit that a server forks after loading the shop: no connection, pooled or not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.django_shop.set_up import FOLDER  # before anything that has models

# isort: split
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import override_settings, setup_test_environment, teardown_test_environment

from shopprivacy.adapters.django import privacy_gate
from shopprivacy.adapters.django.root import forget
from shopprivacy.adapters.django.store import DjangoStore
from shopprivacy.decision import Action
from shopprivacy.testing.samples import sample_entry, sample_ledger
from tests import servers

POOLED = "postgres"


@pytest.fixture
def pooled(monkeypatch: pytest.MonkeyPatch) -> Iterator[DjangoStore]:
    """An empty store on PostgreSQL through a pool with one connection."""
    name = connections[POOLED].settings_dict["NAME"]
    monkeypatch.setitem(connections[POOLED].settings_dict["OPTIONS"], "pool", {"min_size": 1, "max_size": 1})
    servers.on_server(POOLED, f"CREATE DATABASE {name}")
    call_command("migrate", "shopprivacy", database=POOLED, verbosity=0)
    connections[POOLED].close()
    yield DjangoStore(POOLED)
    forget()
    connections[POOLED].close()
    connections[POOLED].close_pool()
    servers.on_server(POOLED, f"DROP DATABASE {name}")


def _gate(**setting: Any) -> None:
    given = {"POLICY": FOLDER / "privacy.toml", "KEYS": FOLDER / "keys" / "keys.json", **setting}
    setup_test_environment(debug=False)  # no thread follows, which would open what was closed
    try:
        with override_settings(SHOPPRIVACY=given):
            privacy_gate(lambda environ, start_response: [])
    finally:
        teardown_test_environment()


def test_the_gate_closes_its_connections() -> None:
    """As soon as it has opened the store."""
    call_command("migrate", "shopprivacy", verbosity=0)
    connection.ensure_connection()
    _gate()
    assert connection.connection is None


@pytest.mark.services
def test_the_gate_closes_its_pool(pooled: DjangoStore) -> None:
    """A pool keeps open what is closed."""
    pool: Any = connections[POOLED].pool
    _gate(STORE=pooled.using)
    assert pool.closed
    assert pooled.head().count == 0, "another is opened when there is something to ask"


@pytest.mark.services
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_worker_has_a_pool_of_its_own(pooled: DjangoStore, tmp_path: Path) -> None:
    """One that was open at the fork, for the thread that follows the ledger, say, stays its parent's."""
    book = sample_ledger(pooled)
    book.append([sample_entry()])
    before = _process_of_server()
    told = tmp_path / "told"
    child = os.fork()
    if child == 0:  # pragma: no cover  # the child's coverage is not collected
        try:
            sample_ledger(pooled, "child").append([sample_entry(Action.WITHDRAWN)])
            told.write_text(str(_process_of_server()))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert int(told.read_text()) != before
    book.append([sample_entry()])
    assert _process_of_server() == before
    assert book.head().count == 3
    book.verify().require()


def _process_of_server() -> int:
    """Return which of the server's processes answers: each connection has its own."""
    with connections[POOLED].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        answer: int = cursor.fetchone()[0]
    connections[POOLED].close()
    return answer
