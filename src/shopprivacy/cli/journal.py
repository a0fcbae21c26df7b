"""``shopprivacy journal``: the journals that senders wait for, and giving one up."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from shopprivacy.cli.places import open_store, store_option
from shopprivacy.ledger.entry import written
from shopprivacy.ledger.journal_state import STALE, JournalState, open_journals


@click.group("journal")
def journal() -> None:
    """The journals beside the ledger."""


@journal.command("status")
@store_option
def status(store: str) -> None:
    """Print each journal's name, when it was last looked at, and whether marketing mail waits for it.

    Exit status: 0 every journal is empty, 1 one may hold a withdrawal that the ledger lacks.
    """
    states = open_store(store).journals()
    waited_for = open_journals(states, datetime.now(UTC))
    for state in states:
        click.echo(f"{state.name}  {written(state.at)}  {_told(state, waiting=state in waited_for)}")
    if waited_for:
        raise click.exceptions.Exit(1)


@journal.command("retire")
@click.argument("name")
@store_option
def retire(name: str, store: str) -> None:
    """Wait for a journal no longer, because its disk is gone for good: what it alone holds is given up.

    A journal whose process runs again is waited for again.
    """
    opened = open_store(store)
    with opened.writing() as writer:
        if not writer.retire_journal(name):
            known = ", ".join(state.name for state in opened.journals()) or "there is none"
            raise click.UsageError(f"there is no journal of that name; the names are: {known}")
    click.echo(f"marketing mail no longer waits for journal {name}")


def _told(state: JournalState, *, waiting: bool) -> str:
    if not waiting:
        return "empty" if state.empty else "not seen for a day"
    seconds = STALE.total_seconds()
    return f"empty, but not seen for {seconds:.0f} seconds" if state.empty else "not empty"
