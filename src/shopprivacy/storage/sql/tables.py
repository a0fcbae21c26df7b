"""All tables of the library, and how a store written by an older version of it is brought up to date in place.

For Alembic, either give ``metadata`` to it as (part of) ``target_metadata``, and it finds what the library has made as
it should be; or give `is_the_shops` to it as ``include_object``, and it leaves these tables alone.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, String, column, insert, inspect, select, table, update
from sqlalchemy.schema import SchemaItem

from shopprivacy.errors import PrivacyError
from shopprivacy.storage.sql.schema import PARTS, PREFIX, STORES, SchemaPart, metadata, schema_version

__all__ = ["SchemaMismatch", "install", "is_the_shops", "metadata"]

STORES.load()  # the files of all domains, which declare their tables

_migrations: Final = table("django_migrations", column("app", String), column("name", String))
"""Django's own table of what was migrated."""


class SchemaMismatch(PrivacyError):
    """The store's tables are of a newer version of the library than this one, or somebody else looks after them."""


def is_the_shops(_item: SchemaItem, name: str | None, kind: str, *_: object) -> bool:
    """Alembic's ``include_object``: yes to everything but the tables of this library, which looks after them itself."""
    return kind != "table" or not str(name).startswith(PREFIX)


def install(connection: Connection) -> None:
    """Make what is missing, and bring what is older up to date, in the caller's transaction.

    Raises SchemaMismatch, before anything is changed, when the tables are of a newer version or Django's.
    """
    if _made_by_django(connection):
        raise SchemaMismatch(
            f"Django's migrations have made the store's tables ({PREFIX}…): "
            "python manage.py shopprivacy … is the command line for them"
        )
    schema_version.create(connection, checkfirst=True)
    # The ledger's first, which every store has: of several workers that start after an upgrade one holds it, and takes
    # all steps.
    parts = sorted(PARTS.values(), key=lambda part: (part.name != "ledger", part.name))
    found = [(part, _known_version(connection, part)) for part in parts]
    for part, version in found:
        if version is not None and version > part.version:
            raise SchemaMismatch(
                f"the store's {part.name} tables ({PREFIX}…) have version {version}, this shopprivacy knows version "
                f"{part.version}: run the shopprivacy that wrote them, or a newer one"
            )
    metadata.create_all(connection)
    for part, version in found:
        if version is None:
            connection.execute(insert(schema_version).values(part=part.name, version=part.version))
            part.begin(connection)
        else:
            _take_steps(connection, part, version)


def _known_version(connection: Connection, part: SchemaPart) -> int | None:
    """Return the version that the store's tables of this part have, and hold it, where rows can be locked."""
    query = select(schema_version.c.version).where(schema_version.c.part == part.name).with_for_update()
    return connection.scalar(query)


def _take_steps(connection: Connection, part: SchemaPart, version: int) -> None:
    for step in range(version, part.version):
        part.steps[step](connection)
        which = schema_version.c.part == part.name
        connection.execute(update(schema_version).where(which).values(version=step + 1))


def _made_by_django(connection: Connection) -> bool:
    """Whether the migrations of the Django adapter ran here: they make tables of the same names."""
    if not inspect(connection).has_table(_migrations.name):
        return False
    query = select(_migrations.c.name).where(_migrations.c.app == "shopprivacy").limit(1)
    return connection.execute(query).first() is not None
