"""``shopprivacy logs prune``: events that have outlived the term of their purpose."""

from __future__ import annotations

from datetime import UTC, datetime
from errno import ENOENT
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopprivacy.cli.policy import analytics_option, policy_option
from shopprivacy.policy.loader import load
from shopprivacy.privacy.configuration import analytics_folder
from shopprivacy.privacy.events import outlived, prune
from shopprivacy.storage.event_files import files_in

if TYPE_CHECKING:
    from shopprivacy.policy import Policy


@click.command("prune")
@policy_option
@analytics_option
@click.option("--dry-run", is_flag=True, help="Only print what would be removed.")
def prune_command(file: Path, analytics: Path | None, *, dry_run: bool) -> None:
    """Remove the files of events that are older than the purposes of events keep them.

    A running shop does so by itself, once a day.

    Exit status: 0 done, 1 there is no folder of events, or nothing says how long those in it are kept.
    """
    folder, declared = analytics_folder(file, analytics), load(file)
    if not folder.is_dir():
        raise FileNotFoundError(ENOENT, "there is no such folder of events", str(folder))
    today = datetime.now(UTC).date()
    gone = (outlived if dry_run else prune)(folder, declared, today)
    for path in gone:
        click.echo(path)
    click.echo(f"{len(gone)} files {'would be ' if dry_run else ''}removed")
    missing = _missing(declared)
    if missing and any(files_in(folder)):
        raise click.ClickException(
            f"{click.format_filename(file)}: {missing} is missing, so the events in {click.format_filename(folder)} "
            "are kept for ever; write it, or remove the folder"
        )


def _missing(policy: Policy) -> str | None:
    """The key that would say how long events are kept."""
    purpose = policy.analytics.purpose
    if purpose is None:
        return "analytics.purpose"
    return f"purposes.{purpose}.keep" if policy.purposes[purpose].keep is None else None
