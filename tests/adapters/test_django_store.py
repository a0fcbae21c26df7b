"""The ledger in Django's own database: the contract suite, processes, kill -9, transactions, errors."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.django_shop.set_up import FOLDER  # before anything that has models

# isort: split
from django.core.management import call_command
from django.db import connections, transaction

from shopprivacy.adapters.django.models import (
    EnforcedPolicy,
    LedgerCheckpoint,
    LedgerHead,
    LedgerRow,
    RefusalCount,
)
from shopprivacy.adapters.django.store import DjangoStore
from shopprivacy.consent.ledger import Ledger
from shopprivacy.consent.store import ArchivedPolicy, LedgerStore
from shopprivacy.decision import Action
from shopprivacy.errors import StoreDown
from shopprivacy.testing.ledger_contract import LedgerStoreContract
from shopprivacy.testing.samples import (
    NOON,
    sample_entry,
    sample_ledger,
    sample_subject,
)

MODELS = (LedgerRow, LedgerHead, LedgerCheckpoint, RefusalCount, EnforcedPolicy)
SERVERS = {
    "postgresql": "postgresql+psycopg://postgres@127.0.0.1/test",
    "mariadb": "mysql+pymysql://root@127.0.0.1/test",
}
"""The alias of each database on a server, and where another one is, to make it from."""

WRITER = textwrap.dedent(
    """
    import sys
    from datetime import timedelta
    import tests.adapters.django_shop.set_up
    from shopprivacy.adapters.django.store import DjangoStore
    from shopprivacy.decision import Action
    from shopprivacy.testing.samples import NOON, sample_entry, sample_ledger, sample_subject

    alias, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    ledger = sample_ledger(DjangoStore(alias), name)
    for turn in range(count):
        action = (Action.GRANTED, Action.WITHDRAWN)[turn % 2]
        entry = sample_entry(action, subject=sample_subject(name), at=NOON + timedelta(minutes=turn))
        for row in ledger.append([entry]):
            print(row.seq, row.hash.hex(), flush=True)
    """
)


def _empty(alias: str) -> DjangoStore:
    call_command("migrate", "shopprivacy", database=alias, verbosity=0)
    for model in MODELS:
        model.objects.using(alias).all().delete()
    connections[alias].close()
    return DjangoStore(alias)


def _on_server(alias: str, statement: str) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(SERVERS[alias], isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"{statement} DATABASE {connections[alias].settings_dict['NAME']}"))
    engine.dispose()


@pytest.fixture(
    scope="module",
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.services),
        pytest.param("mariadb", marks=pytest.mark.services),
    ],
)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The alias of a database that no other run has."""
    name: str = request.param
    if name in SERVERS:
        _on_server(name, "CREATE")
    yield name
    if name in SERVERS:
        _on_server(name, "DROP")


@pytest.fixture
def alias(database: str) -> Iterator[str]:
    """The alias of a database with empty tables."""
    _empty(database)
    yield database
    connections[database].close()


@pytest.fixture
def store(alias: str) -> LedgerStore:
    """An empty store."""
    return DjangoStore(alias)


class TestDjango(LedgerStoreContract):
    """On every database."""


def ledger(store: LedgerStore, seed: str = "ledger") -> Ledger:
    """A ledger over the store."""
    return sample_ledger(store, seed)


