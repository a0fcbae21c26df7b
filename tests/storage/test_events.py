"""Events on disk: whole lines in order, one file for each day and level, counts, forks, full disks, and pruning."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.analytics.test_building import policy_with
from tests.policy.files import base_with

from shopprivacy.analytics.building import ViewWithoutEvent
from shopprivacy.analytics.event import Event, ExemptEvent, Hour
from shopprivacy.analytics.sighting import Allowed, Sighting
from shopprivacy.policy import Policy
from shopprivacy.privacy.events import outlived, prune
from shopprivacy.storage import event_writer
from shopprivacy.storage.event_files import EventFiles, files_in
from shopprivacy.storage.event_writer import EventWriter

DAY = date(2026, 11, 29)
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def numbered(number: int, at: datetime = NOON) -> Sighting:
    """Something that was seen, told from the others by a number."""
    return Sighting(at, Allowed.EXEMPT, f"n{number}")


def build(seen: Sighting) -> Iterable[Event | ViewWithoutEvent]:
    """One event of each; of a refuser, one number."""
    if seen.event == "fails":
        raise ValueError("a header that nobody can read")
    if seen.allowed is Allowed.NOTHING:
        return [ViewWithoutEvent(seen.at.date())]
    return [ExemptEvent(Hour.of(seen.at.timestamp()), seen.event or "")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is not there yet."""
    return tmp_path / "analytics"


@pytest.fixture
def writer(folder: Path) -> Iterator[EventWriter]:
    """A writer into it."""
    made = EventWriter(EventFiles(folder), build)
    yield made
    made.write_all()


