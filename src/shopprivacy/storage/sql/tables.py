"""All tables of the library, and how a store written by an older version of it is brought up to date in place.

For Alembic, either give ``metadata`` to it as (part of) ``target_metadata``, and it finds what the library has made as
it should be; or give `is_the_shops` to it as ``include_object``, and it leaves these tables alone.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection, String, column, insert, inspect, select, table, text, update
from sqlalchemy.schema import SchemaItem

from shopprivacy.errors import PrivacyError
from shopprivacy.storage.sql.schema import PARTS, PREFIX, STORES, SchemaPart, metadata, schema_version

__all__ = ["SchemaMismatch", "install", "is_the_shops", "metadata"]

STORES.load()  # the files of all domains, which declare their tables

_migrations: Final = table("django_migrations", column("app", String), column("name", String))
"""Django's own table of what was migrated."""


class SchemaMismatch(PrivacyError):
    """The tables are of a newer major version of the library than this one, or somebody else looks after them."""


class _Found(NamedTuple):
    """What the store says of a part: the version of its tables, and the oldest one whose releases can use them.

    A store that was made before there were such notes has none; then it is that same version.
    """

    version: int
    oldest: int | None


def is_the_shops(_item: SchemaItem, name: str | None, kind: str, *_: object) -> bool:
    """Alembic's ``include_object``: yes to everything but the tables of this library, which looks after them itself."""
    return kind != "table" or not str(name).startswith(PREFIX)


def install(connection: Connection) -> None:
    """Make what is missing, and bring what is older up to date, in the caller's transaction.

    Tables of a newer version that this one can still use stay as they are, and so does what the store says of them.

    Raises SchemaMismatch, before anything is changed, when the tables are Django's, or of a newer major version.
    """
    if _made_by_django(connection):
        raise SchemaMismatch(
            f"Django's migrations have made the store's tables ({PREFIX}…): "
            "python manage.py shopprivacy … is the command line for them"
        )
    schema_version.create(connection, checkfirst=True)
    _add_oldest(connection)
    # The ledger's first, which every store has: of several workers that start after an upgrade one holds it, and takes
    # all steps.
    parts = sorted(PARTS.values(), key=lambda part: (part.name != "ledger", part.name))
    found_parts = [(part, _found(connection, part)) for part in parts]
    for part, found in found_parts:
        _check_usable(part, found)
    metadata.create_all(connection)
    for part, found in found_parts:
        if found is None:
            first = {"part": part.name, "version": part.version, "oldest": part.oldest}
            connection.execute(insert(schema_version).values(first))
            part.begin(connection)
        elif found.version <= part.version:
            _take_steps(connection, part, found)


def _add_oldest(connection: Connection) -> None:
    """Add the column to a store that was made before there was one."""
    column = schema_version.c.oldest
    if column.name in {there["name"] for there in inspect(connection).get_columns(schema_version.name)}:
        return
    versions = connection.execute(select(schema_version.c.part, schema_version.c.version)).all()
    for name, version in versions:
        if name in PARTS:
            _check_usable(PARTS[name], _Found(version, None))
    connection.execute(text(f"ALTER TABLE {schema_version.name} ADD COLUMN {column.name} INTEGER"))


def _found(connection: Connection, part: SchemaPart) -> _Found | None:
    """Return what the store says of this part, and hold it, where rows can be locked."""
    columns = schema_version.c
    query = select(columns.version, columns.oldest).where(columns.part == part.name).with_for_update()
    row = connection.execute(query).first()
    return None if row is None else _Found(row.version, row.oldest)


def _check_usable(part: SchemaPart, found: _Found | None) -> None:
    if found is None:
        return
    oldest = found.version if found.oldest is None else found.oldest
    if oldest > part.version:
        raise SchemaMismatch(
            f"the store's {part.name} tables ({PREFIX}…) have version {found.version}, of a newer major version of "
            f"shopprivacy: only releases that know version {oldest} can use them, and this one knows version "
            f"{part.version}: run the shopprivacy that wrote them, or a newer one"
        )


def _take_steps(connection: Connection, part: SchemaPart, found: _Found) -> None:
    def note(**values: int) -> None:
        connection.execute(update(schema_version).where(schema_version.c.part == part.name).values(values))

    if found.oldest != part.oldest:
        note(oldest=part.oldest)  # first: a step may end what older releases can use
    for step in range(found.version, part.version):
        part.steps[step](connection)
        note(version=step + 1)


def _made_by_django(connection: Connection) -> bool:
    """Whether the migrations of the Django adapter ran here: they make tables of the same names."""
    if not inspect(connection).has_table(_migrations.name):
        return False
    query = select(_migrations.c.name).where(_migrations.c.app == "shopprivacy").limit(1)
    return connection.execute(query).first() is not None
