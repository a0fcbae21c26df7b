"""Tables that grow up in place: from the SQL of every version that there ever was, rows and all, on every database.

``schemas/`` has for each domain and version what it made on each database (``ledger.1.sqlite.sql``), and rows that were
written to it. No file there ever changes; a new version of a domain's tables adds its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    create_engine,
    insert,
    inspect,
    select,
    text,
)

from shopprivacy.decision import Action
from shopprivacy.ledger.pruning import PruningRules
from shopprivacy.policy import Duration
from shopprivacy.storage.sql import SqlStore, ledger_tables, tables
from shopprivacy.storage.sql.schema import PARTS, SchemaPart, metadata, schema_version
from shopprivacy.testing.ledger_contract.shop import BO
from shopprivacy.testing.samples import NOON, sample_entry, sample_ledger, sample_subject

SCHEMAS = Path(__file__).parent / "schemas"
DATABASES = {"sqlite": "sqlite", "postgresql": "postgres", "mysql": "mariadb"}
FROZEN = [(name, version) for name, part in PARTS.items() for version in range(1, part.version + 1)]


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """An engine of the test's own."""
    engine = create_engine(url)
    yield engine
    engine.dispose()


def written_by(engine: Engine, version: int, part: str = "ledger") -> None:
    """Make the store as that version of a domain's tables left it."""
    for name in (DATABASES[engine.dialect.name], "rows"):
        with engine.begin() as connection:
            for statement in (SCHEMAS / f"{part}.{version}.{name}.sql").read_text().split(";\n"):
                if statement.strip():
                    connection.exec_driver_sql(statement)


def version_of(engine: Engine, part: str = "ledger") -> int | None:
    """The version that the store says its tables of a domain have."""
    with engine.connect() as connection:
        query = select(schema_version.c.version).where(schema_version.c.part == part)
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


@pytest.mark.parametrize(("part", "version"), FROZEN)
def test_every_version_becomes_todays(url: str, engine: Engine, part: str, version: int) -> None:
    """What any version wrote is brought up to date as the store is opened: tables as made anew, and no row lost."""
    written_by(engine, version if part == "ledger" else 1)
    if part != "ledger":
        written_by(engine, version, part)
    _holds(url)
    assert {name: version_of(engine, name) for name in PARTS} == {
        name: part.version for name, part in PARTS.items()
    }
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


def _grow(connection: Connection) -> None:
    """A step as one could be: it looks first."""
    if "shelf" not in {column["name"] for column in inspect(connection).get_columns("shopprivacy_ledger")}:
        connection.execute(text("ALTER TABLE shopprivacy_ledger ADD COLUMN shelf VARCHAR(20)"))