def written(folder: Path, day: date = DAY, level: str = "exempt") -> list[str]:
    """The names of the events of a day."""
    text = (folder / f"{day}.{level}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line)["event"] for line in text.splitlines() if line]


def counts(folder: Path, day: date = DAY) -> dict[str, int]:
    """The counts of a day."""
    found: dict[str, int] = json.loads((folder / f"{day}.counts.json").read_text())
    return found


def test_lines_are_whole_and_in_order(folder: Path, writer: EventWriter) -> None:
    """What is put first is written first; a stop writes what is left; the files are their owner's alone."""
    for number in range(500):
        writer.put(numbered(number))
    writer.write_all()
    assert written(folder) == [f"n{number}" for number in range(500)]
    [file] = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert writer.dropped == 0


def test_a_day_has_its_file(folder: Path, writer: EventWriter) -> None:
    """What happened before midnight UTC stands in that day's file, though it is written after."""
    late, early = NOON.replace(hour=23, minute=59, second=59), NOON + timedelta(hours=12)
    for number, at in enumerate((late, early, late)):
        writer.put(numbered(number, at))
    writer.write_all()
    assert written(folder) == ["n0", "n2"]
    assert written(folder, DAY + timedelta(days=1)) == ["n1"]


def test_refusers_are_a_number(folder: Path, writer: EventWriter) -> None:
    """Of their page views nothing is written but how many there were."""
    for number in range(3):
        writer.put(numbered(number)._replace(allowed=Allowed.NOTHING))
    writer.write_all()
    assert counts(folder) == {"views_without_event": 3}
    assert [kind for _, kind, _ in files_in(folder)] == ["counts"]


def test_a_full_queue_drops_and_counts(
    folder: Path, writer: EventWriter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody waits for a disk: what is too much is dropped, told once, and counted."""
    monkeypatch.setattr(event_writer, "LONGEST_QUEUE", 0)
    for number in range(3):
        writer.put(numbered(number))
    monkeypatch.setattr(event_writer, "LONGEST_QUEUE", 10)
    writer.put(numbered(3))
    writer.write_all()
    assert writer.dropped == 3
    assert written(folder) == ["n3"]
    assert counts(folder) == {"dropped": 3}
    assert len(caplog.records) == 1


def test_what_cannot_be_built_is_dropped(
    folder: Path, writer: EventWriter, caplog: pytest.LogCaptureFixture
) -> None:
    """The thread outlives whatever a request holds, and the log says nothing of that."""
    writer.put(numbered(0)._replace(event="fails"))
    writer.put(numbered(1))
    writer.write_all()
    assert written(folder) == ["n1"]
    assert counts(folder) == {"dropped": 1}
    assert "ValueError" in caplog.text
    assert "nobody can read" not in caplog.text


def test_a_dead_disk_drops_and_counts(
    folder: Path, writer: EventWriter, caplog: pytest.LogCaptureFixture
) -> None:
    """While nothing can be written, events are dropped, and the log says why; how many is written when it can."""
    folder.write_text("no folder")
    writer.put(numbered(0))
    writer.write_all()
    assert writer.dropped == 1
    assert f"{folder} cannot be written: {os.strerror(errno.EEXIST)}" in caplog.text
    folder.unlink()
    writer.put(numbered(1))
    writer.write_all()
    assert written(folder) == ["n1"]
    assert counts(folder) == {"dropped": 1}


def test_a_line_that_was_cut_short(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one begins anew, also where another process left it so."""
    files, write = EventFiles(folder), os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda descriptor, line: write(descriptor, line[:5]))
        with pytest.raises(OSError, match="a part"):
            files.write(DAY, "exempt", b"whole-1\n")
    files.write(DAY, "exempt", b"whole-2\n")
    files.close()
    file = folder / f"{DAY}.exempt.jsonl"
    assert file.read_bytes() == b"whole\nwhole-2\n"
    file.write_bytes(b"torn")
    files.write(DAY, "exempt", b"whole-3\n")
    files.write(DAY, "exempt", b"whole-4\n")
    files.close()
    assert file.read_bytes() == b"torn\nwhole-3\nwhole-4\n"


def test_a_line_that_another_process_cut_short(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who could not write meanwhile begins a new line, too, when the disk takes lines again."""
    files, others, write = EventFiles(folder), EventFiles(folder), os.write
    others.write(DAY, "exempt", b"whole-1\n")

    def full(descriptor: int, line: bytes) -> int:
        if line != b"whole-2\n":
            raise OSError(errno.ENOSPC, "no space left on device")
        return write(descriptor, line[:5])

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        for one, line in ((files, b"whole-2\n"), (others, b"whole-3\n")):
            with pytest.raises(OSError, match=r"part|space"):
                one.write(DAY, "exempt", line)
    others.write(DAY, "exempt", b"whole-4\n")
    assert (folder / f"{DAY}.exempt.jsonl").read_bytes() == b"whole-1\nwhole\nwhole-4\n"
    files.close()
    others.close()


@pytest.mark.parametrize("text", ["{", "[]", '{"views_without_event":"many"}'])
def test_counts_that_cannot_be_read_stay(folder: Path, text: str) -> None:
    """A file that holds something else is not written over."""
    folder.mkdir()
    file = folder / f"{DAY}.counts.json"
    file.write_text(text)
    with pytest.raises(OSError, match="not a file of counts"):
        EventFiles(folder).add(DAY, dropped=1)
    assert file.read_text() == text


def test_a_fork_begins_anew(folder: Path, writer: EventWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits in the parent is written once, by the parent; the child writes its own."""
    gate = threading.Event()
    plain = writer._write._one

    def slowly(event: Event | ViewWithoutEvent) -> None:
        gate.wait()
        plain(event)

    monkeypatch.setattr(writer._write, "_one", slowly)
    for number in range(10):
        writer.put(numbered(number))
    child = os.fork()
    if not child:  # pragma: no cover  # another process
        gate.set()
        writer.put(numbered(99))
        writer.write_all()
        os._exit(writer.dropped)
    _, status = os.waitpid(child, 0)
    assert status == 0
    gate.set()
    writer.write_all()
    assert written(folder) == ["n99", *(f"n{number}" for number in range(10))]


def test_a_fork_keeps_no_lock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that is forked while its parent has a day's counts open does not keep everybody else from them."""
    files, write, children = EventFiles(folder), os.pwrite, list[int]()

    def forking(descriptor: int, text: bytes, offset: int) -> int:
        children.append(os.fork())
        if not children[-1]:  # pragma: no cover  # another process
            signal.pause()
        return write(descriptor, text, offset)

    try:
        with monkeypatch.context() as patched:
            patched.setattr(os, "pwrite", forking)
            files.add(DAY, dropped=1)
        counting = threading.Thread(target=files.add, args=(DAY,), kwargs={"dropped": 1}, daemon=True)
        counting.start()
        counting.join(5)
        assert not counting.is_alive()
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    assert counts(folder) == {"dropped": 2}


def test_processes_share_the_files(folder: Path, writer: EventWriter) -> None:
    """Four processes write at once: every line is whole, each process's in order, and every count counts."""
    children = []
    for process in range(4):
        child = os.fork()
        if not child:  # pragma: no cover  # another process
            for number in range(process * 1000, process * 1000 + 200):
                writer.put(numbered(number))
                writer.put(numbered(number)._replace(allowed=Allowed.NOTHING))
            writer.write_all()
            os._exit(writer.dropped)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0, 0]
    found = [int(name[1:]) for name in written(folder)]
    for process in range(4):
        own = [number for number in found if number // 1000 == process]
        assert own == [*range(process * 1000, process * 1000 + 200)]
    assert counts(folder) == {"views_without_event": 800}


STOPPED = """
import signal, sys, time
from pathlib import Path
from tests.storage.test_events import EventFiles, EventWriter, build, numbered
from shopprivacy.privacy import root
writer = EventWriter(EventFiles(Path(sys.argv[1])), build)
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
import atexit
atexit.register(writer.write_all)
for number in range(2000):
    writer.put(numbered(number))
print("ready", flush=True)
time.sleep(60)
"""


def test_a_stop_writes_what_is_left(folder: Path) -> None:
    """A process that a signal ends, as a server ends its workers, loses nothing."""
    with subprocess.Popen([sys.executable, "-c", STOPPED, str(folder)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert written(folder) == [f"n{number}" for number in range(2000)]


def test_a_writer_that_nobody_uses_ends(folder: Path) -> None:
    """Its thread does not outlive it."""
    writer = EventWriter(EventFiles(folder), build)
    writer.put(numbered(0))
    writer.write_all()
    thread = writer._thread
    assert thread is not None
    del writer
    thread.join(10)
    assert not thread.is_alive()


def test_no_thread_can_begin(folder: Path, writer: EventWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that ends begins none: the event is dropped, and the request is not the worse for it."""

    def ending(_thread: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", ending)
        writer.put(numbered(0))
        writer.write_all()
    assert writer.dropped == 1
    assert not folder.exists()


def _days(folder: Path, *days: date) -> None:
    folder.mkdir()
    for day in days:
        for kind in ("exempt.jsonl", "consented.jsonl", "counts.json"):
            (folder / f"{day}.{kind}").write_text("{}\n")
    (folder / "notes.json").write_text("the shop's own")


def test_pruning_is_removing_files(folder: Path) -> None:
    """Files go when the term of their purpose is over, consented ones when the visitor's is; nothing else goes."""
    policy = Policy(
        **base_with(
            purposes={
                "counting": {"basis": "legitimate_interest", "interest": "x", "keep": "13 months"},
                "told": {"basis": "consent", "keep": "1 month"},
            },
            analytics={"purpose": "counting", "visitor": "told"},
        )
    )
    _days(folder, date(2025, 10, 28), date(2025, 10, 29), date(2026, 10, 1), DAY)
    today = date(2026, 11, 30)
    gone = [path.name for path in outlived(folder, policy, today)]
    assert gone == [
        "2025-10-28.consented.jsonl",
        "2025-10-28.counts.json",
        "2025-10-28.exempt.jsonl",
        "2025-10-29.consented.jsonl",
        "2025-10-29.counts.json",
        "2025-10-29.exempt.jsonl",
        "2026-10-01.consented.jsonl",
    ]
    assert [path.name for path in prune(folder, policy, today)] == gone
    assert prune(folder, policy, today) == []
    assert len([*folder.iterdir()]) == 12 - 7 + 1


def test_events_without_a_term_stay(folder: Path) -> None:
    """What `check` warns of is not made worse by guessing."""
    _days(folder, date(2020, 1, 1))
    policy = Policy(**base_with(analytics={"purpose": "statistics"}))
    assert outlived(folder, policy, DAY) == []
    assert len(outlived(folder, policy_with(), DAY)) == 3
