"""Shops that keep their tables with Alembic."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata, produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.operations.ops import DropTableOp, MigrateOperation, OpContainer
from sqlalchemy import Column, Connection, Index, Integer, MetaData, Table, create_engine
from sqlalchemy.schema import PrimaryKeyConstraint

from shopprivacy.storage.sql import SqlStore, tables
from shopprivacy.storage.sql.schema import PREFIX
from shopprivacy.testing.samples import sample_entry, sample_ledger


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    """A connection of Alembic's, in a transaction that is committed."""
    engine = create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def shop() -> MetaData:
    """A shop's own tables."""
    metadata = MetaData()
    Table("customer", metadata, Column("id", Integer, primary_key=True))
    return metadata


def test_autogenerate_finds_no_difference(url: str, connection: Connection) -> None:
    """What the library has made is what its metadata says, types, lengths and indexes."""
    SqlStore(url).close()
    assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


def test_alembic_may_make_the_tables(url: str, shop: MetaData) -> None:
    """A store opens on tables that came from a shop's migration, among its own, and nothing is left to migrate."""
    both = [shop, tables.metadata]
    engine = create_engine(url)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection)
        _run(Operations(context), produce_migrations(context, both).upgrade_ops)  # type: ignore[arg-type]
    store = SqlStore(url)
    book = sample_ledger(store)
    book.append([sample_entry()])
    book.verify().require()
    store.close()
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), both) == []  # type: ignore[arg-type]
    engine.dispose()


def _run(operations: Operations, step: MigrateOperation | None) -> None:
    if isinstance(step, OpContainer):
        for part in step.ops:
            _run(operations, part)
    elif step is not None:
        operations.invoke(step)


def test_left_alone(url: str, connection: Connection, shop: MetaData) -> None:
    """With ``include_object=is_the_shops`` autogenerate sees the shop's tables only; without, it would drop ours."""
    SqlStore(url).close()
    careful = MigrationContext.configure(connection, opts={"include_object": tables.is_the_shops})
    [difference] = compare_metadata(careful, shop)
    assert difference[0] == "add_table"
    assert difference[1].name == "customer"
    careless = produce_migrations(MigrationContext.configure(connection), shop).upgrade_ops
    assert careless is not None
    assert {step.table_name for step in careless.ops if isinstance(step, DropTableOp)} == set(
        tables.metadata.tables
    )


def test_everything_has_a_name_that_is_ours() -> None:
    """Tables, keys and indexes are named by one convention, so that a migration can name them on every database."""
    for table in tables.metadata.sorted_tables:
        assert table.name.startswith(PREFIX)
        assert {str(key.name) for key in table.constraints} == {f"{table.name}_pk"}
        assert all(isinstance(key, PrimaryKeyConstraint) for key in table.constraints)
        for index in table.indexes:
            assert isinstance(index, Index)
            assert str(index.name).startswith(f"{table.name}_")
