"""``shopprivacy suppress``: who wants no mail."""

from __future__ import annotations

import re
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, TextIO

import click

from shopprivacy.cli.mailing_lists import (
    BATCH_DIGITS,
    Opened,
    channel_option,
    columns,
    encoding_option,
    places,
    purpose_option,
    read_rows,
    tell,
)
from shopprivacy.cli.places import existing_journal
from shopprivacy.errors import StoreDown
from shopprivacy.key_providers.places import KeyPlace, key_provider
from shopprivacy.ledger.entry import SALT_BYTES, CollectionMethod
from shopprivacy.ledger.journal import recorded
from shopprivacy.mail.address import Address, Channel, Letterbox, bare, is_address, subject_of
from shopprivacy.mail.lists import write_batches
from shopprivacy.mail.model import Marketing
from shopprivacy.policy import load
from shopprivacy.storage.patience import START_SECONDS, at_most

_BATCH: Final = re.compile(rf"[0-9a-f]{{{BATCH_DIGITS}}}")


@click.group("suppress")
def suppress() -> None:
    """The list of people who want no marketing."""


@suppress.command("add")
@click.argument("address")
@purpose_option
@channel_option
@places
def add(
    *,
    address: str,
    purpose: str | None,
    channel: Channel,
    policy: Path,
    keys_file: KeyPlace,
    journal: str,
    store: str,
) -> None:
    """Record that somebody told the shop, by telephone or at the counter, that they want no more of it.

    ADDRESS may be - to be read from standard input, so that it stands in no shell history. While the store does not
    answer the journal takes it, and the shop brings it into the ledger when the store is back.
    """
    who, said = _address(address, channel), CollectionMethod.OPERATOR
    try:
        with at_most(START_SECONDS):
            opened = Opened(policy, keys_file, journal, store)
            opened.archive_policy()
            opened.mail.opted_out(who, purpose, channel=channel, how=said)
    except StoreDown as down:
        kept = existing_journal(journal)
        if kept is None:
            raise
        declared = load(policy)
        marketing = Marketing(declared)
        marketing.check_ends(purpose, channel)
        subject = subject_of(key_provider(keys_file).load(), who, channel, country=declared.jurisdiction)
        rows = marketing.opt_out(subject, channel, purpose, at=datetime.now(UTC), how=said)
        kept.append([recorded(row, secrets.token_bytes(SALT_BYTES)) for row in rows])
        click.echo(f"recorded in the journal: {down}")
    else:
        click.echo("recorded")
    if channel == "email" and not is_address(str(who)):
        click.echo("this cannot be an address, so it is never mailed anyway: is it spelled correctly?")


@suppress.command("check")
@click.argument("address")
@channel_option
@places
def check_address(
    *, address: str, channel: Channel, policy: Path, keys_file: KeyPlace, journal: str, store: str
) -> None:
    """Print for which marketing purposes an address may be mailed, and why not for the others.

    Exit status: 0 for at least one, 1 for none.
    """
    opened = Opened(policy, keys_file, journal, store)
    who = _address(address, channel)
    found = [opened.mail.may(who, name, channel=channel) for name in opened.mail.marketing.by(channel)]
    for decision in found:
        since = f" since {decision.since.date()}" if decision.since else ""
        click.echo(f"{decision.purpose}: {'yes' if decision.allowed else 'no'} ({decision.code}{since})")
    click.get_current_context().exit(0 if any(found) else 1)


@suppress.command("import")
@click.argument("file", type=click.File("rb"))
@encoding_option
@columns
@purpose_option
@click.option("--closes", type=int, help="How many subscribers it closes, where you are asked to repeat it.")
@click.option("--dry-run", is_flag=True, help="Only print what would be done.")
@places
def import_list(
    *,
    file: BinaryIO,
    encoding: str,
    column: str | None,
    where: str | None,
    date: str | None,
    purpose: str | None,
    closes: int | None,
    dry_run: bool,
    policy: Path,
    keys_file: KeyPlace,
    journal: str,
    store: str,
) -> None:
    """Import a suppression list: lines, or CSV with a header line. Run again, it adds what is missing.

    A row whose date is older than a yes that was proven later adds nothing.
    """
    opened, content = Opened(policy, keys_file, journal, store), file.read()
    batch = opened.batch_of(content, encoding, column, where, date, purpose)
    listed = read_rows(content, encoding, column=column, where=where, date=date, ends=True)
    plan = opened.lists.suppressions(listed, batch, purpose)
    tell(plan, "suppressed")
    if plan.to_repeat is not None and closes != plan.to_repeat:
        customers = f", and {plan.soft} who may be customers with the soft opt-in" if plan.soft else ""
        raise click.ClickException(
            f"this list closes {plan.closes} of {plan.subscribers} subscribers{customers}: is it a list of those who "
            f"unsubscribed? Then repeat the number: --closes {plan.to_repeat}"
        )
    if not dry_run:
        click.echo(f"import {plan.batch}")  # first: what breaks off halfway can be undone by it
        opened.archive_policy()
        write_batches(opened.ledger, plan.changes())


@suppress.command("undo")
@click.argument("batch", metavar="IMPORT")
@places
def undo(*, batch: str, policy: Path, keys_file: KeyPlace, journal: str, store: str) -> None:
    """Undo the import of a suppression list; IMPORT is the number that `import` printed.

    Consents that had stood stand again, except of those who said no since. Objections stay.
    """
    if _BATCH.fullmatch(batch) is None:
        raise click.UsageError("IMPORT is 16 hexadecimal digits, as `import` printed them")
    opened = Opened(policy, keys_file, journal, store)
    undone = opened.lists.undo(batch)
    if undone is None:
        raise click.ClickException(
            "nothing in the ledger is of such an import: repeat the number that it printed"
        )
    entries, left = undone
    opened.archive_policy()
    write_batches(opened.ledger, entries)
    click.echo(f"{len(entries)} subscribers are back; {left} purposes remain closed")


@suppress.command("export")
@click.argument("file", type=click.File("rb"))
@encoding_option
@click.option("--column", help="The column of the addresses. Default: email.")
@purpose_option
@click.option(
    "--output", type=click.File("w", encoding="utf-8", lazy=True), default="-", help="Default: here."
)
@places
def export(
    *,
    file: BinaryIO,
    encoding: str,
    column: str | None,
    purpose: str | None,
    output: TextIO,
    policy: Path,
    keys_file: KeyPlace,
    journal: str,
    store: str,
) -> None:
    """Write those addresses of a file that may not be written to: for one purpose, or for any.

    The ledger knows nobody's address, so the file says which to ask about.
    """
    mail = Opened(policy, keys_file, journal, store).mail
    names = [purpose] if purpose else mail.marketing.by("email")
    rows = read_rows(file.read(), encoding, column=column, ends=True)
    for address in dict.fromkeys(row.address for row in rows if row.address):
        if not any(mail.may(address, name).allowed for name in names):
            output.write(f"{address}\n")


def _address(given: str, channel: Channel) -> Address:
    text = sys.stdin.readline().strip() if given == "-" else given
    if channel != "post":
        return bare(text) if channel == "email" else text
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in (3, 4):
        raise click.UsageError("for post ADDRESS is COUNTRY,POSTCODE,NUMBER[,ADDITION]")
    return Letterbox(*parts)