def test_workers_upgrade_once(url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that open an older store at once bring it up to date step by step, and each of them can use it."""
    written_by(engine, 1)
    monkeypatch.setattr(ledger_tables.part, "version", 3)
    monkeypatch.setattr(ledger_tables.part, "steps", {1: _grow, 2: lambda _: None})
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

    monkeypatch.setattr(ledger_tables.part, "version", 2)
    monkeypatch.setattr(ledger_tables.part, "steps", {1: breaks_off})
    with pytest.raises(ZeroDivisionError):
        SqlStore(url)
    assert version_of(engine) == 1
    monkeypatch.setattr(ledger_tables.part, "steps", {1: _grow})
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


def _content(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every table of the database with its columns and rows."""
    found = MetaData()
    found.reflect(engine)
    with engine.connect() as connection:
        return {
            name: [tuple(table.c.keys()), *sorted(map(tuple, connection.execute(select(table))), key=repr)]
            for name, table in found.tables.items()
        }


@contextmanager
def _next_release(monkeypatch: pytest.MonkeyPatch, oldest: int) -> Iterator[list[int]]:
    """Be the release after this one: the ledger has a column and a table more. Gives how often its step was taken."""
    taken: list[int] = []

    def step(connection: Connection) -> None:
        _grow(connection)
        taken.append(1)

    shelves = ledger_tables.part.table("shelf", Column("number", Integer, primary_key=True))
    with monkeypatch.context() as newer:
        newer.setattr(ledger_tables.part, "version", 2)
        newer.setattr(ledger_tables.part, "oldest", oldest)
        newer.setattr(ledger_tables.part, "steps", {1: step})
        try:
            yield taken
        finally:
            metadata.remove(shelves)


def test_a_release_works_on_the_tables_of_the_next_minor_version(
    url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rolled back, it starts, records, reads, verifies and prunes, and leaves what is newer as it found it."""
    written_by(engine, 1)
    with _next_release(monkeypatch, oldest=1) as taken:
        SqlStore(url).close()
    assert taken
    newer = _content(engine)
    with closing(SqlStore(url)) as store:
        assert _content(engine) == newer, "to start changes nothing"
        book = sample_ledger(store, "today")
        book.append([sample_entry(), sample_entry(Action.WITHDRAWN)])
        assert not book.was_allowed(sample_subject(), "newsletter", NOON)
        assert book.prune(PruningRules(Duration.parse("7 years")), NOON.replace(year=2040)) == 2
        book.verify().require()
    after = _content(engine)
    assert [after["shopprivacy_schema"], after["shopprivacy_shelf"]] == [
        newer["shopprivacy_schema"],
        newer["shopprivacy_shelf"],
    ]
    assert "shelf" in after["shopprivacy_ledger"][0]
    with _next_release(monkeypatch, oldest=1) as taken:
        with closing(SqlStore(url)) as store:
            sample_ledger(store, "tomorrow").append([sample_entry()])
            sample_ledger(store).verify().require()
        assert not taken, "forward again there is nothing left to do"


@pytest.mark.parametrize("broken_off", [True, False])
def test_a_newer_major_version_is_refused_untouched(
    url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch, broken_off: bool
) -> None:
    """An older release says so and changes nothing, even where the newer one's first start broke off in a step."""
    written_by(engine, 1)
    with _next_release(monkeypatch, oldest=2):
        SqlStore(url).close()
    if broken_off:  # MariaDB keeps what it changed until then
        with engine.begin() as connection:
            connection.execute(text("UPDATE shopprivacy_schema SET version = 1"))
    before = _content(engine)
    with pytest.raises(tables.SchemaMismatch, match=r"of a newer major version .* version 2 .* version 1:"):
        SqlStore(url)
    assert _content(engine) == before


@pytest.fixture
def parcels() -> Iterator[Table]:
    """The table of a domain that has just moved in, with its first row."""

    def begin(connection: Connection) -> None:
        connection.execute(insert(table).values(number=1))

    part = SchemaPart("parcel", begin=begin)
    table = part.table("parcel", Column("number", Integer, primary_key=True))
    yield table
    metadata.remove(table)
    del PARTS[part.name]


def test_a_new_domain_moves_into_a_store_that_is_there(url: str, engine: Engine, parcels: Table) -> None:
    """Its tables are made beside those that an older release wrote, by one of the workers that start at once."""
    written_by(engine, 1)
    with ThreadPoolExecutor(4) as pool:
        for store in pool.map(SqlStore, [url] * 4):
            store.close()
    assert version_of(engine, "parcel") == 1
    with engine.connect() as connection:
        assert list(connection.scalars(select(parcels.c.number))) == [1]
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    _holds(url)


def test_a_domains_tables_have_a_version_of_their_own(url: str, engine: Engine, parcels: Table) -> None:
    """They grow up by their own steps, and newer ones than the library knows are refused by the domain's name."""
    SqlStore(url).close()
    PARTS["parcel"].version = 2

    def grow(connection: Connection) -> None:
        connection.execute(insert(parcels).values(number=2))

    PARTS["parcel"].steps = {1: grow}
    SqlStore(url).close()
    assert [version_of(engine), version_of(engine, "parcel")] == [1, 2]
    with engine.connect() as connection:
        assert list(connection.scalars(select(parcels.c.number).order_by(parcels.c.number))) == [1, 2]
    PARTS["parcel"].version = 1
    SqlStore(url).close()
    assert version_of(engine, "parcel") == 2, "the older release leaves what the store says alone"
    with engine.begin() as connection:
        connection.execute(text("UPDATE shopprivacy_schema SET oldest = 2 WHERE part = 'parcel'"))
    with pytest.raises(tables.SchemaMismatch, match=r"the store's parcel tables .* version 2, .* version 1:"):
        SqlStore(url)


def test_a_release_without_the_domain_goes_on(url: str, engine: Engine) -> None:
    """Going back to the release before leaves the new domain's tables alone, and the ledger works."""
    written_by(engine, 1)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO shopprivacy_schema VALUES ('parcel', 7)"))
    _holds(url)
    assert version_of(engine, "parcel") == 7


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
        ledger_tables.ledger.create(connection)
        if left_over:  # by a version of the library that did not look
            schema_version.create(connection)
    before = set(inspect(engine).get_table_names())
    with pytest.raises(tables.SchemaMismatch, match=r"python manage\.py shopprivacy"):
        SqlStore(url)
    assert set(inspect(engine).get_table_names()) == before


def test_a_database_that_another_django_project_uses_too(url: str, engine: Engine) -> None:
    """Its migrations are none of the store's business."""
    _migrated(engine, "auth")
    SqlStore(url).close()
    assert version_of(engine) == ledger_tables.part.version


@pytest.mark.parametrize("name", ["ledger", "a" * 21, "büro"])
def test_a_part_has_a_name_of_its_own(name: str) -> None:
    """A slip of copying does not take the ledger's place, and no name is cut short in the table."""
    with pytest.raises(ValueError, match="name"):
        SchemaPart(name)
