"""A journal of lines, as the first releases wrote it, is moved over, and nothing that it says is lost."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from tests.storage.test_journal import kept, record

from shopprivacy.errors import JournalBroken
from shopprivacy.ledger.journal import JournalRecord
from shopprivacy.storage.journal import JournalFile


def line(record: JournalRecord) -> bytes:
    """One line as the first releases wrote it."""
    text = json.dumps({"kind": record.kind, **record.body}, separators=(",", ":")).encode()
    return b"%s %s\n" % (hashlib.sha256(text).hexdigest()[:16].encode(), text)


@pytest.mark.parametrize("torn", [b"", b"0123456789abcdef {", b"\0" * 40, b"\0" * 40 + b"\n"])
@pytest.mark.parametrize("name", ["journal", "journal.sqlite3"])
def test_a_journal_of_lines_is_moved_over(tmp_path: Path, torn: bytes, name: str) -> None:
    """Its records are read behind those that are there, once; the last line does not count where it was cut off."""
    JournalFile(tmp_path / name).append([record(0)])
    (tmp_path / "journal").write_bytes(line(record(1)) + line(record(2)) + torn)
    journal = JournalFile(tmp_path / name)
    for _ in range(2):
        assert kept(journal) == [record(0), record(1), record(2)]
        assert not (tmp_path / "journal").exists()
    (tmp_path / "journal").write_bytes(line(record(3)))
    assert kept(JournalFile(tmp_path / name))[3:] == [record(3)], "an older release that was rolled back to"


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    """A whole line that changed was acknowledged once: its number is told, what to do, and the file stays."""
    lines = tmp_path / "journal"
    lines.write_bytes(line(record(1)) + line(record(2)).replace(b'"2"', b'"4"') + line(record(3)))
    with pytest.raises(JournalBroken, match=r"journal line 2: .*take the line out"):
        kept(JournalFile(lines))
    assert lines.exists()
    content = lines.read_bytes().splitlines(keepends=True)
    lines.write_bytes(content[0] + content[2])
    assert kept(JournalFile(lines)) == [record(1), record(3)]
    damaged = b"x\n" * 3
    lines.write_bytes(damaged + line(record(1)) + damaged + line(record(2)) + line(record(3))[1:])
    with pytest.raises(JournalBroken, match=r"(?s)lines 1 to 3: .*lines 5 to 7: .*line 9: "):
        kept(JournalFile(lines))
    assert lines.exists()


@pytest.mark.parametrize("garbage", [b"\0", b"\1", b"\r", b"{", b"0123456789abcdef "])
def test_a_record_behind_garbage_counts(tmp_path: Path, garbage: bytes) -> None:
    """Earlier releases took 64 KB of garbage away before they appended: what is left stands before the next record."""
    lines = tmp_path / "journal"
    lines.write_bytes(line(record(1)) + garbage * 36_000 + line(record(2)))
    assert kept(JournalFile(lines)) == [record(1), record(2)]


def test_a_line_that_another_one_runs_into_is_damage(tmp_path: Path) -> None:
    """What it said was acknowledged, and is not taken for garbage before the next record."""
    lines = tmp_path / "journal"
    lines.write_bytes(line(record(1)) + line(record(2)).replace(b"\n", b" ") + line(record(3)))
    with pytest.raises(JournalBroken, match="journal line 2: "):
        kept(JournalFile(lines))


@pytest.mark.parametrize("content", [b"", b"12345", b"\0" * 9, b"0123456789abcdef {"])
def test_a_file_without_a_record_stays(tmp_path: Path, content: bytes) -> None:
    """It may be somebody else's, and has the journal's name without .sqlite3 by chance; so may a folder."""
    other = tmp_path / "journal"
    other.write_bytes(content)
    assert kept(JournalFile(other)) == []
    assert other.read_bytes() == content
    other.unlink()
    other.mkdir()
    assert kept(JournalFile(tmp_path / "journal.sqlite3")) == []
    assert other.is_dir()


@pytest.mark.parametrize("content", [b"12345\n", b"a\nb\n", b"SQLite format 3\0", line(record(1))[1:]])
def test_a_file_that_is_no_journal_is_named(tmp_path: Path, content: bytes) -> None:
    """With what to do if it was one, and if it is another one; it stays."""
    other = tmp_path / "journal"
    other.write_bytes(content)
    with pytest.raises(JournalBroken, match=r"journal: no line of it is .*other name than journal\.sqlite3"):
        kept(JournalFile(other))
    assert other.read_bytes() == content


def test_lines_that_another_process_has_just_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of workers that start together one moves them over; who waited for it moves nothing twice."""
    import fcntl

    (tmp_path / "journal").write_bytes(line(record(1)))
    flock = fcntl.flock

    def waits(file: object, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        assert kept(JournalFile(tmp_path / "journal")) == [record(1)]
        flock(file, operation)  # type: ignore[arg-type]

    monkeypatch.setattr(fcntl, "flock", waits)
    assert kept(JournalFile(tmp_path / "journal")) == [record(1)]
