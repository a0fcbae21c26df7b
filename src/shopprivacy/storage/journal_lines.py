"""The journal as it was kept before it was an SQLite file: lines of JSON, which are moved over.

    checksum | space | JSON | newline        checksum = first 16 hexadecimal digits of SHA-256 over the JSON

A line counts once it is whole. A crash can leave a cut-off last line, which was never acknowledged; any other line that
is not whole is damage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from shopprivacy.errors import JournalBroken
from shopprivacy.ledger.journal import JournalRecord
from shopprivacy.storage.journal_rows import read_body

_CHECKSUM: Final = 16


def move_lines(path: Path, write: Callable[[Sequence[JournalRecord]], object]) -> None:
    """Give the records of this file to ``write``, and take the file away once it has returned; none: nothing happens.

    Nobody of an older release writes to the file meanwhile: who comes afterwards makes a new one, for the next start.

    Raises OSError, and JournalBroken, which names the line and what to do, where one is damaged.
    """
    try:
        lines = path.open("rb")
    except FileNotFoundError:
        return
    with lines:
        try:
            import fcntl

            fcntl.flock(lines, fcntl.LOCK_EX)
        except ImportError:  # pragma: no cover  # Windows, where no older release ran
            pass
        if path.exists() and path.samefile(f"/dev/fd/{lines.fileno()}"):
            write(tuple(_records(path, lines.read())))
            path.unlink()


def _records(path: Path, content: bytes) -> Iterator[JournalRecord]:
    lines = content.splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        record = _record(line)
        if record is not None:
            yield record
        elif number < len(lines):
            fault = (
                f"{path.name} line {number}: is not as it was written. Put a copy of the file back, or keep one and "
                "take the line out: what it said is then lost, unless the ledger has it"
            )
            raise JournalBroken([fault])


def _record(line: bytes) -> JournalRecord | None:
    checksum, _, text = line.removesuffix(b"\n").partition(b" ")
    if not line.endswith(b"\n") or checksum != hashlib.sha256(text).hexdigest()[:_CHECKSUM].encode():
        return None
    body = read_body(text)
    return None if body is None or "kind" not in body else JournalRecord(body.pop("kind"), body)
