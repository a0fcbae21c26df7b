"""Old access logs, cleaned file by file: in blocks of whole lines, on all cores, and on from where it was stopped.

Beside the file that grows stands ``.NAME.progress``: how much was read and written. A block is written first and noted
then, so what was written and not noted is cut off and done again; the result is the same, byte by byte.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from hashlib import sha256
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread
from typing import IO, Final, NamedTuple, cast

from shopprivacy.analytics.access_line import AccessLines
from shopprivacy.analytics.model import LogRules
from shopprivacy.analytics.text import Text
from shopprivacy.errors import PrivacyError

BLOCK: Final = 2 << 20
"""Bytes that are read at once."""
LONGEST_LINE: Final = 1 << 16
"""Bytes of the longest line; the rest of a longer one is read as lines of its own, which nobody can read."""

_ROUNDED: Final = 2.0
"""Seconds; FAT keeps times no finer."""

Tell = Callable[[int], object]
"""Is told how many bytes of the file, as it stands on disk, were read since it was last told."""


@dataclass(slots=True)
class Progress:
    """How far a file is done."""

    identity: str
    """The source's beginning and size, and the rules, hashed: a result of others is not continued."""
    read: int = 0
    written: int = 0
    lines: int = 0
    unreadable: int = 0


class _Cleaned(NamedTuple):
    data: bytes
    lines: int
    unreadable: int


def anonymise(
    source: Path,
    target: Path,
    rules: LogRules,
    *,
    addresses_only: bool = False,
    as_text: bool = False,
    jobs: int = 1,
    tell: Tell = lambda _: None,
) -> Progress:
    """Write ``source``, cleaned, to ``target``; both plain, or both compressed if the name ends in ``.gz``.

    ``as_text`` cleans lines in no known format as those of an application's log.

    Where an earlier call was stopped, this one goes on. The result has the time of the source, by which
    :func:`is_done` knows it again.

    Raises PrivacyError where ``target`` is there already or a compressed source is damaged, and OSError.
    """
    if target.exists():
        raise PrivacyError(
            f"{target} is there already, and is not the result of {source} as it is now; move or delete it, "
            "or choose another folder with --output"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    part, note = target.with_name(f".{target.name}.part"), target.with_name(f".{target.name}.progress")
    task = _Task(rules, addresses_only, as_text, source.suffix == ".gz")
    progress = _noted(note, part, _identity(source, task))
    try:
        _write(source, part, note, task, progress, jobs, tell)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise PrivacyError(
            f"{source} is damaged, or no gzip file ({type(error).__name__} after line {progress.lines}); unpack what "
            "can be read with gzip -dc, and clean that"
        ) from None
    except OSError as error:
        if error.filename is None:  # of a write, such as one to a full disk
            error.filename = str(part)
        raise
    state = source.stat()
    part.chmod(state.st_mode & 0o777)
    os.utime(part, ns=(state.st_mtime_ns, state.st_mtime_ns))
    part.replace(target)
    note.unlink(missing_ok=True)
    return progress


def is_done(source: Path, target: Path) -> bool:
    """Whether a target is the result of this source: it has its time, give or take what some file systems round."""
    return target.exists() and abs(target.stat().st_mtime - source.stat().st_mtime) <= _ROUNDED


def _write(
    source: Path, part: Path, note: Path, task: _Task, progress: Progress, jobs: int, tell: Tell
) -> None:
    with source.open("rb") as raw, _opened(raw, source) as lines, _grown(part, progress.written) as output:
        lines.seek(progress.read)
        before = raw.tell()
        for size, cleaned in _in_order(_blocks(lines), task, jobs):
            output.write(cleaned.data)
            output.flush()
            os.fsync(output.fileno())
            progress.read += size
            progress.written += len(cleaned.data)
            progress.lines += cleaned.lines
            progress.unreadable += cleaned.unreadable
            _write_note(note, progress)
            tell(raw.tell() - before)
            before = raw.tell()


def _identity(source: Path, task: _Task) -> str:
    rules = task.rules
    with source.open("rb") as file:
        first = file.read(4096)
    kept = (
        rules.ipv4,
        rules.ipv6,
        sorted(rules.query),
        sorted(rules.keep),
        [p.pattern for p in rules.patterns],
    )
    size = source.stat().st_size  # of one that shrank or grew nobody knows whether the rest is the same
    return sha256(first + repr((size, kept, task.addresses_only, task.as_text)).encode()).hexdigest()


def _noted(note: Path, part: Path, identity: str) -> Progress:
    try:
        progress = Progress(**json.loads(note.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Progress(identity)
    grown = part.exists() and part.stat().st_size >= progress.written
    return progress if grown and progress.identity == identity else Progress(identity)


def _write_note(note: Path, progress: Progress) -> None:
    fresh = note.with_name(f"{note.name}.new")
    fresh.write_text(json.dumps(asdict(progress)), encoding="utf-8")
    fresh.replace(note)


def _opened(raw: IO[bytes], source: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if source.suffix == ".gz" else raw


def _grown(part: Path, written: int) -> IO[bytes]:
    file = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    file.truncate(written)
    file.seek(written)
    return file


def _blocks(lines: IO[bytes]) -> Iterator[bytes]:
    while block := lines.read(BLOCK):
        if not block.endswith(b"\n"):
            block += lines.readline(LONGEST_LINE)
        yield block


class _Task(NamedTuple):
    rules: LogRules
    addresses_only: bool
    as_text: bool
    compressed: bool


_process: list[tuple[AccessLines, bool]] = []
"""Of a worker process: what cleans its lines, and whether it compresses them."""


def _begin(task: _Task) -> None:
    cleaner = AccessLines(Text(task.rules), addresses_only=task.addresses_only, as_text=task.as_text)
    _process[:] = [(cleaner, task.compressed)]


def _begin_process(task: _Task) -> None:
    _begin(task)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End where the process that asks was killed: the pool's queue, which both ends hold open, would say nothing."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work(block: bytes) -> _Cleaned:
    ((cleaner, compressed),) = _process
    cleaner.unreadable = 0
    data = cleaner.clean_all(block)
    lines = block.count(b"\n") + (not block.endswith(b"\n"))
    return _Cleaned(gzip.compress(data, mtime=0) if compressed else data, lines, cleaner.unreadable)


def _in_order(blocks: Iterator[bytes], task: _Task, jobs: int) -> Iterator[tuple[int, _Cleaned]]:
    if jobs == 1:
        _begin(task)
        for block in blocks:
            yield len(block), _work(block)
        return
    # Not forked: the process that asks may have threads.
    with ProcessPoolExecutor(
        jobs, get_context("spawn"), initializer=_begin_process, initargs=(task,)
    ) as pool:
        waiting = deque[tuple[int, Future[_Cleaned]]]()
        for block in blocks:
            waiting.append((len(block), pool.submit(_work, block)))
            if len(waiting) > 2 * jobs:
                size, future = waiting.popleft()
                yield size, future.result()
        for size, future in waiting:
            yield size, future.result()
