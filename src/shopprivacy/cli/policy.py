"""``shopprivacy explain``: why a cookie passes or is blocked; and the policy file as an argument of commands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_args

import click

from shopprivacy.cli.explain_cookie import explain
from shopprivacy.cli.suggest_cookie import BLANK, Declaration
from shopprivacy.policy import Duration, load
from shopprivacy.policy.page import CookieUse
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


policy_option: Final = click.option(
    "--policy",
    "file",
    type=PolicyFile(),
    default=POLICY_FILE,
    show_default=True,
    metavar="FILE",
    help="The policy.",
)
analytics_option: Final = click.option(
    "--analytics",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of events (default: SHOPPRIVACY_ANALYTICS, else privacy-analytics beside the policy).",
)


@click.command("explain")
@click.argument("name")
@policy_option
@click.option("--life", metavar="TERM", help='How long the shop sets it for: "90 days", or "session".')
def explain_command(name: str, file: Path, life: str | None) -> None:
    """Say why the cookie NAME passes or is blocked, and what to declare. NAME may be a whole Set-Cookie field.

    A name that begins with a hyphen comes after two: shopprivacy explain -- -name
    """
    policy = load(file)
    explanation = explain(policy, name, _term(life))
    click.echo(f"{printable(explanation.name) or '(no name)'}: {explanation.headline}\n")
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
    if advice.service:
        yield _item(f"{advice.service} sets a cookie of this name.")
    ways = [_with_consent(advice, file)]
    if not advice.needs_consent:
        ways.insert(0 if advice.needs_consent is False else 1, _essential(advice, file))
    lines = [line for way in ways for line in way]
    if any(BLANK in line for line in lines):
        yield _item(f'Replace "{BLANK}" below: it is not guessed.')
    yield from lines


def _with_consent(advice: Declaration, file: Path) -> Iterator[str]:
    yield f"\nTo let it pass with the visitor's consent, add to {click.format_filename(file)}:\n"
    yield advice.consent_toml
    purposes = [name for name in advice.purposes if f'"{name}"' not in advice.consent_toml]
    if purposes:
        yield f"\nPurposes with consent: {', '.join(purposes)}."


def _essential(advice: Declaration, file: Path) -> Iterator[str]:
    yield "\nOnly if what the visitor asked for cannot work without it (directive 2002/58/EC art. 5(3)),"
    yield f"add to {click.format_filename(file)}:\n"
    yield advice.essential_toml
    if f'use = "{BLANK}"' in advice.essential_toml:
        yield f"\nA use is one of: {', '.join(get_args(CookieUse))}."


def _term(life: str | None) -> str | None:
    if life is None or life == "session":
        return life
    try:
        return str(Duration.parse(life))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--life") from None


def _item(text: str) -> str:
    return click.wrap_text(text, width=100, initial_indent="- ", subsequent_indent="  ")
