"""SQL in particular: several processes, kill -9, errors that say nothing, tables that grow up in place."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.pool import QueuePool
from tests import forked

from shopprivacy.decision import Action
from shopprivacy.errors import LedgerBroken, MissingExtra, StoreDown
from shopprivacy.ledger.serialize import ROW_FIELDS
from shopprivacy.ledger.store import ArchivedPolicy
from shopprivacy.storage.sql import SqlStore, ledger_tables, tables
from shopprivacy.storage.sql import engine as engines
from shopprivacy.storage.sql import store as stores
from shopprivacy.storage.sql.ledger_writer import AT_ONCE
from shopprivacy.testing.samples import (
    NOON,
    sample_entry,
    sample_ledger,
    sample_subject,
)
from shopprivacy.testing.shared_ledger_contract import started


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'ledger.sqlite3'}"


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    """An empty store in it."""
    store = SqlStore(url)
    yield store
    store.close()


def test_processes_that_start_at_once(url: str) -> None:
    """Of several processes on a database that is not there yet one makes the tables, and all write to them."""
    opening = f"from shopprivacy.storage.sql import SqlStore; store = SqlStore({url!r})"
    with started(opening, *(f"append_rows(store, '{name}', 3)" for name in "abc")) as processes:
        assert [len(process.communicate()[0].splitlines()) for process in processes] == [3, 3, 3]
    store = SqlStore(url)
    assert store.head().count == 9
    sample_ledger(store).verify().require()
    store.close()


def test_a_forked_worker_has_its_own_connections(store: SqlStore) -> None:
    """A worker forked after the store was opened writes, and the parent goes on."""
    book = sample_ledger(store)
    book.append([sample_entry()])
    child = os.fork()
    if child == 0:  # pragma: no cover  # the child's coverage is not collected
        status = 1
        try:
            sample_ledger(store, "child").append([sample_entry(Action.WITHDRAWN)])
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    book.append([sample_entry(subject=sample_subject("other"))])
    assert book.head().count == 3
    book.verify().require()


FORKED = """
import os, sys, threading
from time import monotonic
from shopprivacy.ledger.journal import JournalRecord
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.samples import sample_entry, sample_ledger, sample_subject
store, journal = SqlStore("sqlite:///ledger.sqlite3"), JournalFile("journal.sqlite3")
sample_ledger(store).append([sample_entry()])
inside, forking = threading.Event(), threading.Event()
def hold():
    with store.writing():
        inside.set()
        forking.wait(20)
        journal.append([JournalRecord("kind", {})])  # as who records a withdrawal does
thread = threading.Thread(target=hold)
thread.start()
inside.wait(20)
os.register_at_fork(before=forking.set)  # before what the store waits with
began = monotonic()
if (child := os.fork()) == 0:
    journal.append([JournalRecord("kind", {})])
    sample_ledger(store, "child").append([sample_entry(subject=sample_subject("child"))])
    os._exit(0)
waited = monotonic() - began
thread.join(20)
sample_ledger(store).append([sample_entry(subject=sample_subject("parent"))])
print(os.waitpid(child, 0)[1], store.head().count, len([*journal.records()]), waited < 4)
"""


def test_a_fork_while_another_thread_records(tmp_path: Path) -> None:
    """Neither file is locked for the child for ever, and the fork does not wait for who waits for the journal."""
    assert forked.run(["-c", FORKED], cwd=tmp_path).stdout == "0 3 2 True\n"


CLOSED = """
import os
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.samples import sample_entry, sample_ledger, sample_subject
store = SqlStore("sqlite:///ledger.sqlite3")
sample_ledger(store).append([sample_entry()])
(opened, open_), (closed, close) = os.pipe(), os.pipe()
if (child := os.fork()) == 0:
    book = sample_ledger(store, "child")
    book.append([sample_entry(subject=sample_subject("before"))])
    os.write(open_, b".")
    os.read(closed, 1)
    book.append([sample_entry(subject=sample_subject("after"))])
    os._exit(0)
