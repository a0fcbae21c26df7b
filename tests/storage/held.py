"""A ledger that somebody holds, and does not let go of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import create_engine


@contextmanager
def held(url: str) -> Iterator[None]:
    """Have the ledger's head, as a transaction would that hangs; on SQLite, all of the database."""
    engine = create_engine(url)
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        if engine.dialect.name == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        else:
            cursor.execute("SELECT * FROM shopprivacy_ledger_head FOR UPDATE")
            cursor.fetchall()
        try:
            yield
        finally:
            connection.rollback()
    engine.dispose()
