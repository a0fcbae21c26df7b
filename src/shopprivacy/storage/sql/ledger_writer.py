"""Writing to the ledger in a SQL database, in one transaction that holds the head row.

What every choice does is prepared, once for each store; the rest goes through SQLAlchemy like all else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

from sqlalchemy import (
    Connection,
    Dialect,
    Engine,
    RowMapping,
    Select,
    bindparam,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql import ColumnElement

from shopprivacy.ledger.chain import Head
from shopprivacy.ledger.checkpoint import Checkpoint
from shopprivacy.ledger.entry import Row
from shopprivacy.ledger.journal_state import JournalState
from shopprivacy.ledger.serialize import (
    CONTENT_FIELDS,
    ROW_FIELDS,
    checkpoint_columns,
    head_columns,
    read_checkpoint,
    read_head,
    read_last_choice,
    read_row,
    row_fields,
)
from shopprivacy.ledger.store import About, batches, known_in_batches
from shopprivacy.ledger.validity import LastChoice
from shopprivacy.storage.sql import ledger_tables as tables
from shopprivacy.storage.sql.journal_state import note_in, retire_in
from shopprivacy.storage.sql.statements import Prepared

AT_ONCE: Final = 50
"""Of how many subjects the last choice is looked up in one statement, where there are that many."""
_HEAD: Final = ("counted", "hash", "rolling")
_LAST_CHOICE: Final = tuple(tables.ledger.c[name] for name in LastChoice._fields)


class Statements:
    """What every choice does, for one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        ledger, head = tables.ledger, tables.head
        self._dialect = dialect
        self.lock = Prepared(select(*(head.c[name] for name in _HEAD)).with_for_update(), dialect)
        self.last = Prepared(select(*_LAST_CHOICE).where(ledger.c.seq == _last_seq(0)), dialect)
        self.add = Prepared(insert(ledger), dialect)
        self.move = Prepared(update(head).where(head.c.id == literal_column("1")), dialect, _HEAD)

    @cached_property
    def last_of_many(self) -> Prepared:
        """Compiled when it is first needed: that takes longer than all others together."""
        return Prepared(select(*map(_last_seq, range(AT_ONCE))), self._dialect)


