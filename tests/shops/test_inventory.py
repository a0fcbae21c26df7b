"""The policies and the shop's tables: every column is declared, personal or not."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples.shop.options import DEMO_POLICY
from examples.shop.sql.tables import Table

from shopprivacy.adapters.sqlalchemy import Sealed
from shopprivacy.adapters.sqlalchemy.column_types import BlindIndex
from shopprivacy.lint.sealed_columns import sealed_differences
from shopprivacy.policy import load
from tests.policy.test_carried import STATEMENTS
from tests.shops.running import RunningShop

TABLES = {
    table.name: {column.name for column in table.columns if not isinstance(column.type, BlindIndex)}
    for table in Table.metadata.sorted_tables
}
COLUMNS = {f"{table}.{column}" for table, columns in TABLES.items() for column in columns}


def _declared(policy: Path) -> set[str]:
    """The fields of a policy, with those of ``Table.*`` one by one, where the shop has such a table."""
    declared = load(policy)
    fields = {*declared.not_personal, *(f for category in declared.data.values() for f in category.fields)}
    return fields | {column for column in COLUMNS if f"{column.partition('.')[0]}.*" in fields}


@pytest.mark.parametrize("name", ["demo", *STATEMENTS])
def test_every_column_is_declared(name: str) -> None:
    """Personal data that stands in no list of the policy would be nobody's to erase."""
    assert COLUMNS - _declared(DEMO_POLICY.with_name(f"{name}.toml")) == set()


@pytest.mark.parametrize("name", ["demo", *STATEMENTS])
def test_what_is_declared_sealed_is_sealed(name: str) -> None:
    """S32: a policy promises of each column what the models do with it, no more and no less."""
    sealed = {
        f"{table.name}.{column.name}"
        for table in Table.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Sealed)
    }
    assert sealed
    policy = load(DEMO_POLICY.with_name(f"{name}.toml"))
    assert [*sealed_differences(policy, sealed, COLUMNS - sealed)] == []


def test_every_declared_field_of_the_demo_is_a_column() -> None:
    """The demo policy declares no more than there is: a field misspelt would protect nothing."""
    tables = {f"{table}.*" for table in TABLES}
    assert _declared(DEMO_POLICY) - COLUMNS <= tables


@pytest.mark.stateful
def test_every_shop_has_these_tables(shop: RunningShop) -> None:
    """Whatever writes to the database: the same columns stand in it, and no others but the frameworks' own."""
    own = ("shopprivacy_", "sqlite_", "django_", "auth_")
    indexes = ("_index", "_last_word")  # what sealed columns are found by
    found = {
        table: {column for column in columns if not column.endswith(indexes)}
        for table, columns in shop.columns().items()
        if not table.startswith(own)
    }
    assert found == TABLES
