"""Tables that grow up in place: from the SQL of every version that there ever was, rows and all, on every database.

``schemas/`` has for each version what it made on each database, and rows that were written to it. No file there ever
changes; a new version of the tables adds its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect, select, text

from shopprivacy.decision import Action
from shopprivacy.storage.sql import SqlStore, tables
from shopprivacy.testing.ledger_contract.shop import BO
from shopprivacy.testing.samples import NOON, sample_entry, sample_ledger

SCHEMAS = Path(__file__).parent / "schemas"
DATABASES = {"sqlite": "sqlite", "postgresql": "postgres", "mysql": "mariadb"}
VERSIONS = range(1, tables.VERSION + 1)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """An engine of the test's own."""
    engine = create_engine(url)
    yield engine
    engine.dispose()


def written_by(engine: Engine, version: int) -> None:
    """Make the store as that version of the tables left it."""
    for name in (DATABASES[engine.dialect.name], "rows"):
        with engine.begin() as connection:
            for statement in (SCHEMAS / f"{version}.{name}.sql").read_text().split(";\n"):
                if statement.strip():
                    connection.exec_driver_sql(statement)


def version_of(engine: Engine) -> int | None:
    """The version that the store says it has."""
    with engine.connect() as connection:
        query = select(tables.schema_version.c.version).where(tables.schema_version.c.part == "ledger")
        return connection.scalar(query)


def _holds(url: str) -> None:
    """The store has the rows that every version's files have, and takes more."""
    store = SqlStore(url)
    book = sample_ledger(store, "today")
    assert store.head().count == 4
    assert [row.seq for row in store.rows_of(BO)] == [3]
    assert book.was_allowed(BO, "newsletter", NOON)
    book.verify().require()
    book.append([sample_entry(Action.WITHDRAWN, subject=BO)])
    store.count_refusals(NOON.date(), ["statistics"])
    book.checkpoint(NOON)
    assert store.refusals() == {(NOON.date(), "statistics"): 2}
    assert [len(store.checkpoints()), len(store.archived_policies())] == [2, 1]
    book.verify().require()
    store.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_becomes_todays(url: str, engine: Engine, version: int) -> None:
    """What any version wrote is brought up to date as the store is opened: tables as made anew, and no row lost."""
    written_by(engine, version)
    _holds(url)
    assert version_of(engine) == tables.VERSION
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


def _grow(connection: Connection) -> None:
    """A step as one could be: it looks first."""
    if "shelf" not in {column["name"] for column in inspect(connection).get_columns("shopprivacy_ledger")}:
        connection.execute(text("ALTER TABLE shopprivacy_ledger ADD COLUMN shelf VARCHAR(20)"))


def test_workers_upgrade_once(url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that open an older store at once bring it up to date step by step, and each of them can use it."""
    written_by(engine, 1)
    monkeypatch.setattr(tables, "VERSION", 3)
    monkeypatch.setattr(tables, "STEPS", {1: _grow, 2: lambda _: None})
    with ThreadPoolExecutor(4) as pool:
        for store in pool.map(SqlStore, [url] * 4):
            assert store.head().count == 4
            store.close()
    assert version_of(engine) == 3
    assert "shelf" in {column["name"] for column in inspect(engine).get_columns("shopprivacy_ledger")}
    _holds(url)


def test_an_upgrade_that_broke_off_goes_on(url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that fails in the middle of the steps leaves a store that the next start brings up to date."""
    written_by(engine, 1)

    def breaks_off(connection: Connection) -> None:
        _grow(connection)
        raise ZeroDivisionError

    monkeypatch.setattr(tables, "VERSION", 2)
    monkeypatch.setattr(tables, "STEPS", {1: breaks_off})
    with pytest.raises(ZeroDivisionError):
        SqlStore(url)
    assert version_of(engine) == 1
    monkeypatch.setattr(tables, "STEPS", {1: _grow})
    _holds(url)
    assert version_of(engine) == 2


def test_newer_tables_are_refused_untouched(
    url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older library says which version it found and which it knows, and changes nothing."""
    written_by(engine, 1)
    with engine.begin() as connection:
        connection.execute(text("UPDATE shopprivacy_schema SET version = 7"))
        connection.execute(text("DROP TABLE shopprivacy_refusal"))  # as version 7 may have done
    with pytest.raises(
        tables.SchemaMismatch, match=r"tables \(shopprivacy_…\) have version 7, .* version 1:"
    ):
        SqlStore(url)
    assert "shopprivacy_refusal" not in inspect(engine).get_table_names()


def _migrated(engine: Engine, app: str) -> None:
    """Let Django have made an app's tables."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE django_migrations (app VARCHAR(255), name VARCHAR(255))"))
        connection.execute(text(f"INSERT INTO django_migrations VALUES ('{app}', '0001_initial')"))


@pytest.mark.parametrize("left_over", [True, False])
def test_tables_that_django_has_made_are_left_to_django(url: str, engine: Engine, left_over: bool) -> None:
    """They have the same names: opened by their URL, the store says whose they are, and makes none of its own."""
    _migrated(engine, "shopprivacy")
    with engine.begin() as connection:
        tables.ledger.create(connection)
        if left_over:  # by a version of the library that did not look
            tables.schema_version.create(connection)
    before = set(inspect(engine).get_table_names())
    with pytest.raises(tables.SchemaMismatch, match=r"python manage\.py shopprivacy"):
        SqlStore(url)
    assert set(inspect(engine).get_table_names()) == before


def test_a_database_that_another_django_project_uses_too(url: str, engine: Engine) -> None:
    """Its migrations are none of the store's business."""
    _migrated(engine, "auth")
    SqlStore(url).close()
    assert version_of(engine) == tables.VERSION
