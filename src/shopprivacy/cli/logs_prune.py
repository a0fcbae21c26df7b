"""``shopprivacy logs prune``: events that have outlived the term of their purpose."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from shopprivacy.cli.policy import analytics_option, policy_option
from shopprivacy.policy.loader import load
from shopprivacy.privacy.configuration import analytics_folder
from shopprivacy.privacy.events import outlived, prune


@click.command("prune")
@policy_option
@analytics_option
@click.option("--dry-run", is_flag=True, help="Only print what would be removed.")
def prune_command(file: Path, analytics: Path | None, *, dry_run: bool) -> None:
    """Remove the files of events that are older than the purposes of events keep them.

    A running shop does so by itself, once a day. Exit status: 0 done.
    """
    folder, declared = analytics_folder(file, analytics), load(file)
    today = datetime.now(UTC).date()
    gone = (outlived if dry_run else prune)(folder, declared, today)
    for path in gone:
        click.echo(path)
    click.echo(f"{len(gone)} files {'would be ' if dry_run else ''}removed")
