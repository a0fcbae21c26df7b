"""``shopprivacy check`` and ``shopprivacy explain``: what a policy says, and what is wrong with it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import click

from shopprivacy.errors import PolicyError, Problem
from shopprivacy.policy import Cookie, Mode, Policy, load
from shopprivacy.policy.load_problems import printable
from shopprivacy.web.declaring import Declaration
from shopprivacy.web.explaining import explain

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


@click.command("check")
@click.argument("file", type=PolicyFile(), default=POLICY_FILE)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for people, or JSON for programs.",
)
@click.pass_context
def check(ctx: click.Context, file: Path, format_: str) -> None:
    """Tell everything that is wrong with the policy in FILE (default: privacy.toml).

    Exit status: 0 nothing is wrong, 1 something is, 2 the file cannot be opened.
    """
    policy, problems = None, []
    try:
        policy = load(file)
    except PolicyError as error:
        problems = [_placed(problem, error.source, file) for problem in error.problems]
    if format_ == "json":
        click.echo(_report(file, policy, problems))
    elif policy is None:
        count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
        click.echo(f"{click.format_filename(file)}: {count}")
        for problem in problems:
            click.echo(f"  {problem}")
    else:
        click.echo(f"{click.format_filename(file)}: nothing wrong\n")
        for line in _summary(policy):
            click.echo(line)
    ctx.exit(0 if policy else 1)


def _placed(problem: Problem, source: str | None, file: Path) -> Problem:
    """The problem with the name of the file it is in, where that is a file of texts as a whole."""
    if problem.path or source in {None, str(file)}:
        return problem
    return Problem(Path(str(source)).name, problem.message)


def _report(file: Path, policy: Policy | None, problems: list[Problem]) -> str:
    return json.dumps(
        {
            "file": click.format_filename(file),
            "ok": policy is not None,
            "version": policy.version if policy else None,
            "problems": [{"path": problem.path, "message": problem.message} for problem in problems],
        },
        indent=2,
        ensure_ascii=False,
    )


def _summary(policy: Policy) -> Iterator[str]:
    """The policy on one screen."""
    yield _row("version", policy.version)
    yield _row("country", policy.jurisdiction)
    yield _row("languages", ", ".join(policy.languages))
    reporting = [border for border in Mode.model_fields if getattr(policy.mode, border) == "report"]
    if reporting:
        yield _row("mode", f"report for {', '.join(reporting)}: nothing is held back there yet")
    bases = {name: purpose.basis.replace("_", " ") for name, purpose in policy.purposes.items()}
    yield from _grouped("purposes", bases)
    yield from _grouped("cookies", {name: _asked(cookie) for name, cookie in policy.cookies.items()})


def _asked(cookie: Cookie) -> str:
    if cookie.essential:
        return "essential"
    return "exempt from consent" if cookie.exempt else "with consent"


def _grouped(heading: str, names: Mapping[str, str]) -> Iterator[str]:
    """One row for each group that names belong to."""
    yield ""
    yield _row(heading, str(len(names)))
    for group in dict.fromkeys(names.values()):
        yield _row("", f"{group}: {', '.join(name for name in names if names[name] == group)}")


def _row(heading: str, text: str) -> str:
    start = f"  {heading:<11}"
    return click.wrap_text(text, width=100, initial_indent=start, subsequent_indent=" " * (len(start) + 2))


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
