"""The table of the journals beside the ledger; see `shopprivacy.ledger.journal_state`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Boolean, Column, Connection, delete, literal, select

from shopprivacy.ledger.journal_state import JournalState
from shopprivacy.ledger.serialize import journal_columns, read_journals
from shopprivacy.storage.sql.engine import upsert
from shopprivacy.storage.sql.schema import SchemaPart, ascii_text

part: Final = SchemaPart("journals")

journals = part.table(
    "journals",
    Column("name", ascii_text(32), primary_key=True),
    Column("at", ascii_text(27), nullable=False),
    Column("empty", Boolean, nullable=False),
)


def journals_in(connection: Connection) -> Sequence[JournalState]:
    """The rows of all journals, by name."""
    found = connection.execute(select(journals).order_by(journals.c.name))
    return read_journals((row[0], row[1], row[2]) for row in found)


def note_in(connection: Connection, state: JournalState) -> None:
    """Keep a journal's row."""
    columns = journal_columns(state)
    upsert(connection, journals, [columns], at=literal(columns["at"]), empty=literal(columns["empty"]))


def retire_in(connection: Connection, name: str) -> bool:
    """Take a journal's row away; gives whether there was one."""
    return connection.execute(delete(journals).where(journals.c.name == name)).rowcount > 0
