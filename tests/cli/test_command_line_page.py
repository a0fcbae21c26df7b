"""The reference page of the command line names everything that there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from shopprivacy.cli import main
from shopprivacy.cli.first_policy import FRAMEWORK_PRESETS
from shopprivacy.crypto import Ring
from shopprivacy.jurisdiction import jurisdictions

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")
OF_OTHER_PROGRAMS = {
    *("--no-unlogged-table-data", "--preload", "--timeout-worker-healthcheck"),
    *("--root-path", "--forwarded-allow-ips", "--no-growth", "--database", "--strict"),
}
"""What guides say of pg_dump, gunicorn, uvicorn, the tests and mypy."""


def commands(group: click.Group = main, path: str = "shopprivacy") -> Iterator[tuple[str, click.Command]]:
    """Every command and group, by the words that call it."""
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


def options() -> set[str]:
    """Every option that a command has."""
    return {
        name
        for _, command in commands()
        for one in command.params
        for name in (*one.opts, *one.secondary_opts)
    }


def section(path: str) -> str:
    """The part of the page about a top command."""
    heading = f"\n## `{' '.join(path.split()[:2])}`\n"
    assert heading in PAGE, f"the page has no section on {path}"
    return PAGE.split(heading)[1].split("\n## ")[0]


@pytest.mark.parametrize(("path", "command"), [*commands()])
def test_every_command_and_option_is_on_the_page(path: str, command: click.Command) -> None:
    """Each command stands in the section of its group, with every option it has."""
    text = section(path)
    if len(path.split()) > 2:
        assert f"`{path}" in text
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            for option in (*parameter.opts, *parameter.secondary_opts):
                assert re.search(rf"`{option}[ `]", text), f"{path} {option}"
        elif not isinstance(command, click.Group):
            assert parameter.human_readable_name.strip("[]") in text


def test_nothing_else_is_on_the_page() -> None:
    """The page names no command and no option that there is not."""
    paths = {path for path, _ in commands()}
    for words in re.findall(r"`(shopprivacy(?: [a-z]+)+)", PAGE):
        assert words in paths
    assert set(re.findall(r"`(--[a-z-]+)", PAGE)) <= options() | {"--help", "--version"}


@pytest.mark.parametrize("guide", sorted((DOCS / "how-to").glob("*.md")), ids=lambda guide: guide.stem)
def test_guides_name_options_that_there_are(guide: Path) -> None:
    """An option that a guide names is one of ours, or of another program's."""
    named = set(re.findall(r"`(--[a-z-]+)", guide.read_text(encoding="utf-8")))
    assert named <= options() | OF_OTHER_PROGRAMS


def test_the_choices_are_on_the_page() -> None:
    """Frameworks, countries and rings are named as they are."""
    for word in (*FRAMEWORK_PRESETS, *jurisdictions(), *(ring.value for ring in Ring if ring.rotates)):
        assert f"`{word}`" in PAGE, word
