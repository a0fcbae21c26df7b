"""The journal in a second database, for shops whose disks come and go with their containers: PostgreSQL or MariaDB.

Whoever appends holds the one row of the journal's own table, so that records get their numbers one after the other and
become visible in that order.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    delete,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.dialects import mysql

from shopprivacy.errors import JournalDown, PrivacyError, StoreDown
from shopprivacy.ledger.journal import BATCH, JournalRecord, Mark, NumberedRecord
from shopprivacy.sealing.discreet import discreet
from shopprivacy.storage.journal_rows import (
    OLDEST,
    VERSION,
    check_usable,
    journal_row,
    read_journal_row,
    read_mark,
)
from shopprivacy.storage.sql import ledger_tables
from shopprivacy.storage.sql.engine import open_engine
from shopprivacy.storage.sql.engine import transaction as transaction_of
from shopprivacy.storage.sql.schema import ascii_text

_AT_ONCE: Final = 5000
"""Numbers that are gone through in one transaction by whoever forgets."""
_WHERE: Final = "the journal's database"

_metadata: Final = MetaData()  # of its own: a ledger's database has no journal in it
_journal = Table(
    "shopprivacy_journal",
    _metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", ascii_text(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("oldest", Integer, nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("through", BigInteger, nullable=False),
    Column("pin", ascii_text(84)),
    mysql_engine="InnoDB",
    mariadb_engine="InnoDB",
)
_record = Table(
    "shopprivacy_journal_record",
    _metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", ascii_text(64), nullable=False),
    Column("body", Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb"), nullable=False),
    Column("checksum", ascii_text(16), nullable=False),
    Index("shopprivacy_journal_record_kind", "kind", "number"),
    mysql_engine="InnoDB",
    mariadb_engine="InnoDB",
)


class SqlJournal:
    """A `Journal` in the database that ``url`` names, which must be another one than the ledger's.

    ``now`` says when a record is written. Makes its tables. Raises StoreDown when the database does not answer,
    ValueError when the URL is none, MissingExtra without its driver, and PrivacyError where the ledger stands there,
    too, or where a newer major version of the library has written the journal.
    """

    @discreet  # there is a password in the URL
    def __init__(self, url: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._engine = open_engine(url, _install)

    def name(self) -> str:
        """What it drew when it was made."""
        with self._transaction() as connection:
            return str(connection.scalar(select(_journal.c.name)))

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Write the records; they are committed when this returns."""
        at = self._now()
        with self._transaction(writing=True) as connection:
            counted = connection.execute(select(_journal.c.counted).with_for_update()).scalar_one()
            rows = [
                {"number": number, **journal_row(record, at)._asdict()}
                for number, record in enumerate(records, start=counted + 1)
            ]
            if rows:
                connection.execute(insert(_record), rows)
                connection.execute(update(_journal).values(counted=counted + len(rows)))

    def records(self, after: int = 0, kind: str | None = None) -> Iterator[NumberedRecord]:
        """The records with a number above ``after``, oldest first."""
        columns = _record.c
        query = select(columns.number, columns.kind, columns.body, columns.checksum)
        query = query.order_by(columns.number).limit(BATCH)
        if kind is not None:
            query = query.where(columns.kind == kind)
        while True:
            with self._transaction() as connection:
                rows = connection.execute(query.where(columns.number > after)).all()
            for number, of_kind, body, checksum in rows:
                yield read_journal_row(_WHERE, number, of_kind, body, checksum)
                after = number
            if not rows:
                return

    def kinds(self) -> Collection[str]:
        """The kinds of which there are records; each is looked up in the index, however many records it has."""
        found: list[str] = []
        with self._transaction() as connection:
            query = select(func.min(_record.c.kind))
            while (following := connection.scalar(query)) is not None:
                found.append(following)
                query = select(func.min(_record.c.kind)).where(_record.c.kind > following)
        return found

    def mark(self) -> Mark | None:
        """Up to where ledger and journal are in step."""
        with self._transaction() as connection:
            through, pin = connection.execute(select(_journal.c.through, _journal.c.pin)).one()
        return read_mark(through, pin)

    def set_mark(self, mark: Mark) -> None:
        """Note up to where they are."""
        with self._transaction(writing=True) as connection:
            connection.execute(update(_journal).values(through=mark.through, pin=str(mark.pin)))

    def forget(self, numbers: Sequence[int]) -> None:
        """Take these records away."""
        with self._transaction(writing=True) as connection:
            connection.execute(delete(_record).where(_record.c.number.in_(numbers)))

    def forget_before(self, at: datetime, kind: str, through: int) -> int:
        """Take away what is old, in parts that let others append."""
        columns = _record.c
        with self._transaction() as connection:
            first = connection.scalar(select(func.min(columns.number)).where(columns.kind == kind)) or 1
        forgotten = 0
        for start in range(first, through + 1, _AT_ONCE):
            last = min(start + _AT_ONCE - 1, through)
            old = columns.number.between(start, last) & (columns.at < int(at.timestamp()))
            with self._transaction(writing=True) as connection:
                forgotten += connection.execute(delete(_record).where(columns.kind == kind, old)).rowcount
        return forgotten

    def is_shared(self) -> bool:
        """No: whose it is, too, cannot be known, and whoever runs on notes it again within five seconds."""
        return False

    def close(self) -> None:
        """Close the connections. The journal can be used again and then opens new ones."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, *, writing: bool = False) -> Iterator[Connection]:
        try:
            with transaction_of(self._engine, writing=writing) as connection:
                yield connection
        except StoreDown as down:
            raise JournalDown(f"the journal cannot be used: {down}") from None


def _install(connection: Connection) -> None:
    """Make the tables where there are none."""
    if inspect(connection).has_table(ledger_tables.ledger.name):
        raise PrivacyError(
            "the journal (SHOPPRIVACY_JOURNAL) is in the ledger's own database, so a restored backup would take "
            "both back: name another database, on another server"
        )
    _metadata.create_all(connection)
    found = connection.execute(select(_journal.c.version, _journal.c.oldest)).first()
    if found is None:
        first = {
            "name": secrets.token_hex(16),
            "version": VERSION,
            "oldest": OLDEST,
            "counted": 0,
            "through": 0,
        }
        connection.execute(insert(_journal).values(id=1, pin=None, **first))
    else:
        check_usable(_WHERE, found.version, found.oldest)
