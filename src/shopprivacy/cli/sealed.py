"""``shopprivacy sealed``: the sealed columns of a shop's models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import click

from shopprivacy.cli.places import OpenedStore, data_option, store_option
from shopprivacy.cli.shop import ShopName, models_in, no_models
from shopprivacy.sealing import tables
from shopprivacy.sealing.tables import SealedTable

_FINE = {"sealed", "NULL", "erased", "sealed now", "indexed", "indexed now"}


Command = TypeVar("Command", bound=Callable[..., Any])


def shop_arguments(command: Command) -> Command:
    """``MODULE:ATTRIBUTE`` and its database, which Django's settings say."""
    named = click.argument("shop", metavar="[MODULE:ATTRIBUTE]", type=ShopName(), required=False)
    return named(data_option(store_option(command)))


@click.group("sealed")
def sealed() -> None:
    """Check and convert the sealed columns of a shop's models.

    A shop on SQLAlchemy is named as its server names it, such as shop:app. In Django, run
    `python manage.py shopprivacy sealed`.
    """


@sealed.command("status")
@shop_arguments
def status(shop: str | None, data: str | None, store: str) -> None:
    """Print how many rows of each column are sealed. Nothing is opened.

    Exit status: 0 all are sealed or NULL, 1 some are plain.
    """
    _run(tables.status, _tables(shop, data or store))


@sealed.command("backfill")
@shop_arguments
def backfill(shop: str | None, data: str | None, store: str) -> None:
    """Seal the plain rows. It may be stopped and run again, and run while the shop is open.

    Exit status: 0 all is sealed now, 1 some rows are left.
    """
    _run(tables.backfill, _tables(shop, data or store))


@sealed.command("verify")
@shop_arguments
def verify(shop: str | None, data: str | None, store: str) -> None:
    """Open every value, compare it with its index, and look for copies of it in clear in other columns.

    Exit status: 0 all is well, 1 something is wrong.
    """
    _run(tables.verify, _tables(shop, data or store))


@sealed.command("reindex")
@shop_arguments
def reindex(shop: str | None, data: str | None, store: str) -> None:
    """Index every value under the newest index key, after `shopprivacy keys rotate index`. It may be run again.

    Exit status: 0 all are, 1 some could not be, such as two rows of a unique column with the same value.
    """
    _run(tables.reindex, _tables(shop, data or store))


def _run(act: Callable[[SealedTable], Counter[str]], columns: Iterable[SealedTable]) -> None:
    wrong = 0
    for table in columns:
        found = act(table)
        wrong += sum(count for name, count in found.items() if name not in _FINE)
        told = ", ".join(f"{count} {name}" for name, count in sorted(found.items())) or "nothing to do"
        click.echo(f"{table.column.name}: {told}")
    if wrong:
        raise click.ClickException(f"{wrong} values are not as they should be")


def _tables(shop: str | None, data: str) -> Iterable[SealedTable]:
    given = click.get_current_context().find_object(OpenedStore)
    if shop is None:
        if given is None or given.sealed_tables is None:
            raise click.UsageError(
                "only the shop knows its models: name it, as in `shopprivacy sealed status shop:app`; in "
                "Django: python manage.py shopprivacy sealed …"
            )
        return given.sealed_tables()
    return _tables_of(shop, data)


def _tables_of(shop: str, data: str) -> Iterator[SealedTable]:
    models = models_in(shop)
    if not models:
        raise click.UsageError(no_models(shop))
    try:
        for one in models:
            yield from one.tables(data)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
