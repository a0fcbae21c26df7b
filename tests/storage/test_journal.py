"""The journal: durable, safe for several writers, in step by its mark, and loud about damage."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from tests.servers import new_database

from shopprivacy.decision import Action
from shopprivacy.errors import JournalBroken, JournalDown, PrivacyError, StoreDown
from shopprivacy.ledger.chain import Pin
from shopprivacy.ledger.journal import BATCH, Journal, JournalRecord, Mark
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.patience import patience
from shopprivacy.storage.sql import SqlStore
from shopprivacy.storage.sql.journal import SqlJournal
from shopprivacy.testing.samples import NOON, sample_entry, sample_ledger

PIN = Pin(7, bytes(32))
DAY = timedelta(days=1)

Opened = Callable[[], Journal]


def record(number: int, kind: str = "erasure") -> JournalRecord:
    """One of several records."""
    return JournalRecord(kind, {"number": str(number), "text": "é\n", "data": "contact identity"})


def kept(journal: Journal, after: int = 0, kind: str | None = None) -> list[JournalRecord]:
    """What it holds."""
    return [one.record for one in journal.records(after, kind)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a journal may be made."""
    return tmp_path / "journal.sqlite3"


SERVICES = [pytest.param(name, marks=pytest.mark.services) for name in ("postgres", "mariadb")]


@pytest.fixture(params=["file", "sqlite", *SERVICES])
def opened(request: pytest.FixtureRequest, path: Path) -> Iterator[Opened]:
    """Opens one more journal in the same place: a file, or a database of each kind."""
    with ExitStack() as stack:
        url = f"sqlite:///{path}"
        if request.param in ("postgres", "mariadb"):
            url = stack.enter_context(new_database(request.param))

        def one_more() -> Journal:
            if request.param == "file":
                return JournalFile(path, now=lambda: NOON)
            return stack.enter_context(closing(SqlJournal(url, now=lambda: NOON)))

        yield one_more


# What every journal does


def test_who_has_it_open_too(path: Path) -> None:
    """Another connection on the same file is another process's to SQLite; a killed one's is gone; it is used again."""
    journal = JournalFile(path)
    journal.append([record(1)])
    assert not journal.is_shared()
    other = JournalFile(path)
    assert kept(other) == [record(1)]
    assert journal.is_shared()
    other.close()
    assert not journal.is_shared()
    assert kept(journal) == [record(1)]


def test_records_come_back_in_order(opened: Opened) -> None:
    """What was appended is read, by another journal over the same file too; from a number on, and of one kind."""
    journal = opened()
    assert kept(journal) == []
    journal.append([record(1)])
    journal.append([record(2, "other"), record(3)])
    other = opened()
    assert kept(other) == [record(1), record(2, "other"), record(3)]
    numbers = [one.number for one in other.records()]
    assert numbers == sorted(numbers)
    assert kept(other, numbers[0]) == [record(2, "other"), record(3)]
    assert kept(other, numbers[0], "erasure") == [record(3)]
    assert sorted(other.kinds()) == ["erasure", "other"]


def test_many_records_are_read_in_batches(opened: Opened) -> None:
    """More than one batch has comes whole, also while others append and forget."""
    journal = opened()
    journal.append([record(number) for number in range(BATCH + 2)])
    found = journal.records()
    first = next(found)
    journal.append([record(BATCH + 2)])
    journal.forget([first.number])
    assert [one.record.body["number"] for one in found] == [str(number) for number in range(1, BATCH + 3)]


def test_the_mark_is_kept(opened: Opened) -> None:
    """It is none at first, and then what was set last, also for another journal over the same file."""
    journal = opened()
    assert journal.mark() is None
    for mark in (Mark(3, PIN), Mark(2, Pin(0, bytes(32)))):
        journal.set_mark(mark)
        assert opened().mark() == mark


def test_numbers_are_not_given_again(opened: Opened) -> None:
    """A record after those that were forgotten lies behind the mark that spoke for them."""
    journal = opened()
    journal.append([record(1), record(2)])
    last = [one.number for one in journal.records()][-1]
    journal.set_mark(Mark(last, PIN))
    journal.forget([last])
    journal.append([record(3)])
    assert kept(opened(), last) == [record(3)]


def test_only_what_is_old_is_forgotten(opened: Opened) -> None:
    """Of one kind, up to a number: what nobody has judged stays, however old it is, and what is of another kind."""
    journal = opened()
    kind = record(1).kind
    assert journal.forget_before(NOON, kind, 9) == 0
    journal.append([record(1), record(2), JournalRecord("other", {}), record(3)])
    numbers = [one.number for one in journal.records()]
    assert journal.forget_before(NOON + DAY, kind, 0) == 0
    assert journal.forget_before(NOON, kind, numbers[2]) == 0
    assert journal.forget_before(NOON + DAY, kind, numbers[2]) == 2
    assert kept(journal) == [JournalRecord("other", {}), record(3)]
    assert journal.forget_before(NOON + DAY, "other", numbers[2]) == 1


