"""``shopprivacy suppress`` and ``shopprivacy consent``: who wants no mail, and who confirmed elsewhere."""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO, TypeVar

import click

from shopprivacy.cli.places import journal_option, keys_option, open_ledger, store_option
from shopprivacy.cli.policy import POLICY_FILE, PolicyFile
from shopprivacy.key_providers.places import KeyPlace, key_provider
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.ledger.store import ArchivedPolicy
from shopprivacy.mail.address import CHANNELS, Address, Channel, Letterbox
from shopprivacy.mail.list_file import Listed, read_list
from shopprivacy.mail.lists import MOST_CLOSED, Import, Lists, write_batches
from shopprivacy.mail.service import Mail
from shopprivacy.mail.store import MailStore
from shopprivacy.policy import load
from shopprivacy.policy.fingerprint import text_of
from shopprivacy.storage.registry import store_for

Command = TypeVar("Command", bound=Callable[..., Any])
_BATCH: Final = re.compile(r"[0-9a-f]{16}")


def _places(command: Command) -> Command:
    for option in (journal_option, store_option, keys_option):
        command = option(command)
    policy = click.option(
        "--policy", type=PolicyFile(), default=POLICY_FILE, show_default=True, help="The policy."
    )
    return policy(command)


def _purpose(command: Command) -> Command:
    return click.option("--purpose", help="One marketing purpose. Left out: all marketing.")(command)


def _channel(command: Command) -> Command:
    return click.option(
        "--channel",
        type=click.Choice(CHANNELS),
        default="email",
        show_default=True,
        help="By which channel; for post ADDRESS is COUNTRY,POSTCODE,NUMBER[,ADDITION].",
    )(command)


def _columns(command: Command) -> Command:
    for option in (
        click.option("--date", metavar="COLUMN", help="The column that says when."),
        click.option("--where", metavar="COLUMN=VALUE", help="Only rows that say so."),
        click.option("--column", help="The column of the addresses; left out: the one called email."),
    ):
        command = option(command)
    return command


def _encoding(command: Command) -> Command:
    return click.option(
        "--encoding",
        default="utf-8-sig",
        show_default=True,
        help="How the file's letters are written; what old programs export is often cp1252.",
    )(command)


def _read(file: BinaryIO, encoding: str, **options: Any) -> Iterator[Listed]:  # read_list's
    try:
        lines = StringIO(file.read().decode(encoding), newline=None)
    except LookupError:
        raise click.UsageError(f"--encoding: Python knows none that is called {encoding}") from None
    except UnicodeDecodeError as error:  # what it would show has addresses in it
        row = error.object.count(b"\n", 0, error.start) + 1
        raise click.ClickException(
            f"row {row} is not written in {encoding}; name what it is written in, such as --encoding cp1252"
        ) from None
    return read_list(lines, **options)


class _Opened:
    """The mail of a shop, without the shop."""

    def __init__(self, policy: Path, keys_file: KeyPlace, journal: str, store: str) -> None:
        self.policy = load(policy)
        self.ledger = open_ledger(store, keys_file, journal, writing=True)
        self.mail = Mail(
            self.policy,
            key_provider(keys_file).load(),
            self.ledger,
            store_for(self.ledger.store, MailStore),
            record=self.ledger.append,
            now=lambda: datetime.now(UTC),
            failed=lambda _error: None,
        )

    def archive_policy(self) -> None:
        """Keep the policy that what is written now will name, as a shop does at its start."""
        text = text_of(self.policy)
        self.ledger.store.archive_policy(
            ArchivedPolicy(self.policy.version, self.policy.effective, datetime.now(UTC), text)
        )

    @property
    def lists(self) -> Lists:
        return Lists(self.policy, self.ledger, self.mail.marketing, self.mail.subject, datetime.now(UTC))


@click.group("suppress")
def suppress() -> None:
    """Look after the list of those who want no marketing."""


