"""``shopprivacy logs prune``: events that have outlived the term of their purpose."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from shopprivacy.cli.policy import POLICY_FILE
from shopprivacy.policy.loader import load
from shopprivacy.privacy.configuration import analytics_folder
from shopprivacy.privacy.events import outlived, prune


@click.command("prune")
@click.option(
    "--policy",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
    default=POLICY_FILE,
    show_default=True,
    help="The policy, for the terms of its purposes.",
)
@click.option(
    "--analytics",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of events (default: SHOPPRIVACY_ANALYTICS, else privacy-analytics beside the policy).",
)
@click.option("--dry-run", is_flag=True, help="Only print what would be removed.")
def prune_command(policy: Path, analytics: Path | None, *, dry_run: bool) -> None:
    """Remove the files of events that are older than the purposes of events keep them.

    A running shop does so by itself, once a day. Exit status: 0 done.
    """
    folder, declared = analytics_folder(policy, analytics), load(policy)
    today = datetime.now(UTC).date()
    gone = (outlived if dry_run else prune)(folder, declared, today)
    for path in gone:
        click.echo(path)
    click.echo(f"{len(gone)} files {'would be ' if dry_run else ''}removed")
