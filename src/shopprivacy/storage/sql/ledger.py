"""The ledger in a SQL database, by SQLAlchemy Core: SQLite, PostgreSQL, MariaDB.

One row of the head table is locked by whoever writes (``FOR UPDATE``; on SQLite ``BEGIN IMMEDIATE`` locks all), so
that rows get their numbers one after the other and become visible in that order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import date, datetime
from functools import partial

from sqlalchemy import Engine, Select, func, insert, select

from shopprivacy.errors import StoreDown
from shopprivacy.ledger.chain import Head
from shopprivacy.ledger.checkpoint import Checkpoint
from shopprivacy.ledger.entry import Row, written
from shopprivacy.ledger.journal_state import JournalState
from shopprivacy.ledger.serialize import (
    checkpoint_columns,
    policy_columns,
    read_head,
    read_policy,
    read_refusals,
    read_withdrawals,
    refusal_columns,
)
from shopprivacy.ledger.store import BATCH, ArchivedPolicy, LedgerStore, rows_in_batches
from shopprivacy.ledger.validity import WITHDRAWING, Withdrawal
from shopprivacy.storage.sql import ledger_tables as tables
from shopprivacy.storage.sql.engine import begun, forget_what_was_deleted, transaction, upsert
from shopprivacy.storage.sql.journal_state import journals_in
from shopprivacy.storage.sql.ledger_writer import (
    SqlWriter,
    Statements,
    checkpoints_in,
    known_in,
    named,
    rows_in,
)
from shopprivacy.storage.sql.schema import STORES


class SqlLedger:
    """A `LedgerStore` in the database of this engine, which has its tables."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = partial(SqlWriter, Statements(engine.dialect))

    @contextmanager
    def writing(self) -> Iterator[SqlWriter]:
        """Have the ledger alone until the context ends; commits when it ends well."""
        with begun(self._engine, self._writer, writing=True) as writer:
            yield writer
        if writer.has_blanked:
            with suppress(StoreDown):  # it is pruned; the store's job tries again
                forget_what_was_deleted(self._engine)

    def committed(self) -> AbstractContextManager[object]:
        """Each read is a transaction on a connection of the library's own.

        A transaction on the shop's own engine neither changes what is seen, nor can it be known of.
        """
        return nullcontext()

    def head(self) -> Head:
        """Where the chain ends."""
        with transaction(self._engine) as connection:
            return read_head(named(connection.execute(select(tables.head)).mappings().one()))

    def rows(self) -> Iterator[Row]:
        """All rows in the order of their numbers, in batches; also those with numbers that nobody gave."""
        yield from rows_in_batches(self._rows(select(tables.ledger).limit(BATCH)), self.rows_after)

    def rows_after(self, seq: int, limit: int = 1000) -> Sequence[Row]:
        """The next rows after number ``seq``, in order."""
        return self._rows(select(tables.ledger).where(tables.ledger.c.seq > seq).limit(limit))

    def withdrawals_since(self, kind: str, at: datetime) -> Sequence[Withdrawal]:
        """What subjects of a kind have said no to since ``at``."""
        columns = tables.ledger.c
        young = tables.ledger.alias().c
        first = (
            select(young.seq).where(young.at >= written(at)).order_by(young.seq).limit(1).scalar_subquery()
        )
        query = (
            select(columns.subject, columns.purpose, columns.at, columns.digest)
            .where(columns.subject.startswith(f"{kind}:", autoescape=True), columns.purpose.is_not(None))
            .where(columns.action.in_(sorted(WITHDRAWING)), columns.seq >= func.coalesce(first, 0))
            .order_by(columns.seq)
        )
        with transaction(self._engine) as connection:
            return read_withdrawals((row[0], row[1], row[2], row[3]) for row in connection.execute(query))

    def rows_of(self, subject: str) -> Sequence[Row]:
        """All rows of a subject, in order."""
        return self._rows(select(tables.ledger).where(tables.ledger.c.subject == subject))

    def known(self, digests: Sequence[bytes]) -> Mapping[bytes, bool]:
        """Those digests that a row has, each with whether the row still has its content."""
        with transaction(self._engine) as connection:
            return known_in(connection, digests)

    def checkpoints(self) -> Sequence[Checkpoint]:
        """All checkpoints, oldest first."""
        with transaction(self._engine) as connection:
            return checkpoints_in(connection)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        with transaction(self._engine, writing=True) as connection:
            connection.execute(insert(tables.checkpoint).values(checkpoint_columns(checkpoint)))

    def journals(self) -> Sequence[JournalState]:
        """The rows of all journals, by name."""
        with transaction(self._engine) as connection:
            return journals_in(connection)

    def count_refusals(self, day: date, purposes: Iterable[str]) -> None:
        """One more anonymous refusal of each of these purposes."""
        rows = [{**columns, "counted": 1} for columns in refusal_columns(day, purposes)]
        with transaction(self._engine, writing=True) as connection:
            upsert(connection, tables.refusal, rows, counted=tables.refusal.c.counted + 1)

    def refusals(self) -> Mapping[tuple[date, str], int]:
        """How many anonymous refusals there were, by day and purpose."""
        with transaction(self._engine) as connection:
            found = connection.execute(select(tables.refusal)).all()
        return read_refusals((row.day, row.purpose, row.counted) for row in found)

    def archive_policy(self, policy: ArchivedPolicy) -> None:
        """Keep a policy, unless it is kept already."""
        table = tables.policy
        columns = policy_columns(policy)
        which = (table.c.version == columns["version"]) & (table.c.digest == columns["digest"])
        with transaction(self._engine, writing=True) as connection:
            if connection.execute(select(table.c.version).where(which)).first() is None:
                upsert(connection, table, [columns], digest=table.c.digest)  # another worker may be first

    def archived_policies(self) -> Sequence[ArchivedPolicy]:
        """All policies, in the order in which they were first enforced."""
        order = (tables.policy.c.first_enforced_at, tables.policy.c.version)
        with transaction(self._engine) as connection:
            found = connection.execute(select(tables.policy).order_by(*order)).mappings().all()
        return [read_policy(named(row)) for row in found]

    def _rows(self, query: Select[tuple[object, ...]]) -> list[Row]:
        with transaction(self._engine) as connection:
            return rows_in(connection, query)


STORES.register(LedgerStore, SqlLedger)
