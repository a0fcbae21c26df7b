"""The demo policy and the shop's tables: every column is declared, personal or not, and nothing else is."""

from __future__ import annotations

from pathlib import Path

from examples.shop.sql.tables import Table

from shopprivacy.policy import load
from tests.shops.running import RunningShop

DEMO = Path(__file__).parents[2] / "examples" / "policies" / "demo.toml"


def test_every_column_is_declared_and_every_declared_field_is_a_column() -> None:
    """Personal data that stands in no list of the policy would be nobody's to erase."""
    policy = load(DEMO)
    declared = {
        *policy.not_personal,
        *(field for category in policy.data.values() for field in category.fields),
    }
    columns = {
        f"{table.name}.{column.name}" for table in Table.metadata.sorted_tables for column in table.columns
    }
    whole_tables = {field.removesuffix(".*") for field in declared if field.endswith(".*")}
    assert {c for c in columns if c not in declared and c.partition(".")[0] not in whole_tables} == set()
    assert {field for field in declared if not field.endswith(".*")} <= columns
    assert whole_tables <= {table.name for table in Table.metadata.sorted_tables}


def test_every_shop_has_these_tables(shop: RunningShop) -> None:
    """Whatever writes to the database: the same columns stand in it, and no others but the frameworks' own."""
    found = {str(name) for (name,) in shop.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    names = {name for name in found if not name.startswith(("shopprivacy_", "sqlite_", "django_", "auth_"))}
    columns = {
        table.name: {column.name for column in table.columns} for table in Table.metadata.sorted_tables
    }
    assert names == columns.keys()
    for name in names:
        assert {column for (column,) in shop.rows("SELECT name FROM pragma_table_info(?)", name)} == columns[
            name
        ]
