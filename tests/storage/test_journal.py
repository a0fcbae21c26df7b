"""The journal: durable, torn ends tolerated, damage named, safe for several writers."""

from __future__ import annotations

import fcntl
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.decision import Action
from shopprivacy.errors import LedgerBroken, StoreDown
from shopprivacy.ledger.journal import JournalRecord
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.samples import NOON, sample_entry, sample_ledger


def record(number: int) -> JournalRecord:
    """One of several records."""
    return JournalRecord("erasure", {"number": str(number), "text": "é\n", "data": "contact identity"})


def test_records_come_back_in_order(tmp_path: Path) -> None:
    """What was appended is read, by another journal over the same file too."""
    journal = JournalFile(tmp_path / "journal")
    assert journal.records() == ()
    journal.append([record(1)])
    journal.append([record(2), record(3)])
    assert list(JournalFile(tmp_path / "journal").records()) == [record(1), record(2), record(3)]


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    """The file has mode 0600, and so has what compaction puts in its place."""
    journal = JournalFile(tmp_path / "journal")
    for _ in range(2):
        journal.append([record(1), record(2)])
        assert stat.S_IMODE((tmp_path / "journal").stat().st_mode) == 0o600
        assert journal.compact(lambda kept: kept.body["number"] == "1") > 0
        assert stat.S_IMODE((tmp_path / "journal").stat().st_mode) == 0o600


def test_records_are_on_the_disk_before_the_caller_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole content is synchronised after it was written, a new file's directory too, before append returns."""
    path = tmp_path / "journal"
    synchronised: list[tuple[bool, int]] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        found = os.fstat(descriptor)
        folder = stat.S_ISDIR(found.st_mode)
        synchronised.append((folder, 0 if folder else found.st_size))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    journal = JournalFile(path)
    journal.append([record(1)])
    assert synchronised == [(True, 0), (False, path.stat().st_size)]
    synchronised.clear()
    journal.append([record(2), record(3)])
    assert synchronised == [(False, path.stat().st_size)]
    synchronised.clear()
    journal.compact(lambda kept: kept.body["number"] != "2")
    assert synchronised == [(False, path.stat().st_size), (True, 0)]


@given(data=st.data())
def test_a_torn_end_is_skipped_and_taken_away(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Wherever the last line was cut off, what came before is read, and the next record follows cleanly."""
    path = tmp_path_factory.mktemp("torn") / "journal"
    journal = JournalFile(path)
    journal.append([record(1), record(2)])
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    cut = data.draw(st.integers(first, len(whole) - 1))
    garbage = data.draw(st.sampled_from([b"", b"\0" * 40, b"\0" * 40 + b"\n"]))
    path.write_bytes(whole[:cut] + garbage)
    assert list(journal.records()) == [record(1)]
    journal.append([record(3)])
    assert list(journal.records()) == [record(1), record(3)]


def test_damage_in_the_middle_is_named(tmp_path: Path) -> None:
    """A whole line that changed is an error with its number: it was acknowledged once."""
    journal = JournalFile(tmp_path / "journal")
    journal.append([record(1), record(2), record(3)])
    text = (tmp_path / "journal").read_bytes()
    (tmp_path / "journal").write_bytes(text.replace(b'"2"', b'"4"'))
    with pytest.raises(LedgerBroken, match="journal line 2: is not as it was written"):
        journal.records()
    with pytest.raises(LedgerBroken, match="journal line 2"):
        journal.compact(lambda _: True)


def test_compaction_forgets_only_what_it_is_told(tmp_path: Path) -> None:
    """The rest stays in order; when everything stays, so does the file."""
    path = tmp_path / "journal"
    journal = JournalFile(path)
    journal.append([record(number) for number in range(5)])
    assert journal.compact(lambda kept: kept.body["number"] != "2") == 1
    assert list(journal.records()) == [record(0), record(1), record(3), record(4)]
    inode = path.stat().st_ino
    assert journal.compact(lambda _: True) == 0
    assert path.stat().st_ino == inode


def test_writers_do_not_hurt_each_other(tmp_path: Path) -> None:
    """Appender and compacting at once, every record that is to stay stays."""
    path = tmp_path / "journal"

    def work(number: int) -> None:
        journal = JournalFile(path)
        journal.append([record(number)])
        if number % 5 == 0:
            journal.compact(lambda kept: kept.body["number"] != "0")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(60)))
    numbers = sorted(int(kept.body["number"]) for kept in JournalFile(path).records())
    assert numbers[-59:] == list(range(1, 60))


def test_a_journal_that_cannot_be_used(tmp_path: Path) -> None:
    """Whatever the file system says is StoreDown."""
    (tmp_path / "directory").mkdir()
    for path in (tmp_path / "directory", tmp_path / "missing" / "journal"):
        with pytest.raises(StoreDown, match="the journal cannot be used"):
            JournalFile(path).append([record(1)])
    with pytest.raises(StoreDown, match="the journal cannot be used"):
        JournalFile(tmp_path / "directory").records()


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full in the middle of a record, the error says so and nothing of it counts later."""
    journal = JournalFile(tmp_path / "journal")
    journal.append([record(1)])
    write = os.write

    def half(descriptor: int, content: bytes) -> int:
        monkeypatch.setattr(os, "write", full)
        return write(descriptor, bytes(content)[:10])

    def full(_descriptor: int, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(StoreDown, match="No space left on device"):
        journal.append([record(2)])
    monkeypatch.undo()
    assert list(journal.records()) == [record(1)]
    journal.append([record(3)])
    assert list(journal.records()) == [record(1), record(3)]


def test_an_error_of_the_lock_closes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the file cannot be locked, nothing is written and the file is not left open."""

    def fails(_descriptor: int, _operation: int) -> None:
        raise OSError(37, "No locks available")

    before = len(list(Path("/dev/fd").iterdir()))
    monkeypatch.setattr(fcntl, "flock", fails)
    with pytest.raises(StoreDown, match="No locks available"):
        JournalFile(tmp_path / "journal").append([record(1)])
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_file_that_was_replaced_while_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waited for the lock while another writer compacted writes to the file that took its place."""
    path = tmp_path / "journal"
    journal = JournalFile(path)
    journal.append([record(1), record(2)])
    flock = fcntl.flock

    def waits(descriptor: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        JournalFile(path).compact(lambda kept: kept.body["number"] == "2")
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", waits)
    journal.append([record(3)])
    assert list(journal.records()) == [record(2), record(3)]


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


def test_a_forked_child_keeps_no_lock(tmp_path: Path) -> None:
    """What it inherits of a writer's open file is the same open file: the writer gives the lock back for both."""
    journal = JournalFile(tmp_path / "journal")
    with journal._locked() as descriptor:
        inherited = os.dup(descriptor)
    try:
        with (tmp_path / "journal").open("rb") as another:
            fcntl.flock(another, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(inherited)
