"""A small append-only file outside the database, for what a restored backup must not undo.

One line per record:

    checksum | space | JSON | newline        checksum = first 16 hexadecimal digits of SHA-256 over the JSON

A line counts once it is whole, and is on the disk before the caller goes on. A crash can leave a cut-off last line,
which was never acknowledged: reading skips it and the next writer takes it away. Any other line that is not whole is
damage: LedgerBroken.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from shopprivacy.errors import LedgerBroken, StoreDown
from shopprivacy.ledger.journal import JournalRecord

_CHECKSUM: Final = 16
_TAIL: Final = 65_536
"""More than the longest line: a record is names, hashes and pseudonyms."""


class JournalFile:
    """A `Journal` at ``path``; the file is made when the first record comes, readable by its owner only.

    Put it on another disk than the database, and not into the database's backups. Safe for threads, processes and
    forks: each writing takes a lock on the file. Every method raises StoreDown when the
    file cannot be used, and reading raises LedgerBroken when a line is damaged.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Write the records; they are on the disk when this returns."""
        lines = b"".join(map(_line, records))
        with self._locked() as descriptor:
            _cut_torn_end(descriptor)
            _write(descriptor, lines)

    def records(self) -> Iterable[JournalRecord]:
        """All records, oldest first; none when there is no file yet."""
        return tuple(record for record, _ in self._read())

    def compact(self, keep: Callable[[JournalRecord], bool]) -> int:
        """Forget the records for which ``keep`` says no; gives their number."""
        with self._locked():
            found = list(self._read())
            kept = [line for record, line in found if keep(record)]
            if len(kept) < len(found):
                self._replace(b"".join(kept))
            return len(found) - len(kept)

    def _read(self) -> Iterator[tuple[JournalRecord, bytes]]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise _down(error) from None
        lines = content.splitlines(keepends=True)
        for number, line in enumerate(lines, start=1):
            record = _record(line)
            if record is not None:
                yield record, line
            elif number < len(lines):
                raise LedgerBroken([f"journal line {number}: is not as it was written"])

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        """The file, open and locked for this writer alone."""
        try:
            descriptor = self._open()
        except OSError as error:
            raise _down(error) from None
        try:
            yield descriptor
        except OSError as error:
            raise _down(error) from None
        finally:
            _let_go(descriptor)

    def _open(self) -> int:
        while True:
            existed = self._path.exists()
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                # compact() may have put another file in this one's place while we waited for the lock.
                current = self._path.exists() and os.path.samestat(os.fstat(descriptor), self._path.stat())
            except BaseException:
                _let_go(descriptor)
                raise
            if current:
                if not existed:
                    _sync_directory(self._path)
                return descriptor
            _let_go(descriptor)

    def _replace(self, content: bytes) -> None:
        fresh = self._path.with_name(f"{self._path.name}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            _write(descriptor, content)
        finally:
            os.close(descriptor)
        fresh.replace(self._path)
        _sync_directory(self._path)


def _line(record: JournalRecord) -> bytes:
    text = json.dumps({"kind": record.kind, **record.body}, separators=(",", ":")).encode()
    return b"%s %s\n" % (_checksum(text), text)


def _record(line: bytes) -> JournalRecord | None:
    checksum, _, text = line.removesuffix(b"\n").partition(b" ")
    if not line.endswith(b"\n") or checksum != _checksum(text):
        return None
    body = json.loads(text)
    return JournalRecord(body.pop("kind"), body)


def _checksum(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:_CHECKSUM].encode()


def _cut_torn_end(descriptor: int) -> None:
    """Take away a last line that is not whole, and stand at the end of the file."""
    size = os.fstat(descriptor).st_size
    start = max(0, size - _TAIL)
    tail = os.pread(descriptor, size - start, start)
    lines = tail.splitlines(keepends=True)
    if lines and _record(lines[-1]) is None:
        os.ftruncate(descriptor, size - len(lines[-1]))
    os.lseek(descriptor, 0, os.SEEK_END)


def _write(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    os.fsync(descriptor)


def _let_go(descriptor: int) -> None:
    """Close the file, and give the lock back: a child that was forked meanwhile has the file open, too (flock(2))."""
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def _sync_directory(path: Path) -> None:
    """Only with its directory on the disk, too, does a new file survive a power cut (fsync(2))."""
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _down(error: OSError) -> StoreDown:
    return StoreDown(f"the journal cannot be used ({error.strerror or type(error).__name__})")
