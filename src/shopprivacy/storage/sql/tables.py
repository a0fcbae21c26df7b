"""The tables, and how a store written by an older version of the library is brought up to date in place.

For Alembic, either give ``metadata`` to it as (part of) ``target_metadata``, and it finds what the library has made as
it should be; or give `is_the_shops` to it as ``include_object``, and it leaves these tables alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    column,
    insert,
    inspect,
    select,
    table,
    update,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from shopprivacy.errors import PrivacyError
from shopprivacy.ledger.chain import GENESIS

PREFIX: Final = "shopprivacy_"
"""What the names of all tables and indexes begin with."""
VERSION = 1
"""Of the tables below. A change of theirs adds a step to STEPS, and its SQL to ``tests/storage/schemas``."""

Step = Callable[[Connection], None]
STEPS: dict[int, Step] = {}
"""From this version to the next one; whole new tables need none. A step looks before it changes something: MariaDB
commits each change of a table at once, so a start that broke off in the middle runs it again."""

metadata: Final = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_uq",
    }
)


class SchemaMismatch(PrivacyError):
    """The store's tables are of a newer version of the library than this one, or somebody else looks after them."""


_migrations: Final = table("django_migrations", column("app", String), column("name", String))
"""Django's own table of what was migrated."""


def _ascii(length: int) -> TypeEngine[Any]:
    # MariaDB compares text without regard to case, and pads it, unless told otherwise.
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return String(length).with_variant(exact, "mysql", "mariadb")


def _table(name: str, *items: Any) -> Table:
    return Table(f"{PREFIX}{name}", metadata, *items, mysql_engine="InnoDB", mariadb_engine="InnoDB")


schema_version = _table(
    "schema",
    Column("part", _ascii(20), primary_key=True),
    Column("version", Integer, nullable=False),
)

ledger = _table(
    "ledger",
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    # Content: NULL once the row is pruned. Times are text of one width in UTC: MariaDB would round microseconds.
    Column("at", _ascii(27)),
    Column("subject", _ascii(61)),
    Column("purpose", _ascii(64)),
    Column("action", _ascii(16)),
    Column("version", _ascii(64)),
    Column("meaning", _ascii(64)),
    Column("text_hash", _ascii(64)),
    Column("how", _ascii(20)),
    Column("consent_id", _ascii(64)),
    Column("data", Text),
    Column("ground", _ascii(64)),
    Column("pruned_keep", _ascii(64)),
    Column("pruned_rows", Text),
    Column("salt", _ascii(32)),
    # Proof: stays for ever.
    Column("digest", _ascii(64), nullable=False),
    Column("hash", _ascii(64), nullable=False),
    Column("key_id", _ascii(8), nullable=False),
    Index(None, "subject", "seq"),
    Index(None, "digest"),
)

head = _table(
    "ledger_head",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("counted", BigInteger, nullable=False),
    Column("hash", _ascii(64), nullable=False),
    Column("rolling", _ascii(64), nullable=False),
)

checkpoint = _table(
    "checkpoint",
    Column("id", Integer, primary_key=True),
    Column("at", _ascii(27), nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("hash", _ascii(64), nullable=False),
    Column("rolling", _ascii(64), nullable=False),
    Column("tenant", _ascii(63), nullable=False),
    Column("key_id", _ascii(8), nullable=False),
    Column("public_key", _ascii(64), nullable=False),
    Column("signature", _ascii(128), nullable=False),
)

refusal = _table(
    "refusal",
    Column("day", _ascii(10), nullable=False),
    Column("purpose", _ascii(64), nullable=False),
    Column("counted", BigInteger, nullable=False),
    PrimaryKeyConstraint("day", "purpose"),
)

policy = _table(
    "policy",
    Column("version", _ascii(64), nullable=False),
    Column("digest", _ascii(64), nullable=False),
    Column("effective", _ascii(10), nullable=False),
    Column("first_enforced_at", _ascii(27), nullable=False),
    Column("canonical", Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb"), nullable=False),
    PrimaryKeyConstraint("version", "digest"),
)


def is_the_shops(_item: SchemaItem, name: str | None, kind: str, *_: object) -> bool:
    """Alembic's ``include_object``: yes to everything but the tables of this library, which looks after them itself."""
    return kind != "table" or not str(name).startswith(PREFIX)


def install(connection: Connection) -> None:
    """Make what is missing, and bring what is older up to `VERSION`, in the caller's transaction.

    Raises SchemaMismatch, before anything is changed, when the tables are of a newer version or Django's.
    """
    if _made_by_django(connection):
        raise SchemaMismatch(
            f"Django's migrations have made the store's tables ({PREFIX}…): "
            "python manage.py shopprivacy … is the command line for them"
        )
    schema_version.create(connection, checkfirst=True)
    which = schema_version.c.part == "ledger"
    # Locked, where rows can be: of several workers that start after an upgrade one takes the steps.
    found = connection.scalar(select(schema_version.c.version).where(which).with_for_update())
    if found is not None and found > VERSION:
        raise SchemaMismatch(
            f"the store's tables ({PREFIX}…) have version {found}, this shopprivacy knows version {VERSION}: "
            "run the shopprivacy that wrote them, or a newer one"
        )
    metadata.create_all(connection)
    if found is None:
        connection.execute(insert(schema_version).values(part="ledger", version=VERSION))
        zero = GENESIS.hash.hex()
        connection.execute(insert(head).values(id=1, counted=0, hash=zero, rolling=zero))
        return
    for step in range(found, VERSION):
        STEPS[step](connection)
        connection.execute(update(schema_version).where(which).values(version=step + 1))


def _made_by_django(connection: Connection) -> bool:
    """Whether the migrations of the Django adapter ran here: they make tables of the same names."""
    if not inspect(connection).has_table(_migrations.name):
        return False
    query = select(_migrations.c.name).where(_migrations.c.app == "shopprivacy").limit(1)
    return connection.execute(query).first() is not None
