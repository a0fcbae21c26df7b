"""``shopprivacy consent``: who confirmed in another system."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import click

from shopprivacy.cli.mailing_lists import Opened, encoding_option, places, read_rows, tell
from shopprivacy.key_providers.places import KeyPlace
from shopprivacy.mail.lists import write_batches


@click.group("consent")
def consent() -> None:
    """Import consents that were given elsewhere."""


@consent.command("import")
@click.argument("file", type=click.File("rb"))
@encoding_option
@click.option("--purpose", required=True, help="The marketing purpose that they confirmed.")
@click.option("--column", help="The column of the addresses. Default: email.")
@click.option("--where", metavar="COLUMN=VALUE", help="Only rows with this value.")
@click.option("--date", metavar="COLUMN", required=True, help="The column with the date of confirmation.")
@click.option(
    "--text",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the text that they read.",
)
@click.option("--dry-run", is_flag=True, help="Only print what would be done.")
@places
def import_consent(
    *,
    file: BinaryIO,
    encoding: str,
    purpose: str,
    column: str | None,
    where: str | None,
    date: str,
    text: Path,
    dry_run: bool,
    policy: Path,
    keys_file: KeyPlace,
    journal: str,
    store: str,
) -> None:
    """Import subscribers who confirmed in another system, after the suppression list of that system.

    Whoever said no at that date or later stays out.
    """
    opened, content = Opened(policy, keys_file, journal, store), file.read()
    listed = read_rows(content, encoding, column=column, where=where, date=date)
    proof = sha256(text.read_bytes()).hexdigest()
    batch = opened.batch_of(content, encoding, column, where, date, purpose, proof)
    plan = opened.lists.subscribers(listed, batch, purpose, proof, None)
    tell(plan, "subscribed")
    if not dry_run:
        opened.archive_policy()
        write_batches(opened.ledger, plan.changes())
