"""The keyset in a file on this machine, readable by its owner only."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from shopprivacy.crypto import Keyset
from shopprivacy.errors import KeysetError


class LocalKeyFile:
    """A `KeyProvider` over one file, which its owner alone may use: mode 0600 or 0400.

    An orchestrator that mounts secrets as root may give it to a group of this process's own instead, which may read it
    and nobody may write it: mode 0440.

    Keep it apart from the data and from the data's backups: whoever finds both reads everything.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    def __repr__(self) -> str:
        return f"LocalKeyFile({str(self._path)!r})"

    def load(self) -> Keyset:
        """Read the keyset.

        Raises KeysetError when there is none, when others may read it, or when it is malformed.
        """
        try:
            with self._path.open("rb") as file:
                # What is checked is what is read: the same open file.
                found = os.fstat(file.fileno())
                problem = None if _is_ours_alone(found) else self._too_open(stat.S_IMODE(found.st_mode))
                if problem is None:
                    return Keyset.from_json(file.read())
        except FileNotFoundError:
            problem = "there is no keyset here; `shopprivacy init` makes one"
        except OSError as error:
            problem = f"cannot be read ({error.strerror})"
        except KeysetError as error:
            problem = str(error)
        raise KeysetError(f"{self._path}: {problem}")

    def _too_open(self, mode: int) -> str:
        return (
            f"others than its owner may use it (mode {mode:o}); "
            f"run `chmod 600 {self._path}`, and rotate the keys if somebody may have read them"
        )

    def create(self, keyset: Keyset) -> None:
        """Write a new file with mode 0600; it is on the disk when this returns.

        Raises KeysetError when there is a file already: it is never overwritten, because the old keys would be lost.
        """
        with self._writing(self._path, "there is a keyset here already; it is not overwritten") as descriptor:
            _write(descriptor, keyset)
            _sync(self._path.parent)

    def change(self, step: Callable[[Keyset], Keyset]) -> Keyset:
        """Replace the keyset by what ``step`` makes of it, all or nothing; gives the new one.

        A reader finds the old file or the new one, and of two changes at once one is refused.

        Raises KeysetError when the file cannot be read or written, when another change is under way, and whatever
        ``step`` raises.
        """
        fresh = self._path.with_name(f"{self._path.name}.new")
        under_way = f"another change is under way, or was broken off; in the latter case delete {fresh}"
        with self._writing(fresh, under_way) as descriptor:
            changed = step(self.load())
            _write(descriptor, changed)
            fresh.replace(self._path)
            _sync(self._path.parent)
        return changed

    @contextmanager
    def _writing(self, path: Path, exists: str) -> Iterator[int]:
        """A new file at ``path``, which is gone again when something goes wrong."""
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            raise KeysetError(f"{self._path}: {exists}") from None
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            yield descriptor
        except BaseException as error:
            path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise self._unwritable(error) from None
            raise
        finally:
            os.close(descriptor)

    def _unwritable(self, error: OSError) -> KeysetError:
        return KeysetError(f"{self._path}: cannot be written ({error.strerror})")


def _is_ours_alone(found: os.stat_result) -> bool:
    mode = stat.S_IMODE(found.st_mode)
    if mode == stat.S_IRUSR | stat.S_IRGRP:
        return found.st_gid in {os.getegid(), *os.getgroups()}
    return not mode & (stat.S_IRWXG | stat.S_IRWXO)


def _write(descriptor: int, keyset: Keyset) -> None:
    os.fchmod(descriptor, 0o600)  # whatever the umask
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(keyset.to_json())
    os.fsync(descriptor)


def _sync(directory: Path) -> None:
    """Only with its directory on the disk, too, does a new file survive a power cut (fsync(2))."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
