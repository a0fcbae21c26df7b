"""``shopprivacy sealed``: the sealed columns of a shop's models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import click

from shopprivacy.cli.places import OpenedStore
from shopprivacy.sealing import tables
from shopprivacy.sealing.tables import SealedTable

_FINE = {"sealed", "NULL", "erased", "sealed now"}


@click.group("sealed")
def sealed() -> None:
    """Look after sealed columns. It reads the shop's models: run `python manage.py shopprivacy sealed`."""


@sealed.command("status")
def status() -> None:
    """Tell how many rows of each column are sealed. Nothing is opened.

    Exit status: 0 all are sealed or NULL, 1 some stand in clear.
    """
    _run(tables.status)


@sealed.command("backfill")
def backfill() -> None:
    """Seal the rows that stand in clear. It may be stopped and run again, and beside a shop that is open.

    Exit status: 0 all is sealed now, 1 some rows are left.
    """
    _run(tables.backfill)


@sealed.command("verify")
def verify() -> None:
    """Open every value, compare it with its index, and look for copies of it in clear in other columns.

    Exit status: 0 all is well, 1 something is wrong.
    """
    _run(tables.verify)


def _run(act: Callable[[SealedTable], Counter[str]]) -> None:
    wrong = 0
    for table in _tables():
        found = act(table)
        wrong += sum(count for name, count in found.items() if name not in _FINE)
        told = ", ".join(f"{count} {name}" for name, count in sorted(found.items())) or "nothing to do"
        click.echo(f"{table.column.name}: {told}")
    if wrong:
        raise click.ClickException(f"{wrong} values are not as they should be")


def _tables() -> Iterable[SealedTable]:
    given = click.get_current_context().find_object(OpenedStore)
    if given is None or given.sealed_tables is None:
        raise click.UsageError(
            "the models of a shop are known to it alone: python manage.py shopprivacy sealed …"
        )
    return given.sealed_tables()
