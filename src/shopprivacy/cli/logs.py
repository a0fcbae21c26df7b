"""``shopprivacy logs``: old access logs without what points to a person."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from shopprivacy.analytics.model import LogRules, rules_of
from shopprivacy.cli.logs_prune import prune_command
from shopprivacy.cli.policy import POLICY_FILE
from shopprivacy.errors import PrivacyError
from shopprivacy.logs.back_log import anonymise, is_done
from shopprivacy.policy.loader import load


@click.group("logs")
def logs() -> None:
    """Clean old logs, and prune events."""


logs.add_command(prune_command)


@logs.command("anonymise")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE…",
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
)
@click.option(
    "--output",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help='Where the results go, under the same names (default: "anonymised" beside each file).',
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    help="Worker processes (default: one for each core).",
)
@click.option(
    "--policy",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
    help=f"The policy whose [analytics] and [logs] count (default: {POLICY_FILE}, if it exists).",
)
@click.option("--addresses-only", is_flag=True, help="Do not change request, referrer and user agent.")
@click.option(
    "--text", "as_text", is_flag=True, help="Clean lines in another format as an application's log."
)
def anonymise_command(
    files: tuple[Path, ...],
    output: Path | None,
    jobs: int,
    policy: Path | None,
    *,
    addresses_only: bool,
    as_text: bool,
) -> None:
    """Clean access logs: addresses, queries, tokens and user agents are shortened, as in the shop's own logs.

    Common and combined logs, with a column for the virtual host or not, and JSON of nginx and Caddy; plain or .gz.
    No FILE is changed. If the command was stopped, start it again to continue. Lines in another format keep
    their time alone, and are counted, but for --text.

    Exit status: 0 all is done, 1 something could not be done, 2 a file cannot be opened.
    """
    if addresses_only and as_text:
        raise click.UsageError("--text cleans more than addresses: leave --addresses-only out")
    rules = _rules(policy)
    targets = {file: (output or file.parent / "anonymised") / file.name for file in files}
    if len({*targets.values()}) < len(files):
        raise click.UsageError("two of the files have the same name; give each folder an --output of its own")
    for file, target in targets.items():
        if target.resolve() == file.resolve():
            raise click.UsageError(f"{file} would be its own result; choose another folder with --output")
    failed = False
    for file, target in targets.items():
        if is_done(file, target):
            click.echo(f"{target}: done before; delete it to clean the log again")
            continue
        try:
            with click.progressbar(
                length=file.stat().st_size, label=file.name, file=sys.stderr, hidden=not sys.stderr.isatty()
            ) as bar:
                done = anonymise(
                    file,
                    target,
                    rules,
                    addresses_only=addresses_only,
                    as_text=as_text,
                    jobs=jobs,
                    tell=bar.update,
                )
        except PrivacyError as error:  # of this file alone: the others are cleaned
            click.echo(f"Error: {error}", err=True)
            failed = True
            continue
        unread = f", {done.unreadable} of them in no known format" if done.unreadable else ""
        click.echo(f"{target}: {done.lines} lines{unread}")
    if failed:
        raise click.exceptions.Exit(1)


def _rules(policy: Path | None) -> LogRules:
    if policy is None and not Path(POLICY_FILE).exists():
        return LogRules()
    return rules_of(load(policy or Path(POLICY_FILE)))