def writer(alias: str, name: str, count: int) -> subprocess.Popen[str]:
    """A process that appends ``count`` rows and prints each once it is acknowledged."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, alias, name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "SHOP_FOLDER": str(FOLDER)},
    )


def test_processes_keep_one_chain(alias: str, store: LedgerStore) -> None:
    """Processes that write at once keep one chain and lose nothing."""
    processes = [writer(alias, name, 25) for name in ("a", "b", "c")]
    written = [line for process in processes for line in process.communicate()[0].splitlines()]
    assert [process.returncode for process in processes] == [0, 0, 0]
    rows = [f"{row.seq} {row.hash.hex()}" for row in store.rows()]
    assert sorted(written) == sorted(rows)
    assert len(rows) == 75
    ledger(store).verify().require()


def test_killed_in_the_middle(alias: str, store: LedgerStore) -> None:
    """kill -9 in the middle of writing loses nothing that was acknowledged, and leaves a chain that verifies."""
    acknowledged: list[str] = []
    for killed in range(2):
        process = writer(alias, f"k{killed}", 100_000)
        assert process.stdout is not None
        acknowledged += [process.stdout.readline().strip() for _ in range(10 + killed)]
        process.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
        process.stdout.close()
        process.wait()
    rows = {f"{row.seq} {row.hash.hex()}" for row in store.rows()}
    assert set(acknowledged) <= rows
    assert len(rows) - len(acknowledged) <= 2
    ledger(store, "after").append([sample_entry()])
    ledger(store).verify().require()


def test_a_choice_belongs_to_the_shops_transaction(alias: str, store: LedgerStore) -> None:
    """Inside the shop's own transaction a choice is recorded with it, or not at all; the chain goes on either way."""
    book = ledger(store)
    with transaction.atomic(alias):
        book.append([sample_entry()])
        transaction.set_rollback(True, using=alias)
    assert book.head().count == 0
    with transaction.atomic(alias):
        book.append([sample_entry()])
    book.append([sample_entry(Action.WITHDRAWN)])
    assert book.head().count == 2
    book.verify().require()


def test_no_connection_stays_open(alias: str, store: LedgerStore) -> None:
    """Outside Django's requests nobody else would close it."""
    list(store.rows())
    ledger(store).append([sample_entry()])
    assert connections[alias].connection is None


def test_a_connection_that_broke_is_replaced(alias: str, store: LedgerStore) -> None:
    """After the database was away, the next question is answered."""
    connections[alias].ensure_connection()
    connections[alias].connection.close()
    with pytest.raises(StoreDown):
        store.head()
    assert store.head().count == 0


def test_errors_say_nothing(alias: str, store: LedgerStore) -> None:
    """A missing table is StoreDown for every method, without statement or values, and names the migrations."""
    book = ledger(store)
    policy = ArchivedPolicy("v", NOON.date(), NOON, "{}")
    calls: list[Any] = [
        lambda: book.append([sample_entry()]),
        store.head,
        lambda: list(store.rows()),
        lambda: store.rows_of(sample_subject()),
        lambda: store.known([bytes(32)]),
        store.checkpoints,
        lambda: store.add_checkpoint(book.checkpoint(NOON)),
        lambda: store.count_refusals(NOON.date(), ["a"]),
        store.refusals,
        lambda: store.archive_policy(policy),
        store.archived_policies,
    ]
    call_command("migrate", "shopprivacy", "zero", database=alias, verbosity=0)
    try:
        for call in calls:
            with pytest.raises(
                StoreDown, match=r"^the store did not answer \(\w+\); have its migrations been run"
            ):
                call()
    finally:
        call_command("migrate", "shopprivacy", database=alias, verbosity=0)


def test_tampering_in_the_table_is_found(tmp_path: Path) -> None:
    """A row changed with another program is named."""
    store = _empty("sqlite")
    book = ledger(store)
    book.append([sample_entry(), sample_entry(Action.WITHDRAWN), sample_entry()])
    with sqlite3.connect(FOLDER / "ledger.sqlite3") as connection:
        connection.execute("UPDATE shopprivacy_ledger SET at = '2025-01-01T00:00:00.000000Z' WHERE seq = 2")
    connection.close()
    assert [str(fault) for fault in book.verify().faults] == [
        "row 2: was edited: its content is not what its digest says"
    ]


def test_migrations_are_complete() -> None:
    """The models say nothing that the migrations do not."""
    call_command("makemigrations", "shopprivacy", check=True, dry_run=True, skip_checks=True, verbosity=0)
