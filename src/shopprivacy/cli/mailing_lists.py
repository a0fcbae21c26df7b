"""What the commands for mailing lists share: their options, the shop's mail without the shop, and what they tell."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from shopprivacy.cli.places import journal_option, keys_option, open_ledger, store_option
from shopprivacy.cli.policy import POLICY_FILE, PolicyFile
from shopprivacy.crypto import pseudonym
from shopprivacy.key_providers.places import KeyPlace, key_provider
from shopprivacy.ledger.store import ArchivedPolicy
from shopprivacy.mail.address import CHANNELS
from shopprivacy.mail.list_file import Listed, read_list
from shopprivacy.mail.lists import Import, Lists
from shopprivacy.mail.service import Mail
from shopprivacy.mail.store import MailStore
from shopprivacy.policy import load
from shopprivacy.policy.fingerprint import text_of
from shopprivacy.storage.registry import store_for

Command = TypeVar("Command", bound=Callable[..., Any])
BATCH_DIGITS: Final = 16
_MOST_LINES: Final = 20
"""Numbers of lines that are told."""


def places(command: Command) -> Command:
    """The options that say where policy, keys, store and journal are."""
    for option in (journal_option, store_option, keys_option):
        command = option(command)
    policy = click.option(
        "--policy", type=PolicyFile(), default=POLICY_FILE, show_default=True, help="The policy."
    )
    return policy(command)


def purpose_option(command: Command) -> Command:
    """``--purpose NAME``."""
    return click.option("--purpose", help="One marketing purpose. Default: all marketing.")(command)


def channel_option(command: Command) -> Command:
    """``--channel NAME``."""
    return click.option(
        "--channel",
        type=click.Choice(CHANNELS),
        default="email",
        show_default=True,
        help="By which channel; for post ADDRESS is COUNTRY,POSTCODE,NUMBER[,ADDITION].",
    )(command)


def columns(command: Command) -> Command:
    """The options that say what stands in which column."""
    for option in (
        click.option("--date", metavar="COLUMN", help="The column with the date."),
        click.option("--where", metavar="COLUMN=VALUE", help="Only rows with this value."),
        click.option("--column", help="The column of the addresses. Default: email."),
    ):
        command = option(command)
    return command


def encoding_option(command: Command) -> Command:
    """``--encoding NAME``."""
    return click.option(
        "--encoding",
        default="utf-8-sig",
        show_default=True,
        help="How the file's letters are written; what old programs export is often cp1252.",
    )(command)


def read_rows(content: bytes, encoding: str, **options: Any) -> Iterator[Listed]:  # read_list's
    """Yield the rows of a file. Raises ClickException for what is not written in this encoding."""
    try:
        lines = StringIO(content.decode(encoding), newline=None)
    except LookupError:
        raise click.UsageError(f"--encoding: Python knows none that is called {encoding}") from None
    except UnicodeDecodeError as error:  # what it would show has addresses in it
        row = error.object.count(b"\n", 0, error.start) + 1
        other = "utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "cp1252"
        raise click.ClickException(
            f"row {row} is not written in {encoding}; name what it is written in, such as --encoding {other}"
        ) from None
    return read_list(lines, **options)


class Opened:
    """The mail of a shop, without the shop."""

    def __init__(self, policy: Path, keys_file: KeyPlace, journal: str, store: str) -> None:
        self.policy = load(policy)
        self.ledger = open_ledger(store, keys_file, journal, writing=True)
        self._keyset = key_provider(keys_file).load()
        self.mail = Mail(
            self.policy,
            self._keyset,
            self.ledger,
            store_for(self.ledger.store, MailStore),
            record=self.ledger.append,
            now=lambda: datetime.now(UTC),
            failed=lambda _error: None,
            tell=lambda _told: None,
        )

    def archive_policy(self) -> None:
        """Keep the policy that what is written now will name, as a shop does at its start."""
        text = text_of(self.policy)
        self.ledger.store.archive_policy(
            ArchivedPolicy(self.policy.version, self.policy.effective, datetime.now(UTC), text)
        )

    def batch_of(self, content: bytes, *options: str | None) -> str:
        """Return the number of the import of a file: the same when it is imported again, after an interruption, too.

        It is a keyed hash, because a file may have one address in it.
        """
        said = repr((sha256(content).hexdigest(), options))
        return pseudonym(self._keyset, "import", said).removeprefix("import:")[:BATCH_DIGITS]

    @property
    def lists(self) -> Lists:
        """What takes lists in."""
        return Lists(self.policy, self.ledger, self.mail.marketing, self.mail.subject, datetime.now(UTC))


def tell(plan: Import, done: str) -> None:
    """Say what an import does. Raises ClickException where no row at all can be an address."""
    if plan.rows and plan.invalid + len(plan.without_address) == plan.rows:
        raise click.ClickException(
            f"none of {plan.rows} rows can be an address: name the column that has them (--column)"
        )
    click.echo(
        f"{plan.rows} rows: {plan.subjects} {done}, {plan.known} known already, {plan.older} older than what is "
        f"known, {plan.invalid} that cannot be an address"
    )
    if plan.without_address:
        lines = ", ".join(map(str, plan.without_address[:_MOST_LINES]))
        more = ", …" if len(plan.without_address) > _MOST_LINES else ""
        click.echo(f"rows without an address: {len(plan.without_address)}, in line {lines}{more}")
