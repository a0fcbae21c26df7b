"""What all commands have in common."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import click
import pytest
from click.testing import CliRunner

from shopprivacy.cli import main
from shopprivacy.cli.program import Program
from shopprivacy.errors import StoreDown


def test_version() -> None:
    """The command line tells the version of the package that is installed."""
    result = CliRunner().invoke(main, ["--version"])
    assert result.exit_code == 0
    assert version("shopprivacy") in result.output


def test_every_command_has_help() -> None:
    """Every command and group says what it is for."""
    for name, command in main.commands.items():
        result = CliRunner().invoke(main, [name, "--help"])
        assert result.exit_code == 0, name
        assert command.get_short_help_str(), name


def test_as_a_module() -> None:
    """``python -m shopprivacy`` is the same program: status and message of a wrong call are the shell's to see."""
    command = [sys.executable, "-m", "shopprivacy", "check", "no-such-file.toml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no file no-such-file.toml" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("Usage: shopprivacy check")
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (StoreDown("the store does not answer"), "Error: the store does not answer\n"),
        (PermissionError(13, "Permission denied", "keys.json"), "Error: keys.json: Permission denied\n"),
    ],
)
def test_errors_are_one_message(error: Exception, message: str) -> None:
    """An error of the library, or a file that cannot be used, is one message and exit status 1."""

    @click.group(cls=Program)
    def program() -> None:
        pass

    @program.command()
    def failing() -> None:
        raise error

    result = CliRunner().invoke(program, ["failing"])
    assert (result.exit_code, result.output) == (1, message)


def test_other_errors_are_not_hidden() -> None:
    """An error that names no file is a defect, and its traceback is wanted."""

    @click.group(cls=Program)
    def program() -> None:
        pass

    @program.command()
    def failing() -> None:
        raise OSError("nobody expects this")

    assert isinstance(CliRunner().invoke(program, ["failing"]).exception, OSError)