os.read(opened, 1)
store.close()  # were it the last who has the file open, it would take the write-ahead log away
os.write(close, b".")
print(os.waitpid(child, 0)[1], SqlStore("sqlite:///ledger.sqlite3").head().count)
"""


def test_a_parent_that_closes_the_file_after_a_fork(tmp_path: Path) -> None:
    """What the child writes afterwards is not lost with a write-ahead log that the parent took for its own."""
    assert forked.run(["-c", CLOSED], cwd=tmp_path).stdout == "0 3\n"


def test_sqlite_is_durable_and_forgets(store: SqlStore) -> None:
    """Full synchronisation, write-ahead log, deleted content overwritten, and a writer that waits its turn."""
    with store._engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("synchronous", "journal_mode", "secure_delete", "busy_timeout")
        }
    assert pragmas == {"synchronous": 2, "journal_mode": "wal", "secure_delete": 1, "busy_timeout": 20_000}


def test_tampering_in_the_table_is_found(store: SqlStore, tmp_path: Path) -> None:
    """A row changed with another program is named."""
    book = sample_ledger(store)
    book.append([sample_entry(), sample_entry(Action.WITHDRAWN), sample_entry()])
    with sqlite3.connect(tmp_path / "ledger.sqlite3") as connection:
        connection.execute("UPDATE shopprivacy_ledger SET at = '2025-01-01T00:00:00.000000Z' WHERE seq = 2")
    connection.close()
    assert [str(fault) for fault in book.verify().faults] == [
        "row 2: was edited: its content is not what its digest says"
    ]


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///{folder}/missing/x.sqlite3",
        pytest.param("postgresql+psycopg://u:secret@127.0.0.1:1/db", marks=pytest.mark.services),
    ],
)
def test_a_database_that_does_not_answer(url: str, tmp_path: Path) -> None:
    """Opening fails with StoreDown, quickly, and names no password."""
    with pytest.raises(StoreDown, match="the store did not answer") as caught:
        SqlStore(url.format(folder=tmp_path))
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_errors_while_working(store: SqlStore) -> None:
    """Every method turns the database's errors into StoreDown, without statement or values."""
    book = sample_ledger(store)
    with store._engine.begin() as connection:
        tables.metadata.drop_all(connection)
    policy = ArchivedPolicy("v", NOON.date(), NOON, "{}")
    calls = [
        lambda: book.append([sample_entry()]),
        store.head,
        lambda: list(store.rows()),
        lambda: store.rows_of(sample_subject()),
        lambda: store.known([bytes(32)]),
        store.checkpoints,
        lambda: book.checkpoint(NOON),
        lambda: store.count_refusals(NOON.date(), ["a"]),
        store.refusals,
        lambda: store.archive_policy(policy),
        store.archived_policies,
    ]
    for call in calls:
        with pytest.raises(StoreDown, match=r"^the store did not answer: [\w /@.:,-]+: a table is missing$"):
            call()


@pytest.mark.parametrize("url", ["", "no url", "nosuch://x", "sqlite+nosuch:///x"])
def test_what_is_no_url(url: str) -> None:
    """A URL that is none is a ValueError that shows what one looks like."""
    with pytest.raises(ValueError, match="the store's URL must look like"):
        SqlStore(url)


def test_a_password_is_not_taken_for_a_port_and_shown() -> None:
    """An "@" ends a password too early, and a ":" behind it begins the port: the error names neither."""
    for url in (
        "postgresql+psycopg://shop:p@ss:geheim@127.0.0.1/shop",
        "mysql+pymysql://shop@127.0.0.1:54x/shop",
    ):
        with pytest.raises(
            ValueError, match=r"the port in the URL of the database is no number.*%40"
        ) as refusal:
            SqlStore(url)
        assert "geheim" not in "".join(traceback.format_exception(refusal.value))