def test_writers_do_not_hurt_each_other(opened: Opened) -> None:
    """Those who append and forget at once lose no record that is to stay; opened at once, they make one journal."""

    def work(number: int) -> None:
        journal = opened()
        journal.append([record(number)])
        if number % 5 == 0:
            journal.forget([one.number for one in journal.records() if one.record.body["number"] == "0"])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    numbers = sorted(int(one.body["number"]) for one in kept(opened()))
    assert numbers[-39:] == list(range(1, 40))


def test_each_has_a_name_of_its_own(opened: Opened, tmp_path: Path) -> None:
    """The same for whoever opens it, and no other journal's."""
    names = {opened().name(), opened().name(), JournalFile(tmp_path / "other").name()}
    assert len(names) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)


def test_it_is_used_again_after_it_was_closed(opened: Opened) -> None:
    """It opens anew what it has closed."""
    journal = opened()
    journal.append([record(1)])
    journal.close()
    journal.append([record(2)])
    assert kept(journal) == [record(1), record(2)]


def test_what_cannot_be_written_whole_is_not_written(opened: Opened) -> None:
    """Records that come together are there together or not at all."""
    journal = opened()
    with pytest.raises(TypeError):
        journal.append([record(1), JournalRecord("erasure", {"number": object()})])  # type: ignore[dict-item]
    journal.append([])
    assert kept(journal) == []


# What a file does


def test_only_the_owner_reads_it(path: Path) -> None:
    """The file has mode 0600, and so have those that SQLite puts beside it."""
    journal = JournalFile(path)
    journal.append([record(1)])
    assert len(beside := list(path.parent.iterdir())) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in beside} == {0o600}


def test_a_name_without_the_suffix_gets_it(tmp_path: Path) -> None:
    """So a journal of lines under that name stays apart from the file of SQLite's."""
    JournalFile(tmp_path / "journal").append([record(1)])
    assert kept(JournalFile(tmp_path / "journal.sqlite3")) == [record(1)]
    assert not (tmp_path / "journal").exists()


def test_a_record_is_on_the_disk_before_the_caller_goes_on(path: Path) -> None:
    """Every commit is synchronised, and a copy of the files as they are has the record."""
    journal = JournalFile(path)
    journal.append([record(1)])
    with journal._used() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
    copy = path.with_name("copy.sqlite3")
    for end in ("", "-wal"):
        copy.with_name(copy.name + end).write_bytes(path.with_name(path.name + end).read_bytes())
    assert kept(JournalFile(copy)) == [record(1)]