class SqlWriter:
    """A `LedgerWriter` in one transaction that holds the head row."""

    def __init__(
        self, statements: Statements, engine: Engine, connection: PoolProxiedConnection, cursor: DBAPICursor
    ) -> None:
        self._statements = statements
        self._engine = engine
        self._drivers = connection
        self._cursor = cursor
        self.has_blanked = False
        """Whether this transaction took content out of rows."""
        # First of all: on MariaDB the first plain SELECT fixes what this transaction sees; it must see this row locked.
        [found] = statements.lock.run(cursor).fetchall()
        self._head = read_head(dict(zip(_HEAD, found, strict=True)))

    @cached_property
    def _connection(self) -> Connection:
        """SQLAlchemy's, for what is not prepared."""
        return Connection(self._engine, self._drivers)

    def head(self) -> Head:
        """Where the chain ends."""
        return self._head

    def last(self, about: Sequence[About]) -> Sequence[LastChoice | None]:
        """For each of these the subject's latest choice about the purpose."""
        many = len(about) - len(about) % AT_ONCE
        found = [
            said
            for start in range(0, many, AT_ONCE)
            for said in self._last_of_many(about[start : start + AT_ONCE])
        ]
        return found + [self._last(subject, purpose) for subject, purpose in about[many:]]

    def _last(self, subject: str, purpose: str | None) -> LastChoice | None:
        found = self._statements.last.run(self._cursor, subject_0=subject, purpose_0=purpose).fetchall()
        return read_last_choice(*found[0]) if found else None

    def _last_of_many(self, about: Sequence[About]) -> list[LastChoice | None]:
        values = {
            f"{name}_{number}": value
            for number, pair in enumerate(about)
            for name, value in zip(("subject", "purpose"), pair, strict=True)
        }
        [seqs] = self._statements.last_of_many.run(self._cursor, **values).fetchall()
        number = tables.ledger.c.seq
        query = select(number, *_LAST_CHOICE).where(number.in_(set(seqs) - {None}))
        found = {seq: read_last_choice(*fields) for seq, *fields in self._connection.execute(query)}
        return [found.get(seq) for seq in seqs]

    def known(self, digests: Sequence[bytes]) -> Mapping[bytes, bool]:
        """Those digests that a row has, each with whether the row still has its content."""
        return known_in(self._connection, digests)

    def add(self, rows: Sequence[Row], head: Head) -> None:
        """Append the rows and move the head."""
        self._statements.add.run_each(self._cursor, map(row_fields, rows))
        self._statements.move.run(self._cursor, **head_columns(head))
        self._head = head

    def checkpoints(self) -> Sequence[Checkpoint]:
        """All checkpoints, oldest first."""
        return checkpoints_in(self._connection)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        self._connection.execute(insert(tables.checkpoint).values(checkpoint_columns(checkpoint)))

    def note_journal(self, state: JournalState) -> None:
        """Keep a journal's row."""
        note_in(self._connection, state)

    def retire_journal(self, name: str) -> bool:
        """Take a journal's row away."""
        return retire_in(self._connection, name)

    def blank(self, seqs: Sequence[int]) -> Sequence[int]:
        """Take content and salt out of these rows."""
        table = tables.ledger
        blanked: list[int] = []
        for batch in batches(seqs):
            which = table.c.seq.in_(batch) & table.c.salt.is_not(None)
            blanked += self._connection.scalars(select(table.c.seq).where(which))
            self._connection.execute(update(table).where(which).values(dict.fromkeys(CONTENT_FIELDS)))
        self.has_blanked = self.has_blanked or bool(blanked)
        return sorted(blanked)


def rows_in(connection: Connection, query: Select[tuple[object, ...]]) -> list[Row]:
    """The rows that a query finds, in order."""
    return [_read(row) for row in connection.execute(query.order_by(tables.ledger.c.seq)).all()]


def checkpoints_in(connection: Connection) -> list[Checkpoint]:
    """All checkpoints of a database, oldest first."""
    found = connection.execute(select(tables.checkpoint).order_by(tables.checkpoint.c.id)).mappings()
    return [read_checkpoint(named(row)) for row in found]


def known_in(connection: Connection, digests: Sequence[bytes]) -> Mapping[bytes, bool]:
    """Those digests that a row in a database has, each with whether the row still has its content."""
    columns = tables.ledger.c

    def find(wanted: list[str]) -> Iterable[tuple[str, str | None]]:
        query = select(columns.digest, columns.salt).where(columns.digest.in_(wanted))
        return ((row[0], row[1]) for row in connection.execute(query))

    return known_in_batches(digests, find)


def _read(values: Sequence[object]) -> Row:
    """The row with these values, which stand in the order of the table's columns: that of ROW_FIELDS."""
    return read_row(dict(zip(ROW_FIELDS, values, strict=True)))


def named(row: RowMapping) -> dict[str, object]:
    """The columns of a row by name."""
    return {str(name): value for name, value in row.items()}


def _last_seq(number: int) -> ColumnElement[int]:
    """The number of the latest row of ``subject_N`` about ``purpose_N``, or about anything where that is NULL."""
    ledger = tables.ledger.alias()
    subject, purpose = (
        bindparam(f"{name}_{number}", type_=ledger.c[name].type) for name in ("subject", "purpose")
    )
    about = purpose.is_(None) | (ledger.c.purpose == purpose) | ledger.c.purpose.is_(None)
    query = select(ledger.c.seq).where(ledger.c.subject == subject, about).order_by(ledger.c.seq.desc())
    # SQLite would take 1 and 0 as parameters, and each driver those in a way of its own.
    return query.limit(literal_column("1")).offset(literal_column("0")).scalar_subquery()
