"""Statements that are compiled once for each store, and run by the database's driver itself.

To look a compiled statement up and to wrap its result takes SQLAlchemy many times what SQLite takes to run it
(docs/explanation/performance.md). So what every choice does is prepared here, and all else goes through SQLAlchemy.
A prepared statement shows in no log and in no event of SQLAlchemy's, and what goes wrong is an error of the driver's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, cast

from sqlalchemy import Dialect
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, object]


class Prepared:
    """One statement for one kind of database. ``columns`` are those that an INSERT or an UPDATE sets."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, columns: Sequence[str] = ()) -> None:
        compiled = cast("SQLCompiler", statement.compile(dialect=dialect, column_keys=columns or None))
        self._text: Final = str(compiled)
        self._arranged: Final = _arranged(compiled.positiontup)

    def run(self, cursor: DBAPICursor, **values: object) -> DBAPICursor:
        """Run it with these values; gives the cursor, to fetch from."""
        cursor.execute(self._text, self._arranged(values))
        return cursor

    def run_each(self, cursor: DBAPICursor, rows: Iterable[Values]) -> None:
        """Run it once for each of these."""
        cursor.executemany(self._text, [self._arranged(row) for row in rows])


def _arranged(names: Sequence[str] | None) -> Callable[[Values], Any]:
    """Values by name as the driver wants them: in the order of their places, where its places have no names."""
    if not names:
        return lambda values: values
    return itemgetter(*names)  # a tuple, of several: no statement here has one value only
