"""The journal as it was kept before it was an SQLite file: lines of JSON, which are moved over.

    checksum | space | JSON | newline        checksum = first 16 hexadecimal digits of SHA-256 over the JSON

A line counts once it is whole. A crash can leave a cut-off last line, which was never acknowledged. The releases that
wrote lines took at most 64 KB of such an end away: behind more than that, the next record stands in the same line, and
counts. Any other line that is not whole is damage.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from shopprivacy.errors import JournalBroken
from shopprivacy.ledger.journal import JournalRecord
from shopprivacy.storage.journal_rows import read_body

_CHECKSUM: Final = 16
_BEGINS: Final = re.compile(rb"[0-9a-f]{16} \{")
_CUT_OFF: Final = re.compile(rb"\0*|[0-9a-f]{1,16}|[0-9a-f]{16} .*", re.DOTALL)
"""What a crash leaves of a file's only line."""


def move_lines(path: Path, write: Callable[[Sequence[JournalRecord]], object]) -> None:
    """Give the records of this file to ``write``, and take the file away once it has returned; none: nothing happens.

    Nobody of an older release writes to the file meanwhile: who comes afterwards makes a new one, for the next start.
    What is no file, or one without a record, stays as it is.

    Raises OSError, and JournalBroken, which names the lines and what to do, where one is damaged.
    """
    if not path.is_file():
        return
    try:
        lines = path.open("rb")
    except FileNotFoundError:  # pragma: no cover  # another process has moved them in this very moment
        return
    with lines:
        try:
            import fcntl

            fcntl.flock(lines, fcntl.LOCK_EX)
        except ImportError:  # pragma: no cover  # Windows, where no older release ran
            pass
        if path.exists() and os.path.samestat(os.fstat(lines.fileno()), path.stat()):
            records = _records(path, lines.read())
            if records:
                write(records)
                path.unlink()


def _records(path: Path, content: bytes) -> Sequence[JournalRecord]:
    *lines, last = content.split(b"\n")
    # The disk had noted how long a line would be, and not got it yet.
    if lines and not lines[-1].strip(b"\0"):
        lines.pop()
    read = [_record(line) or _record_behind(line) for line in lines]
    records = [record for record in read if record is not None]
    if not records and (lines or not _CUT_OFF.fullmatch(last)):
        fault = (
            f"{path}: no line of it is a journal's. If an earlier release kept the journal there, put a copy of it "
            f"back; if it is another file, move it, or give the journal (SHOPPRIVACY_JOURNAL) another name than "
            f"{path.name}.sqlite3"
        )
        raise JournalBroken([fault])
    if len(records) < len(read):
        damaged = (number for number, record in enumerate(read, start=1) if record is None)
        raise JournalBroken([_fault(path, *which) for which in _ranges(damaged)])
    return records


def _fault(path: Path, first: int, last: int) -> str:
    which = f"line {first}" if first == last else f"lines {first} to {last}"
    return (
        f"{path} {which}: not as written. Put a copy of the file back, or keep one and take the "
        f"{which.split()[0]} out: what was said there is then lost, unless the ledger has it"
    )


def _ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The first and the last of those that follow each other."""
    together = groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])
    found = [[number for _, number in pairs] for _, pairs in together]
    return [(run[0], run[-1]) for run in found]


def _record(line: bytes) -> JournalRecord | None:
    checksum, _, text = line.partition(b" ")
    if checksum != hashlib.sha256(text).hexdigest()[:_CHECKSUM].encode():
        return None
    body = read_body(text)
    return None if body is None or "kind" not in body else JournalRecord(body.pop("kind"), body)


def _record_behind(garbage: bytes) -> JournalRecord | None:
    """The record at the end of what is none, unless something before it looks like one."""
    begins = _BEGINS.search(garbage)
    return _record(garbage[begins.start() :]) if begins else None
