"""``shopprivacy ledger``: verify, show, sign, export and prune the record of consent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

import click

from shopprivacy.cli.places import journal_option, keys_option, open_ledger, store_option
from shopprivacy.consent.choices import choice_term
from shopprivacy.consent.consent_record import BROWSER_KIND
from shopprivacy.key_providers.places import KeyPlace
from shopprivacy.ledger.chain import Pin
from shopprivacy.ledger.export import checkpoint_fields, export_lines, read_export
from shopprivacy.ledger.pruning import PruningRules, joined
from shopprivacy.ledger.verify import Verification, audit
from shopprivacy.policy import load

SHOWN: Final = 50
"""Faults that are printed one by one."""


class PinType(click.ParamType):  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument]  # has arguments since click 8.4
    """``COUNT:HASH``."""

    name = "COUNT:HASH"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Pin:
        """Return the pin, or fail."""
        try:
            return Pin.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.group("ledger")
def ledger() -> None:
    """Verify and look after the record of consent."""


@ledger.command("verify")
@click.option(
    "--head", "pins", type=PinType(), multiple=True, help="A head that was kept elsewhere; may be repeated."
)
@store_option
@keys_option
def verify(pins: tuple[Pin, ...], store: str, keys_file: KeyPlace) -> None:
    """Check that every row is as it was written, and name each that is not.

    Rows cut off at the end show only against a head kept elsewhere (`shopprivacy ledger head`) or a checkpoint.

    Exit status: 0 every row is as it was written, 1 some are not.
    """
    book = open_ledger(store, keys_file)
    _tell(book.verify(pins))
    click.echo(f"head {book.head()}")


@ledger.command("head")
@store_option
@keys_option
def head(store: str, keys_file: KeyPlace) -> None:
    """Print the number of rows and the hash of the last one, to keep outside this machine."""
    click.echo(str(open_ledger(store, keys_file).head()))


@ledger.command("checkpoint")
@store_option
@keys_option
def checkpoint(store: str, keys_file: KeyPlace) -> None:
    """Sign where the ledger stands now, keep that in the store, and print it to keep elsewhere."""
    made = open_ledger(store, keys_file, writing=True).checkpoint(datetime.now(UTC))
    click.echo(json.dumps(checkpoint_fields(made), indent=2))


@ledger.command("export")
@click.option(
    "--output", type=click.File("w", encoding="utf-8", lazy=True), default="-", help="Default: the terminal."
)
@store_option
@keys_option
def export(output: TextIO, store: str, keys_file: KeyPlace) -> None:
    """Write all rows and checkpoints as lines of JSON, for an auditor.

    Subjects are pseudonyms; the export is personal data still.
    """
    kept = open_ledger(store, keys_file).store
    output.writelines(f"{line}\n" for line in export_lines(kept.rows(), kept.checkpoints()))


@ledger.command("audit")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option(
    "--public-key",
    required=True,
    help="The shop's checkpoint key (`shopprivacy keys status`), 64 hexadecimal digits.",
)
def audit_export(file: TextIO, public_key: str) -> None:
    """Check an export against its latest checkpoint, with nothing but the shop's public key."""
    try:
        rows, checkpoints = read_export(file)
        trusted = bytes.fromhex(public_key)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    signed = [made for made in checkpoints if made.signed_by(trusted)]
    if not signed:
        raise click.ClickException("no checkpoint in the export is signed by this key")
    latest = max(signed, key=lambda made: made.head.count)
    _tell(audit(rows, latest, trusted))
    click.echo(f"signed up to row {latest.head.count} by {latest}")


@ledger.command("prune")
@click.option("--dry-run", is_flag=True, help="Only print what would be removed.")
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default="privacy.toml",
    show_default=True,
    help="The policy, for ledger.keep.",
)
@journal_option
@store_option
@keys_option
def prune(*, dry_run: bool, policy: Path, journal: str, store: str, keys_file: KeyPlace) -> None:
    """Take the content out of rows that have outlived ledger.keep since their effect ended.

    What still holds stays: the grant of a living subscription, and every objection and restriction.
    """
    loaded = load(policy)
    rules = PruningRules.of(loaded)
    book = open_ledger(store, keys_file, journal, lifetimes={BROWSER_KIND: choice_term(loaded)}, writing=True)
    now = datetime.now(UTC)
    if dry_run:
        seqs = book.prunable(rules, now)
        rows = ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in joined(seqs))
        click.echo(f"{_rows(len(seqs))} would be pruned after {rules.keep}" + (f": {rows}" if rows else ""))
    else:
        click.echo(f"{_rows(book.prune(rules, now))} pruned after {rules.keep}")


def _tell(found: Verification) -> None:
    if not found.faults:
        click.echo(f"{_rows(found.count)}, {found.pruned} of them pruned: none was changed")
        return
    shown = [f"  {fault}" for fault in found.faults[:SHOWN]]
    if more := len(found.faults) - SHOWN:
        shown += [f"  and {more} more"] if more > 0 else []
    raise click.ClickException("\n".join(["the ledger does not verify:", *shown]))


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"
