"""What was pruned is in none of SQLite's files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.gate.exchange import NOW
from tests.privacy.shop import POLICY, Clock
from tests.storage.pruned import found_in, pruned_and_kept

from shopprivacy import Privacy
from shopprivacy.decision import Action
from shopprivacy.errors import StoreDown
from shopprivacy.ledger.pruning import PruningRules
from shopprivacy.policy import Duration
from shopprivacy.storage import sqlite
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.samples import NOON, sample_entry, sample_keyset, sample_ledger, sample_subject

RULES = PruningRules(Duration.parse("7 years"))
MUCH_LATER = NOON.replace(year=2040)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """An empty store."""
    with closing(SqlStore(f"sqlite:///{tmp_path / 'store.sqlite3'}")) as store:
        yield store


@pytest.fixture
def other(tmp_path: Path, store: SqlStore) -> Iterator[sqlite3.Connection]:
    """A connection of another program, which keeps the log from being deleted."""
    with closing(sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)) as other:
        other.execute("SELECT * FROM shopprivacy_ledger").fetchall()
        yield other


def _read(other: sqlite3.Connection) -> None:
    other.execute("BEGIN")
    other.execute("SELECT * FROM shopprivacy_ledger").fetchall()


@pytest.mark.usefixtures("other")
def test_nothing_pruned_stays_in_the_files(store: SqlStore, tmp_path: Path) -> None:
    """Neither in the database nor in its write-ahead log, though another program has it open; also once rows moved."""
    book, (gone, kept) = sample_ledger(store), pruned_and_kept()
    book.append(sample_entry(subject=subject) for subject in [*gone, *kept])
    book.append(sample_entry(Action.WITHDRAWN, subject=subject) for subject in gone)
    assert found_in(tmp_path, "store", gone) == set(gone)
    assert book.prune(RULES, MUCH_LATER) == 2 * len(gone)
    assert found_in(tmp_path, "store", gone) == set()
    assert found_in(tmp_path, "store", kept) == set(kept)
    book.verify().require()


def test_the_log_is_emptied_once_nobody_reads_it(
    store: SqlStore, other: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pruning is done though another program reads an old state, and the shop's job takes what it left, in time."""
    monkeypatch.setattr(sqlite, "_WAIT", 1)
    book, gone, clock = sample_ledger(store), [sample_subject()], Clock()
    book.append([sample_entry(), sample_entry(Action.WITHDRAWN)])
    privacy = Privacy(POLICY, keyset=sample_keyset(), store=store, clock=clock)
    privacy.close()
    privacy._feed.look()
    _read(other)
    assert book.prune(RULES, MUCH_LATER) == 2
    clock.time = NOW.replace(hour=(NOW.hour + 1) % 24)
    privacy._feed.look()
    assert found_in(tmp_path, "store", gone)
    other.execute("COMMIT")
    privacy._feed.look()
    assert not found_in(tmp_path, "store", gone)


def test_what_hinders_it_is_an_error(
    store: SqlStore, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job fails by name while somebody reads, leaves the usual patience, and tells of a database that is none."""
    monkeypatch.setattr(sqlite, "_WAIT", 1)
    book, [job] = sample_ledger(store), store.jobs
    _read(other)
    book.append([sample_entry()])
    with pytest.raises(StoreDown, match="log: another connection reads from it"):
        job.run(NOON)
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 20_000
    other.execute("COMMIT")
    job.run(NOON)
    file = Path(store._engine.url.database or "")
    store.close()
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(
        StoreDown,
        match=rf"^the store did not answer: the file {file}: the file is damaged, or is not a database$",
    ):
        job.run(NOON)


def test_a_database_without_a_log() -> None:
    """In memory there is none, and nothing to do."""
    with closing(SqlStore("sqlite://")) as store:
        [job] = store.jobs
        job.run(NOON)


def test_a_file_that_is_replaced_is_read_anew(store: SqlStore, tmp_path: Path) -> None:
    """A restored database is the one that a running shop goes on with, and nothing is written to the old one."""
    path, backup = tmp_path / "store.sqlite3", tmp_path / "backup"
    book = sample_ledger(store)
    book.append([sample_entry()])
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(backup)) as copy:
        source.backup(copy)
    book.append([sample_entry(Action.WITHDRAWN)])
    assert store.head().count == 2
    for log in tmp_path.glob("store.sqlite3-*"):
        log.unlink()
    backup.replace(path)
    assert store.head().count == 1
    book.append([sample_entry(Action.WITHDRAWN)])
    with closing(SqlStore(f"sqlite:///{path}")) as again:
        assert again.head().count == 2


def test_a_file_that_is_gone_is_not_made_anew(store: SqlStore, tmp_path: Path) -> None:
    """Where somebody took the database away the store is down, until it is back: an empty one would hide that."""
    path = tmp_path / "store.sqlite3"
    book = sample_ledger(store)
    book.append([sample_entry()])
    path.rename(tmp_path / "away")
    with pytest.raises(StoreDown):
        store.head()
    assert not path.exists()
    (tmp_path / "away").rename(path)
    assert store.head().count == 1
