"""``shopprivacy explain``: why a cookie passes or is blocked; and the policy file as an argument of commands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from shopprivacy.cli.explain_cookie import explain
from shopprivacy.cli.suggest_cookie import Declaration
from shopprivacy.policy import load
from shopprivacy.policy.wording import printable

POLICY_FILE: Final = "privacy.toml"


class PolicyFile(click.Path):
    """A file that can be opened. One that cannot is a wrong call (status 2), not a wrong policy (status 1)."""

    def __init__(self) -> None:
        super().__init__(exists=True, dir_okay=False, readable=True, path_type=Path)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        """Return the path, or fail with what would help."""
        if not Path(value).exists():
            shown = click.format_filename(value)
            self.fail(f"there is no file {shown}; `shopprivacy init` writes a first policy", param, ctx)
        return super().convert(value, param, ctx)


@click.command("explain")
@click.argument("name")
@click.option(
    "--policy",
    "file",
    type=PolicyFile(),
    default=POLICY_FILE,
    show_default=True,
    metavar="FILE",
    help="The policy.",
)
def explain_command(name: str, file: Path) -> None:
    """Say why the cookie NAME passes or is blocked, and what to declare.

    A name that begins with a hyphen comes after two: shopprivacy explain -- -name
    """
    policy = load(file)
    explanation = explain(policy, name)
    click.echo(f"{printable(explanation.name) or '(no name)'}: {explanation.verdict}\n")
    for sentence in (*explanation.reasons, *explanation.warnings):
        click.echo(_item(sentence))
    if explanation.advice:
        for line in _advised(explanation.advice, file):
            click.echo(line)


def _advised(advice: Declaration, file: Path) -> Iterator[str]:
    if advice.nearest:
        yield _item(f"Names like it are declared: {', '.join(advice.nearest)}. Names are case-sensitive.")
    for preset in advice.presets:
        yield _item(f'A preset declares it: add "{preset}" to the list presets.')
    if advice.presets:
        return
    if advice.wildcard:
        yield _item(f'If the end of the name varies, declare "{advice.wildcard}" in its place.')
    yield f"\nTo let it pass with the visitor's consent, add to {click.format_filename(file)}:\n"
    yield advice.toml
    if len(advice.purposes) > 1:
        yield f"\nOther purposes with consent: {', '.join(advice.purposes[1:])}."
    yield "\nOnly if what the visitor asked for cannot work without it (directive 2002/58/EC art. 5(3)):\n"
    yield advice.essential_toml


def _item(text: str) -> str:
    return click.wrap_text(text, width=100, initial_indent="- ", subsequent_indent="  ")
