"""The keyset in a file: only its owner reads it, it is never overwritten, and changes are all or nothing."""

from __future__ import annotations

import os
import stat
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopprivacy.crypto import KeyProvider, Keyset, Ring
from shopprivacy.errors import KeysetError
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.testing.samples import NOON, sample_keyset, sample_random


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """Where the keys go, under a umask that would let everybody read."""
    before = os.umask(0)
    yield tmp_path / "keys.json"
    os.umask(before)


def rotated(keyset: Keyset) -> Keyset:
    """One step."""
    return keyset.new(Ring.SIGNING, sample_random("new"), NOON)


def test_what_was_created_is_loaded(path: Path) -> None:
    """The file has mode 0600 whatever the umask, and gives the keyset back."""
    provider: KeyProvider = LocalKeyFile(path)
    LocalKeyFile(path).create(sample_keyset())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert provider.load().to_json() == sample_keyset().to_json()
    assert repr(provider) == f"LocalKeyFile({str(path)!r})"


def test_nothing_is_overwritten(path: Path) -> None:
    """Creating where there is a file fails and leaves the file as it is."""
    LocalKeyFile(path).create(sample_keyset())
    with pytest.raises(KeysetError, match="there is a keyset here already; it is not overwritten"):
        LocalKeyFile(path).create(sample_keyset("other"))
    assert LocalKeyFile(path).load().to_json() == sample_keyset().to_json()


def test_no_file_yet(path: Path) -> None:
    """A missing file says how to make one."""
    with pytest.raises(KeysetError, match=r"there is no keyset here; `shopprivacy init` makes one"):
        LocalKeyFile(path).load()


def test_a_group_of_our_own_may_read_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an orchestrator mounts for a group of this process's is accepted, for another group's it is not."""
    LocalKeyFile(path).create(sample_keyset())
    path.chmod(0o440)
    assert LocalKeyFile(path).load().tenant == "shop"
    path.chmod(0o400)
    assert LocalKeyFile(path).load().tenant == "shop"
    path.chmod(0o440)
    monkeypatch.setattr(os, "getegid", lambda: path.stat().st_gid + 1)
    monkeypatch.setattr(os, "getgroups", lambda: [path.stat().st_gid])
    assert LocalKeyFile(path).load().tenant == "shop"
    monkeypatch.setattr(os, "getgroups", list)
    with pytest.raises(KeysetError, match="mode 440"):
        LocalKeyFile(path).load()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o610])
def test_others_may_not_use_it(path: Path, mode: int) -> None:
    """A file that group or others may use is refused, with what to do."""
    LocalKeyFile(path).create(sample_keyset())
    path.chmod(mode)
    with pytest.raises(
        KeysetError, match=rf"\(mode {mode:o}\); run `chmod 600 .*keys.json`, and rotate the keys"
    ):
        LocalKeyFile(path).load()


def test_what_is_no_keyset_file(path: Path) -> None:
    """A directory, a path through a file and a malformed file are named; no traceback shows the content."""
    path.mkdir(mode=0o700)
    with pytest.raises(KeysetError, match=r"cannot be read \(Is a directory\)"):
        LocalKeyFile(path).load()
    path.rmdir()
    text = sample_keyset().to_json().replace(b'"primary"', b'"canary"')
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(KeysetError, match=r"keys.json: keyset: rings.signing\[0\].state") as caught:
        LocalKeyFile(path).load()
    frame = caught.value.__traceback__
    assert frame is not None
    shown = "".join(
        traceback.TracebackException(KeysetError, caught.value, frame.tb_next, capture_locals=True).format()
    )
    assert "canary" not in shown
    with pytest.raises(KeysetError, match=r"cannot be read \(Not a directory\)"):
        LocalKeyFile(path / "below").load()


def test_a_change_is_all_or_nothing(path: Path) -> None:
    """A change takes the file's place with mode 0600; one that fails leaves file and folder as they were."""
    file = LocalKeyFile(path)
    file.create(sample_keyset())
    changed = file.change(rotated)
    assert file.load().to_json() == changed.to_json()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(KeysetError, match="cannot become disabled"):
        file.change(lambda keyset: keyset.disable(keyset.primary(Ring.DATA).id, NOON))
    assert file.load().to_json() == changed.to_json()
    assert list(path.parent.iterdir()) == [path]


def test_one_change_at_a_time(path: Path) -> None:
    """A change within a change is refused: of two new keys, one would be lost."""
    file = LocalKeyFile(path)
    file.create(sample_keyset())

    def meanwhile(keyset: Keyset) -> Keyset:
        with pytest.raises(KeysetError, match="another change is under way, or was broken off"):
            file.change(rotated)
        return rotated(keyset)

    file.change(meanwhile)
    assert len(file.load().keys(Ring.SIGNING)) == 2


def test_where_nothing_can_be_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the file system says is a KeysetError that names the file, and leaves nothing half-written."""
    with pytest.raises(KeysetError, match=r"keys.json: cannot be written \(No such file or directory\)"):
        LocalKeyFile(path.parent / "missing" / "keys.json").create(sample_keyset())

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeysetError, match=r"keys.json: cannot be written \(No space left on device\)"):
        LocalKeyFile(path).create(sample_keyset())
    assert list(path.parent.iterdir()) == []
