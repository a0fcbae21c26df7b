"""``shopprivacy keys``: every step of a key's life, and never a secret."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

from shopprivacy.cli.keys import keys
from shopprivacy.cli.places import OpenedStore
from shopprivacy.crypto import KeyState, Ring
from shopprivacy.errors import KeysetError
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.sealing.column import Column
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.samples import sample_sealing


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A keyset file, made by the command."""
    path = tmp_path / "keys.json"
    assert "keep it apart from the data" in run(path, "new").output
    return path


def run(file: Path, *arguments: str, ok: bool = True, text: str | None = None) -> Result:
    """Call the command; nothing it prints may hold a secret."""
    result = CliRunner().invoke(keys, [*arguments, "--keys", str(file)], input=text)
    assert (result.exit_code == 0) is ok, result.output
    for ring in Ring:
        for key in LocalKeyFile(file).load().keys(ring) if file.exists() else ():
            if key.secret:
                octets = key.secret.reveal()
                assert octets.hex() not in result.output
                assert base64.urlsafe_b64encode(octets).decode().rstrip("=") not in result.output
    return result


def ids(file: Path, ring: Ring = Ring.SIGNING) -> list[str]:
    """The ids of a ring's keys, oldest first."""
    return [key.id.hex() for key in LocalKeyFile(file).load().keys(ring)]


def test_a_new_file(tmp_path: Path) -> None:
    """`keys new` makes a keyset with the tenant's name, and never overwrites one."""
    path = tmp_path / "keys.json"
    run(path, "new", "--tenant", "carpets")
    assert LocalKeyFile(path).load().tenant == "carpets"
    assert isinstance(run(path, "new", ok=False).exception, KeysetError)


def test_status(file: Path) -> None:
    """Every key with state and dates, and the public key for auditors."""
    output = run(file, "status").output
    assert output.count("primary") == 4
    assert ids(file)[0] in output
    assert "checkpoints are verified by " in output


def test_the_life_of_a_key(file: Path) -> None:
    """New, rotate, disable, enable, destroy: each says what the key is now."""
    assert "is now decrypt_only" in run(file, "new", "signing").output
    first, second = ids(file)
    assert run(file, "rotate", "signing").output == f"signing key {second} is now primary\n"
    assert run(file, "disable", first).output == f"signing key {first} is now disabled\n"
    assert run(file, "enable", first).output == f"signing key {first} is now decrypt_only\n"
    run(file, "disable", first)
    assert run(file, "destroy", first, ok=False, text="n\n").exit_code == 1
    assert "is now destroyed" in run(file, "destroy", first, text="y\n").output
    assert LocalKeyFile(file).load().keys(Ring.SIGNING)[0].state is KeyState.DESTROYED


def test_rotating_without_a_key_in_waiting(file: Path) -> None:
    """Rotating makes a key when none is waiting, and can be taken back by name."""
    run(file, "rotate", "data")
    first, second = ids(file, Ring.DATA)
    assert LocalKeyFile(file).load().primary(Ring.DATA).id.hex() == second
    run(file, "rotate", "data", "--to", first)
    assert LocalKeyFile(file).load().primary(Ring.DATA).id.hex() == first
    run(file, "rotate", "data")
    assert LocalKeyFile(file).load().primary(Ring.DATA).id.hex() == second


def test_wrong_calls(file: Path) -> None:
    """The subjects ring is not offered, and an id that is none is a wrong call."""
    assert run(file, "rotate", "subjects", ok=False).exit_code == 2
    assert "an id is 8 hexadecimal digits" in run(file, "disable", "zz", ok=False).output
    assert isinstance(run(file, "disable", ids(file)[0], ok=False).exception, KeysetError)


def test_the_file_comes_from_the_environment(file: Path) -> None:
    """SHOPPRIVACY_KEYS stands in for --keys; without either the call is wrong."""
    assert CliRunner().invoke(keys, ["status"], env={"SHOPPRIVACY_KEYS": str(file)}).exit_code == 0
    assert CliRunner().invoke(keys, ["status"], env={"SHOPPRIVACY_KEYS": None}).exit_code == 2


def test_the_index_key_is_rotated_while_nobody_writes(file: Path) -> None:
    """With a unique column, or where nobody knows of any, the former key stays until somebody says that all stands."""

    class Table(NamedTuple):
        column: Column
        is_unique: bool

    def rotate(*unique: bool) -> Result:
        column = Column("customer.email", "subject", "profile", ("email",), sample_sealing, None)
        found: Any = [Table(column, one) for one in unique]
        given = OpenedStore(MemoryStore(), None, (lambda: found) if unique else None)
        return CliRunner().invoke(keys, ["rotate", "index", "--keys", str(file)], obj=given)

    before = ids(file, Ring.INDEX)
    assert "--stopped" in run(file, "rotate", "index", ok=False).output
    assert "does not know" in rotate().output
    assert "customer.email" in rotate(False, True).output
    assert ids(file, Ring.INDEX) == before
    assert rotate(False).exit_code == 0
    run(file, "rotate", "index", "--stopped")
    assert len(ids(file, Ring.INDEX)) == 3