@pytest.mark.parametrize("seconds", ["abc", "0", "-1", "1.5", "2&connect_timeout=3", "%D9%A2"])
@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "mysql+pymysql"])
def test_a_wait_without_an_end_is_refused(scheme: str, seconds: str) -> None:
    """Drivers read 0 as a wait without an end, and tell of other text as if the server were silent."""
    with pytest.raises(ValueError, match="connect_timeout in the URL of the database must be whole seconds"):
        SqlStore(f"{scheme}://shop@127.0.0.1:1/shop?connect_timeout={seconds}")


@pytest.mark.parametrize(("module", "extra"), [("psycopg", "postgres"), ("pymysql", "mariadb")])
def test_a_missing_driver_names_its_extra(module: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the driver the error says what to install."""

    def fails(*_: object, **__: object) -> None:
        raise ModuleNotFoundError(name=module)

    monkeypatch.setattr(engines, "create_engine", fails)
    with pytest.raises(MissingExtra, match=rf'pip install "shopprivacy\[{extra}\]"'):
        SqlStore("sqlite://")


def test_another_driver_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in none of our extras: the error says which one is."""

    def fails(*_: object, **__: object) -> None:
        raise ModuleNotFoundError(name="something")

    monkeypatch.setattr(engines, "create_engine", fails)
    with pytest.raises(ValueError, match="needs something, which is not installed"):
        SqlStore("sqlite://")


def test_without_sqlalchemy(tmp_path: Path) -> None:
    """Importing the SQL store without SQLAlchemy says what to install."""
    (tmp_path / "sqlalchemy.py").write_text("raise ModuleNotFoundError(name='sqlalchemy')")
    code = (
        "from shopprivacy.errors import MissingExtra\n"
        "try:\n    import shopprivacy.storage.sql\n"
        "except MissingExtra as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert 'pip install "shopprivacy[sqlalchemy]"' in done.stdout


def test_workers_that_trip_over_each_other_try_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that fails because another worker was making the tables is tried again, but not for ever."""
    failures = iter([True, True, False])
    install = tables.install

    def sometimes(connection: Connection) -> None:
        if next(failures, True):
            connection.execute(text("SELECT * FROM not_there"))
        install(connection)

    monkeypatch.setattr(stores, "install", sometimes)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    SqlStore(url).close()
    with pytest.raises(StoreDown):
        SqlStore(url)


def test_no_answer_about_whom_a_row_was_inserted(store: SqlStore) -> None:
    """A row below the first is an error with its number for whoever asks about that subject."""
    book = sample_ledger(store)
    book.append([sample_entry()])
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE shopprivacy_ledger SET seq = 0"))
    with pytest.raises(LedgerBroken, match="row 0: seq: rows are numbered from 1"):
        book.was_allowed(sample_subject(), "newsletter", NOON)


@pytest.mark.parametrize("others", [0, AT_ONCE])
@pytest.mark.parametrize("edited", ["at", "action"])
def test_a_choice_is_no_repeat_of_one_that_cannot_be_read(store: SqlStore, edited: str, others: int) -> None:
    """Where the last row about a purpose was edited, an older one does not count, and the choice is recorded."""
    book = sample_ledger(store)
    everything = sample_entry(Action.WITHDRAWN, purpose=None, meaning=None, text_hash=None)
    book.append([everything, sample_entry()])
    with store._engine.begin() as connection:
        connection.execute(text(f"UPDATE shopprivacy_ledger SET {edited} = 'x' WHERE seq = 2"))
    more = [sample_entry(subject=sample_subject(str(number))) for number in range(100, 100 + others)]
    assert len(book.append([replace(everything, purpose="newsletter"), *more])) == 1 + others


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("shopprivacy_ledger_head SET hash = 'x'", "the stored head"),
        ("shopprivacy_checkpoint SET at = 'x'", "a checkpoint"),
        ("shopprivacy_policy SET first_enforced_at = 'x'", 'the archived policy "2026-01-01'),
    ],
)
def test_what_cannot_even_be_read_is_told(store: SqlStore, change: str, named: str) -> None:
    """Edited beside the rows, it is damage by name, not an error of the programme."""
    book = sample_ledger(store)
    book.checkpoint(NOON)
    with store._engine.begin() as connection:
        connection.execute(text(f"UPDATE {change}"))
    with pytest.raises(LedgerBroken, match=f"{named}.*: is not as it was written"):
        book.verify()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE shopprivacy_policy SET canonical = '{}'",
        "UPDATE shopprivacy_policy SET canonical = '{}', digest = ''",
        "UPDATE shopprivacy_policy SET effective = '2025-01-01'",
        "DELETE FROM shopprivacy_policy",
    ],
)
def test_tampering_in_the_archive_is_found(store: SqlStore, change: str) -> None:
    """An archive that was edited or emptied does not verify."""
    book = sample_ledger(store)
    book.append([sample_entry()])
    with store._engine.begin() as connection:
        connection.execute(text(change))
    assert len(book.verify().faults) == 1


def test_tables_that_are_too_new_leave_no_connection_open(
    url: str, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody gets the store, so nobody could close it; Python 3.13 warns of each connection left open."""
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE shopprivacy_schema SET version = version + 1, oldest = version + 1"))
    opened: list[Engine] = []
    make = engines.make_engine

    def remember(wanted: str) -> Engine:
        opened.append(make(wanted))
        return opened[0]

    monkeypatch.setattr(engines, "make_engine", remember)
    with pytest.raises(tables.SchemaMismatch):
        SqlStore(url)
    assert isinstance(opened[0].pool, QueuePool)
    assert opened[0].pool.checkedin() == 0


def test_nothing_of_a_row_is_logged(store: SqlStore, caplog: pytest.LogCaptureFixture) -> None:
    """SQLAlchemy's own log, at its loudest, shows statements without their values."""
    caplog.set_level("INFO", "sqlalchemy.engine")
    fresh = SqlStore(str(store._engine.url))
    sample_ledger(fresh).append([sample_entry()])
    fresh.rows_of(sample_subject())
    fresh.close()
    assert "FROM shopprivacy_ledger" in caplog.text
    assert sample_subject() not in caplog.text


def test_one_statement_per_lookup(store: SqlStore) -> None:
    """Recording a choice costs a fixed number of statements, however long the ledger is."""
    book = sample_ledger(store)
    counts = []
    for turn in range(3):
        with traced(store) as statements:
            book.append([sample_entry((Action.GRANTED, Action.WITHDRAWN)[turn % 2])])
        counts.append([statement.split()[0] for statement in statements])
    assert counts == [["BEGIN", "SELECT", "SELECT", "INSERT", "UPDATE", "COMMIT"]] * 3


def test_many_choices_at_once_cost_few_statements(store: SqlStore) -> None:
    """Beside the rows themselves: two look-ups for fifty subjects, or four where a yes is said again; one new head."""
    entries = [sample_entry(subject=sample_subject(str(number))) for number in range(2 * AT_ONCE + 3)]
    book = sample_ledger(store)
    for rows in (len(entries), 0):
        with traced(store) as statements:
            assert len(book.append(entries)) == rows
        kinds = Counter(statement.split()[0] for statement in statements)
        selects = 1 + 2 * 2 + 3 + (0 if rows else 2 * 2 + 3)
        assert kinds == Counter(BEGIN=1, SELECT=selects, INSERT=rows, UPDATE=min(rows, 1), COMMIT=1)


def test_the_columns_stand_in_the_order_of_the_fields() -> None:
    """Rows are read by the place of their values."""
    assert tuple(column.name for column in ledger_tables.ledger.columns) == ROW_FIELDS


@contextmanager
def traced(store: SqlStore) -> Iterator[list[str]]:
    """The statements that SQLite runs for a store meanwhile."""
    statements: list[str] = []

    def listener(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(statements.append)

    event.listen(store._engine, "checkout", listener)
    yield statements
    event.remove(store._engine, "checkout", listener)
    with store._engine.connect() as connection:
        cast("sqlite3.Connection", connection.connection.driver_connection).set_trace_callback(None)
