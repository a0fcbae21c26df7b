"""What the tables of every domain are made with, and the note of which version a store's tables have.

A domain's file declares its tables as a `SchemaPart` of the schema and registers its store. Tables only expand within a
major version of the library, and whole new ones need no step: a domain that moves in is a `SchemaPart` of version 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from shopprivacy.storage.registry import Registry

_LONGEST_NAME: Final = 20

PREFIX: Final = "shopprivacy_"
"""What the names of all tables and indexes begin with."""

STORES: Final[Registry[Engine]] = Registry("shopprivacy.storage.sql")
"""Which class keeps what a domain asks for in a SQL database."""

metadata: Final = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_uq",
    }
)

Step = Callable[[Connection], None]
"""A change of tables that are there. It looks before it changes something: MariaDB commits each change of a table at
once, so a start that broke off in the middle runs it again."""


def _nothing(_connection: Connection) -> None:
    """What a part without first rows begins with."""


@dataclass
class SchemaPart:
    """One domain's tables, which have a version of their own.

    A change of theirs counts ``version`` up, adds the step from the version before to ``steps``, and adds the new SQL
    to ``tests/storage/schemas``. ``begin`` writes the first rows into tables that were just made.

    Within a major version of the library a change only adds: tables, indexes that are not unique, and columns that may
    be NULL or have a default in the database. An older release goes on with such tables and writes rows without what
    was added, so a newer one reads such rows, too. Only a new major version may change what is there, and then sets
    ``oldest`` to its ``version``: no older release starts on those tables.
    """

    name: str
    """At most 20 ASCII characters, and no other part's."""
    version: int = 1
    oldest: int = 1
    """The oldest version whose releases can use these tables as they are."""
    steps: Mapping[int, Step] = field(default_factory=dict)
    begin: Step = _nothing

    def __post_init__(self) -> None:
        if self.name in PARTS or len(self.name) > _LONGEST_NAME or not self.name.isascii():
            raise ValueError(
                f"{self.name} is another part's name already, or none that the schema's table can hold"
            )
        PARTS[self.name] = self

    def table(self, name: str, *items: Any) -> Table:
        """Declare a table of this part, called ``shopprivacy_NAME``, of these columns, constraints and indexes."""
        return _table(name, *items)


PARTS: Final[dict[str, SchemaPart]] = {}
"""Every domain's, by name, once its file is imported."""


def ascii_text(length: int) -> TypeEngine[Any]:
    """Short text that is compared byte by byte: MariaDB disregards case, and pads, unless told otherwise."""
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return String(length).with_variant(exact, "mysql", "mariadb")


def _table(name: str, *items: Any) -> Table:
    return Table(f"{PREFIX}{name}", metadata, *items, mysql_engine="InnoDB", mariadb_engine="InnoDB")


schema_version = _table(
    "schema",
    Column("part", ascii_text(_LONGEST_NAME), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("oldest", Integer),
)
"""One row for each part: the version that its tables have, and the oldest one whose releases can use them (NULL: that
same version). A release leaves the row of a part that is newer than its own alone."""
