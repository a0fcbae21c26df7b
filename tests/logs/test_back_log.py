"""Old logs: killed at any moment and started again, the result is the same, byte by byte."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from errno import ENOSPC
from pathlib import Path
from random import Random

import pytest

from shopprivacy.analytics import LogRules
from shopprivacy.errors import PrivacyError
from shopprivacy.logs import back_log
from shopprivacy.logs.back_log import anonymise, is_done

RULES = LogRules()


def access_log(lines: int) -> bytes:
    """A log of visitors who are not seen twice, and now and then a line that nobody can read."""
    chance = Random(1)
    return b"".join(
        b'%d.0.113.%d - - [29/Nov/2026:15:20:40 +0100] "GET /a?q=%d HTTP/1.1" 200 5 "-" "curl/8"\n'
        % (chance.randrange(1, 224), chance.randrange(256), number)
        if number % 50
        else b"203.0.113.%d broken\r\n" % chance.randrange(256)
        for number in range(lines)
    )


def content(path: Path) -> bytes:
    """What a file holds, unpacked."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@pytest.fixture(params=["access.log", "access.log.1.gz"])
def source(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An access log, plain or compressed, of many small blocks."""
    monkeypatch.setattr(back_log, "BLOCK", 1000)
    path: Path = tmp_path / request.param
    data = access_log(200)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    path.chmod(0o640)
    return path


def test_a_whole_file(source: Path, tmp_path: Path) -> None:
    """Every line is cleaned, the source stays, the result has its mode, and nothing else is left behind."""
    before, target = source.read_bytes(), tmp_path / "out" / source.name
    read: list[int] = []
    done = anonymise(source, target, RULES, tell=read.append)
    lines = content(target).splitlines()
    assert (done.lines, done.unreadable) == (200, 4)
    assert len(lines) == 200
    assert sum(line == b"-" for line in lines) == 4
    assert all(
        b'.113.0 - - [29/Nov/2026:15:20:40 +0100] "GET /a HTTP/1.1" 200 5 "-" "curl robot"' in line
        for line in lines
        if line != b"-"
    )
    assert source.read_bytes() == before
    assert target.stat().st_mode & 0o777 == 0o640
    assert [*target.parent.iterdir()] == [target]
    assert is_done(source, target)
    assert sum(read) == len(before)
    with pytest.raises(PrivacyError, match="there already"):
        anonymise(source, target, RULES)


class Killed(Exception):
    """The process ended here."""


def test_killed_and_run_again(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after any write or note, however often, the result is that of one run."""
    whole = tmp_path / "whole" / source.name
    anonymise(source, whole, RULES)
    target, chance, killed = tmp_path / "out" / source.name, Random(2), 0
    note, fsync = back_log._write_note, os.fsync

    def perhaps(do: object, *args: object) -> None:
        nonlocal killed
        if chance.random() < 0.2:
            killed += 1
            raise Killed
        do(*args)  # type: ignore[operator]
        if chance.random() < 0.2:
            killed += 1
            raise Killed

    monkeypatch.setattr(back_log, "_write_note", lambda *args: perhaps(note, *args))
    monkeypatch.setattr(os, "fsync", lambda *args: perhaps(fsync, *args))
    done = None
    while done is None:
        assert not is_done(source, target)
        with suppress(Killed):
            done = anonymise(source, target, RULES)
    assert killed > 5
    assert (done.lines, done.unreadable) == (200, 4)
    assert target.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("change", ["rules", "source", "note", "part"])
def test_what_was_begun_otherwise_is_begun_anew(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """Where the rules, the source or what was written is another than noted, nothing of it is taken over."""
    target, rules = tmp_path / "out" / source.name, LogRules(query=frozenset({"q"}))
    note, part = (target.with_name(f".{target.name}.{end}") for end in ("progress", "part"))
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(Killed))
    write, count = back_log._write_note, [0]
    monkeypatch.undo()
    monkeypatch.setattr(back_log, "BLOCK", 1000)

    def twice(*args: object) -> None:
        write(*args)  # type: ignore[arg-type]
        count[0] += 1
        if count[0] == 2:
            raise Killed

    monkeypatch.setattr(back_log, "_write_note", twice)
    with pytest.raises(Killed):
        anonymise(source, target, RULES)
    assert json.loads(note.read_text())["read"] > 0
    if change == "source":
        data = access_log(150)[100:]
        source.write_bytes(gzip.compress(data) if source.suffix == ".gz" else data)
    elif change == "note":
        note.write_text("{")
    elif change == "part":
        part.write_bytes(b"")
    anonymise(source, target, rules if change == "rules" else RULES)
    fresh = tmp_path / "fresh" / source.name
    anonymise(source, fresh, rules if change == "rules" else RULES)
    assert content(target) == content(fresh)


def test_of_a_source_of_another_size_nothing_is_continued(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source that shrank, or grew behind half a line, is begun anew, however it begins."""
    monkeypatch.setattr(back_log, "BLOCK", 6000)
    source, target, note = tmp_path / "a.log", tmp_path / "out" / "a.log", back_log._write_note

    def killed(*args: object) -> None:
        note(*args)  # type: ignore[arg-type]
        raise Killed

    data = access_log(200)
    for there, read in ((data, 6000), (data[:5000], 5000), (data, 6000), (data[:12_000], 6000)):
        source.write_bytes(there)
        with monkeypatch.context() as patched:
            patched.setattr(back_log, "_write_note", killed)
            with pytest.raises(Killed):
                anonymise(source, target, RULES)
        noted = json.loads((target.parent / ".a.log.progress").read_text())
        assert read <= noted["read"] < read + 100
    anonymise(source, target, RULES)
    anonymise(source, tmp_path / "fresh.log", RULES)
    assert target.read_bytes() == (tmp_path / "fresh.log").read_bytes()


@pytest.mark.parametrize("source", ["access.log.1.gz"], indirect=True)
def test_processes_write_what_one_writes(source: Path, tmp_path: Path) -> None:
    """Several worker processes write the same bytes, in the same order."""
    one, two = tmp_path / "one" / source.name, tmp_path / "two" / source.name
    assert anonymise(source, one, RULES) == anonymise(source, two, RULES, jobs=2)
    assert one.read_bytes() == two.read_bytes()


COMMAND = """
from pathlib import Path
import sys
from shopprivacy.analytics import LogRules
from shopprivacy.logs import back_log
back_log.BLOCK = 20_000
back_log.anonymise(Path(sys.argv[1]), Path(sys.argv[2]), LogRules(), jobs=int(sys.argv[3]))
"""


def children(parent: int) -> set[int]:
    """The processes below a process."""
    found = set[int]()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid, _, rest = stat.read_text().partition(" ")
            if int(rest.rpartition(")")[2].split()[1]) == parent:
                found |= {int(pid), *children(int(pid))}
    return found


def is_over(done: Callable[[], bool]) -> bool:
    """Whether something is so within twenty seconds."""
    deadline = time.monotonic() + 20
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)  # another process: nobody tells when it ends
    return True


def killed(command: list[str], note: Path, read: int) -> int:
    """Start a command, kill it once it has noted more than that, and return what it noted; no process is left of it."""

    def noted() -> int:
        return int(json.loads(note.read_text())["read"]) if note.exists() else 0

    process = subprocess.Popen(command)
    assert is_over(lambda: noted() > read)
    workers = children(process.pid)
    process.kill()
    process.wait()
    assert is_over(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    return noted()


@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_by_the_system_and_run_again(jobs: int, tmp_path: Path) -> None:
    """SIGKILL leaves no process behind, nothing of the result is lost or there twice, and the next run goes on."""
    source, target, whole = tmp_path / "a.log", tmp_path / "out" / "a.log", tmp_path / "whole.log"
    source.write_bytes(access_log(20_000))
    anonymise(source, whole, RULES)
    command = [sys.executable, "-c", COMMAND, str(source), str(target), str(jobs)]
    read = 0
    for _ in range(2):
        read = killed(command, target.with_name(".a.log.progress"), read)
        assert not target.exists()
    subprocess.run(command, check=True)
    assert target.read_bytes() == whole.read_bytes()


def test_a_line_without_end_fills_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line longer than any is read in parts."""
    monkeypatch.setattr(back_log, "BLOCK", 1000)
    monkeypatch.setattr(back_log, "LONGEST_LINE", 1000)
    (tmp_path / "long.log").write_bytes(b"203.0.113.77 " * 2000)
    done = anonymise(tmp_path / "long.log", tmp_path / "out.log", RULES)
    assert done.lines == done.unreadable == 13
    assert (tmp_path / "out.log").read_bytes() == b"-" * 13


def test_a_line_that_fails_keeps_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line on which the cleaner fails is counted and keeps its time; the others are cleaned."""

    def fail(agent: str) -> str:
        raise RecursionError(agent)

    monkeypatch.setattr("shopprivacy.analytics.access_line.reduced", fail)
    (tmp_path / "a.log").write_bytes(access_log(2))
    done = anonymise(tmp_path / "a.log", tmp_path / "out.log", RULES)
    assert done.unreadable == done.lines == 2
    assert (tmp_path / "out.log").read_bytes().count(b"29/Nov/2026") == 1


def test_a_result_of_yesterdays_log_is_not_todays(source: Path, tmp_path: Path) -> None:
    """Logs get the names of others when they are rotated: a result is known by the time of its source."""
    target, day = tmp_path / "out" / source.name, source.stat().st_mtime
    anonymise(source, target, RULES)
    assert target.stat().st_mtime == pytest.approx(day, abs=2)
    for moved in (-86400, 86400):
        os.utime(source, (day + moved, day + moved))
        assert not is_done(source, target)
        with pytest.raises(PrivacyError, match="not the result of") as refused:
            anonymise(source, target, RULES)
        assert str(source) in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        b"not compressed",
        gzip.compress(access_log(200))[:-20],
        gzip.compress(access_log(200))[:200] + b"x" * 99,
    ],
    ids=["plain", "cut off", "broken"],
)
def test_a_damaged_archive_is_named_with_what_to_do(data: bytes, tmp_path: Path) -> None:
    """What cannot be unpacked stops without a result, and the message says which file and how to save the rest."""
    source, target = tmp_path / "a.log.gz", tmp_path / "out" / "a.log.gz"
    source.write_bytes(data)
    with pytest.raises(PrivacyError, match="gzip -dc") as refused:
        anonymise(source, target, RULES)
    assert str(source) in str(refused.value)
    assert not target.exists()


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of a write names the file, as those of other calls do."""
    (tmp_path / "a.log").write_bytes(access_log(10))
    monkeypatch.setattr(
        os, "fsync", lambda _: (_ for _ in ()).throw(OSError(ENOSPC, "No space left on device"))
    )
    with pytest.raises(OSError, match="No space") as full:
        anonymise(tmp_path / "a.log", tmp_path / "b.log", RULES)
    assert full.value.filename == str(tmp_path / ".b.log.part")