@given(cut=st.integers(1, 4000), garbage=st.sampled_from([0, 1, 100_000]))
def test_a_torn_or_overgrown_end_swallows_nothing(
    cut: int, garbage: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What was cut off was not acknowledged; whatever stands there instead, the next record is kept."""
    folder = tmp_path_factory.mktemp("torn")
    whole, copy = folder / "whole.sqlite3", folder / "copy.sqlite3"
    journal = JournalFile(whole)
    journal.append([record(1)])
    before = whole.with_name("whole.sqlite3-wal").read_bytes()
    journal.append([record(2)])
    copy.write_bytes(whole.read_bytes())
    log = copy.with_name("copy.sqlite3-wal")
    after = whole.with_name("whole.sqlite3-wal").read_bytes()
    log.write_bytes(after[: max(len(before), len(after) - cut)] + os.urandom(garbage))
    journal.close()
    torn = JournalFile(copy)
    assert kept(torn) == [record(1)]
    torn.append([record(3)])
    torn.close()
    with copy.open("ab") as file:
        file.write(os.urandom(garbage))
    torn.append([record(number) for number in range(4, 40)])
    torn.close()
    assert kept(JournalFile(copy)) == [record(1), *(record(number) for number in range(3, 40))]


def test_what_is_forgotten_is_in_no_file(path: Path) -> None:
    """Neither in the database nor in its write-ahead log, while the journal is open."""
    journal = JournalFile(path, now=lambda: NOON)
    journal.append([JournalRecord("erasure", {"subject": f"customer:{'ab' * 20}"})] * 3)
    journal.forget([1])
    assert journal.forget_before(NOON + DAY, "erasure", 3) == 2
    assert not any(b"ab" * 20 in file.read_bytes() for file in path.parent.iterdir())
    journal.close()


def test_damage_is_named(path: Path) -> None:
    """A record that changed, and pages that are none, are errors with what to do; nothing is taken for empty."""
    journal = JournalFile(path)
    journal.append([record(number) for number in range(1, 400)])
    journal.close()
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"number":"17"', b'"number":"71"'))
    with pytest.raises(JournalBroken, match=r"journal.sqlite3 record 17: .*shopprivacy_journal_record"):
        kept(JournalFile(path))
    for damage in (b'"number":"\xff7"', b'"number":"1\xc3"'):  # no UTF-8
        path.write_bytes(content.replace(b'"number":"17"', damage))
        with pytest.raises(JournalBroken, match=r"journal.sqlite3 record 17: .*shopprivacy_journal_record"):
            kept(JournalFile(path))
    path.write_bytes(content.replace(b"erasure", b"eras\xffre"))
    assert JournalFile(path).kinds() == ["eras\ufffdre"]
    pages = len(content) // 4096
    path.write_bytes(content[: 4096 * (pages // 2)] + b"\x5a" * 4096 * (pages - pages // 2))
    with pytest.raises(JournalBroken, match=r"journal.sqlite3: is damaged .*\.recover"):
        kept(JournalFile(path))
    path.write_bytes(b"\x5a" * len(content))
    damaged = JournalFile(path)
    for asked in (damaged.mark, damaged.kinds, lambda: kept(damaged), lambda: damaged.forget([1])):
        with pytest.raises(JournalBroken, match=r"journal.sqlite3: is damaged .*\.recover"):
            asked()
    with pytest.raises(StoreDown, match="is damaged"):
        damaged.append([record(1)])


def test_a_journal_that_cannot_be_used(tmp_path: Path) -> None:
    """Whatever the file system says is StoreDown, which names the file."""
    (tmp_path / "folder.sqlite3").mkdir()
    for path in (tmp_path / "folder", tmp_path / "missing" / "journal"):
        named = rf"the journal cannot be used \({re.escape(str(path))}\.sqlite3: "
        with pytest.raises(StoreDown, match=named):
            JournalFile(path).append([record(1)])
        with pytest.raises(StoreDown, match=named):
            kept(JournalFile(path))


def test_another_database_is_not_made_a_journal(tmp_path: Path) -> None:
    """Such as the one that the ledger stands in: a restored backup would take both back."""
    path = tmp_path / "shop.sqlite3"
    SqlStore(f"sqlite:///{path}").close()
    with pytest.raises(PrivacyError, match="another SQLite database"):
        JournalFile(path).append([record(1)])
    own = tmp_path / "own.sqlite3"
    with closing(sqlite3.connect(own)) as connection:
        connection.execute("CREATE TABLE basket (id INTEGER)")
        connection.execute("PRAGMA user_version = 7")
        connection.commit()
    before = own.read_bytes()
    with pytest.raises(PrivacyError, match="another SQLite database"):
        JournalFile(own).name()
    assert own.read_bytes() == before


def test_a_journal_without_its_row_is_damaged(path: Path) -> None:
    """Nobody knows any more what it was called, or up to where it was read."""
    journal = JournalFile(path)
    journal.append([record(1)])
    journal.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM shopprivacy_journal")
        connection.commit()
    with pytest.raises(JournalBroken, match=r"journal.sqlite3: is damaged .*the row of shopprivacy_journal"):
        journal.name()
    with pytest.raises(StoreDown, match="is damaged"):
        journal.append([record(2)])


def test_a_journal_of_a_newer_release(path: Path) -> None:
    """One of the next minor version is used as it is; one of a newer major version is refused by name."""
    JournalFile(path).append([record(1)])
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("ALTER TABLE shopprivacy_journal_record ADD COLUMN more TEXT")
        connection.execute("ALTER TABLE shopprivacy_journal ADD COLUMN more TEXT")
        connection.execute("PRAGMA user_version = 2")
        older = JournalFile(path)
        older.append([record(2)])
        older.set_mark(Mark(1, PIN))
        assert kept(JournalFile(path)) == [record(1), record(2)]
        connection.execute("UPDATE shopprivacy_journal SET oldest = 2")
    with pytest.raises(PrivacyError, match=r"journal.sqlite3 has version 2, of a newer major version"):
        kept(JournalFile(path))


def test_a_file_that_was_moved_away(path: Path) -> None:
    """Nothing is written to a file that has no name any more: a new one is made, and the old one is whole."""
    journal = JournalFile(path)
    journal.append([record(1)])
    journal.close()
    journal.append([record(2)])
    path.rename(path.with_name("old.sqlite3"))
    path.with_name(path.name + "-wal").rename(path.with_name("old.sqlite3-wal"))
    journal.append([record(3)])
    assert kept(JournalFile(path)) == [record(3)]
    assert kept(JournalFile(path.with_name("old.sqlite3"))) == [record(1), record(2)]


def test_nobody_waits_long_for_another_process(path: Path) -> None:
    """A process that hangs while it holds the file holds nobody else's threads."""

    def append() -> None:
        with patience(0.05):
            journal.append([record(2)])

    journal = JournalFile(path)
    journal.append([record(1)])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(8) as pool:
            for waiting in [pool.submit(append) for _ in range(8)]:
                with pytest.raises(StoreDown, match="the journal cannot be used"):
                    waiting.result(timeout=20)
        other.execute("ROLLBACK")
    journal.append([record(3)])
    assert kept(journal) == [record(1), record(3)]


def test_a_forked_child_opens_its_own(path: Path) -> None:
    """A child inherits no open file, also of a server that forks past Python's back, and writes beside its parent."""
    journal = JournalFile(path)
    journal.append([record(1)])
    inherited = journal._connection
    child = os.fork()
    if not child:
        try:
            journal.append([record(2)])
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert journal._connection is not inherited
    journal.append([record(3)])
    assert kept(journal) == [record(1), record(2), record(3)]
    opened = journal._opened
    assert opened is not None
    inherited, journal._opened = journal._connection, (opened[0] + 1, opened[1])
    journal.append([record(4)])
    assert journal._connection is not inherited
    assert len(kept(journal)) == 4


# What a database does


@pytest.fixture
def stored(url: str) -> Iterator[SqlJournal]:
    """An empty journal in a database."""
    with closing(SqlJournal(url, now=lambda: NOON)) as made:
        yield made


def test_a_changed_record_in_a_database_is_named(url: str, stored: SqlJournal) -> None:
    """As one in a file is."""
    stored.append([record(1), record(2)])
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE shopprivacy_journal_record SET kind = 'choice' WHERE number = 2"))
    engine.dispose()
    with pytest.raises(JournalBroken, match="the journal's database record 2: is not as it was written"):
        kept(stored)


def test_a_journal_database_of_a_newer_release(url: str, stored: SqlJournal) -> None:
    """One of the next minor version is used as it is; one of a newer major version is refused by name."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE shopprivacy_journal_record ADD COLUMN more INTEGER"))
        connection.execute(text("UPDATE shopprivacy_journal SET version = 2"))
    with closing(SqlJournal(url)) as older:
        older.append([record(1)])
        assert kept(older) == [record(1)]
    with engine.begin() as connection:
        connection.execute(text("UPDATE shopprivacy_journal SET oldest = 2"))
    engine.dispose()
    with pytest.raises(PrivacyError, match="the journal's database has version 2, of a newer major version"):
        SqlJournal(url)
    assert kept(stored) == [record(1)]


def test_the_ledgers_own_database_is_refused(url: str) -> None:
    """A restored backup would take ledger and journal back together."""
    SqlStore(url).close()
    with pytest.raises(PrivacyError, match="the ledger's own database"):
        SqlJournal(url)


def test_a_journal_database_that_goes_down(url: str, stored: SqlJournal) -> None:
    """Whatever it says is JournalDown: the ledger beside it may well answer."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE shopprivacy_journal_record"))
    engine.dispose()
    for asked in (lambda: stored.append([record(1)]), lambda: kept(stored), stored.kinds):
        with pytest.raises(JournalDown, match="the journal cannot be used"):
            asked()


def test_restoring_an_older_database(tmp_path: Path) -> None:
    """A copy of the database from before a withdrawal, with today's journal: the withdrawal is back (D39)."""
    path = tmp_path / "shop.sqlite3"
    journal = JournalFile(tmp_path / "privacy-journal")

    def opened() -> Ledger:
        return sample_ledger(SqlStore(f"sqlite:///{path}"), str(path), journal)

    def close(book: Ledger) -> None:
        assert isinstance(book.store, SqlStore)
        book.store.close()

    book = opened()
    book.append([sample_entry()])
    close(book)
    backup = path.read_bytes()
    book = opened()
    book.append([sample_entry(Action.WITHDRAWN)])
    book.keep_in_step()
    close(book)
    for left in tmp_path.glob("shop.sqlite3*"):
        left.unlink()
    path.write_bytes(backup)
    book = opened()
    subject = sample_entry().subject
    assert book.was_allowed(subject, "newsletter", NOON)
    assert [book.bring_up_to_date(), book.bring_up_to_date()] == [1, 0]
    assert not book.was_allowed(subject, "newsletter", NOON)
    book.verify().require()
    close(book)