@suppress.command("add")
@click.argument("address")
@_purpose
@_channel
@_places
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

    ADDRESS may be - to be read from standard input, so that it stands in no shell history.
    """
    opened = _Opened(policy, keys_file, journal, store)
    said = CollectionMethod.OPERATOR
    opened.archive_policy()
    opened.mail.opted_out(_address(address, channel), purpose, channel=channel, how=said)
    click.echo("recorded")


@suppress.command("check")
@click.argument("address")
@_channel
@_places
def check_address(
    *, address: str, channel: Channel, policy: Path, keys_file: KeyPlace, journal: str, store: str
) -> None:
    """Tell for which marketing purposes an address may be written to, and why not for the others.

    Exit status: 0 for at least one, 1 for none.
    """
    opened = _Opened(policy, keys_file, journal, store)
    who = _address(address, channel)
    found = [opened.mail.may(who, name, channel=channel) for name in opened.mail.marketing.by(channel)]
    for decision in found:
        since = f" since {decision.since.date()}" if decision.since else ""
        click.echo(f"{decision.purpose}: {'yes' if decision.allowed else 'no'} ({decision.code}{since})")
    click.get_current_context().exit(0 if any(found) else 1)


@suppress.command("import")
@click.argument("file", type=click.File("rb"))
@_encoding
@_columns
@_purpose
@click.option("--closes", type=int, help="How many subscribers it closes, where that is more than a fifth.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@_places
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
    """Take in a suppression list: lines, or CSV with a line of names. Run again, it adds what is missing.

    A row whose date is older than a yes that was proven later adds nothing.
    """
    opened = _Opened(policy, keys_file, journal, store)
    listed = _read(file, encoding, column=column, where=where, date=date, ends=True)
    plan = opened.lists.suppressions(listed, secrets.token_hex(8), purpose)
    if plan.closes * MOST_CLOSED > plan.subscribers and closes != plan.closes:
        raise click.ClickException(
            f"this list closes {plan.closes} of {plan.subscribers} subscribers: is it a list of those who "
            f"unsubscribed? Then repeat the number: --closes {plan.closes}"
        )
    _tell(plan, "suppressed")
    if not dry_run:
        click.echo(f"import {plan.batch}")  # first: what breaks off halfway can be undone by it
        opened.archive_policy()
        write_batches(opened.ledger, plan.changes())


@suppress.command("undo")
@click.argument("batch", metavar="IMPORT")
@_places
def undo(*, batch: str, policy: Path, keys_file: KeyPlace, journal: str, store: str) -> None:
    """Take back a suppression list that was imported by mistake; IMPORT is what `import` printed.

    Consents that had stood stand again, except of those who said no since. Objections stay.
    """
    if _BATCH.fullmatch(batch) is None:
        raise click.UsageError("IMPORT is 16 hexadecimal digits, as `import` printed them")
    opened = _Opened(policy, keys_file, journal, store)
    entries, left = opened.lists.undo(batch)
    opened.archive_policy()
    write_batches(opened.ledger, entries)
    click.echo(f"{len(entries)} subscribers are back; {left} purposes of somebody's stay closed")


@suppress.command("export")
@click.argument("file", type=click.File("rb"))
@_encoding
@click.option("--column", help="The column of the addresses; left out: the one called email.")
@_purpose
@click.option(
    "--output", type=click.File("w", encoding="utf-8", lazy=True), default="-", help="Default: here."
)
@_places
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
    mail = _Opened(policy, keys_file, journal, store).mail
    names = [purpose] if purpose else mail.marketing.by("email")
    for address in dict.fromkeys(row.address for row in _read(file, encoding, column=column)):
        if not any(mail.may(address, name).allowed for name in names):
            output.write(f"{address}\n")


@click.group("consent")
def consent() -> None:
    """Look after consents that were given elsewhere."""


@consent.command("import")
@click.argument("file", type=click.File("rb"))
@_encoding
@click.option("--purpose", required=True, help="The marketing purpose that they confirmed.")
@click.option("--column", help="The column of the addresses; left out: the one called email.")
@click.option("--where", metavar="COLUMN=VALUE", help="Only rows that say so.")
@click.option("--date", metavar="COLUMN", required=True, help="The column that says when they confirmed.")
@click.option(
    "--text",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the text that they read.",
)
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@_places
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
    """Take in subscribers who confirmed in another system, after the suppression list of that system.

    Whoever said no at that date or later stays out.
    """
    opened = _Opened(policy, keys_file, journal, store)
    listed = _read(file, encoding, column=column, where=where, date=date)
    proof = sha256(text.read_bytes()).hexdigest()
    plan = opened.lists.subscribers(listed, secrets.token_hex(8), purpose, proof, None)
    _tell(plan, "subscribed")
    if not dry_run:
        opened.archive_policy()
        write_batches(opened.ledger, plan.changes())


def _tell(plan: Import, done: str) -> None:
    click.echo(
        f"{plan.rows} rows: {plan.subjects} {done}, {plan.known} known already, {plan.older} older than what is "
        f"known, {plan.invalid} that can be no address"
    )


def _address(given: str, channel: Channel) -> Address:
    text = sys.stdin.readline().strip() if given == "-" else given
    if channel != "post":
        return text
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in (3, 4):
        raise click.UsageError("for post ADDRESS is COUNTRY,POSTCODE,NUMBER[,ADDITION]")
    return Letterbox(*parts)
