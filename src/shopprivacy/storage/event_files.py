"""The files of events: one for each day and level, a line for each event, and the day's counts beside them.

Local disks on POSIX. Each line is one write in append mode, so the lines of several processes do not mix.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import date
from errno import EIO
from pathlib import Path
from typing import Final

from shopprivacy.analytics.event import Level

try:
    import fcntl
except (
    ImportError
):  # pragma: no cover  # a system that is not POSIX: the documentation says that it is not supported
    fcntl = None  # type: ignore[assignment]

OWNER_ALONE: Final = 0o600
_NAME: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.(exempt\.jsonl|consented\.jsonl|counts\.json)")
_LONGEST_COUNTS: Final = 4096
_APPEND: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)


class EventFiles:
    """Writes into a folder. One thread uses it, or one after the other.

    Args:
        folder: is made when the first event is written, for its owner alone.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[Level, tuple[date, int]] = {}
        self._torn: set[Level] = set()
        """Files whose last line may have been cut short, by whichever process."""

    def write(self, day: date, level: Level, line: bytes) -> None:
        """Write one line. Raises OSError where it cannot be written whole."""
        begun, descriptor = self._open.get(level, (None, -1))
        if begun != day:
            descriptor = self._reopened(day, level)
        if level in self._torn:
            line = b"\n" + line
        # Also where nothing is written: a disk that is full has cut other processes' lines.
        self._torn.add(level)
        if os.write(descriptor, line) < len(line):
            raise OSError("only a part of the line was written")
        self._torn.discard(level)

    def add(self, day: date, **numbers: int) -> None:
        """Add to the counts of a day. Raises OSError."""
        self._make_folder()
        path = self.folder / f"{day.isoformat()}.counts.json"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, OWNER_ALONE)
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            counts = _counts_in(os.read(descriptor, _LONGEST_COUNTS), path)
            for name, number in numbers.items():
                counts[name] = counts.get(name, 0) + number
            # It only grows, so one write replaces all of it.
            os.pwrite(descriptor, json.dumps(counts, separators=(",", ":")).encode() + b"\n", 0)
        finally:
            # A child that was forked meanwhile has the file open, and would keep the lock.
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def close(self) -> None:
        """Close the files; the next write opens them again."""
        while self._open:
            _, (_, descriptor) = self._open.popitem()
            os.close(descriptor)

    def _reopened(self, day: date, level: Level) -> int:
        if level in self._open:
            os.close(self._open.pop(level)[1])
        self._make_folder()
        path = self.folder / f"{day.isoformat()}.{level}.jsonl"
        descriptor = os.open(path, _APPEND, OWNER_ALONE)
        self._open[level] = day, descriptor
        if not _ends_a_line(path):
            self._torn.add(level)
        return descriptor

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def files_in(folder: Path) -> Iterator[tuple[date, str, Path]]:
    """Yield the files of events in a folder: the day, the kind (``exempt``, ``consented``, ``counts``), the path.

    Whatever else is there is left alone: folders, links that lead nowhere, names of no day.
    """
    for path in sorted(folder.glob("*.json*")):
        named = _NAME.fullmatch(path.name)
        day = _day(named[1]) if named else None
        if named and day and path.is_file():
            yield day, named[2].partition(".")[0], path


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:  # 2026-13-45
        return None


def read_counts(path: Path) -> dict[str, int]:
    """Return what a file of counts says; nothing where it was just made. Raises OSError where it cannot be read."""
    return _counts_in(path.read_bytes(), path)


def _counts_in(text: bytes, path: Path) -> dict[str, int]:
    """What a file of counts says. Raises OSError where it cannot be read, so that nothing in it is lost."""
    if not text:
        return {}
    try:
        counts = json.loads(text)
    except ValueError:
        counts = None
    if not isinstance(counts, Mapping) or not all(isinstance(number, int) for number in counts.values()):
        raise OSError(EIO, "this is not a file of counts", str(path))
    return dict(counts)


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if not size:
            return True
        file.seek(size - 1)
        return file.read(1) == b"\n"
