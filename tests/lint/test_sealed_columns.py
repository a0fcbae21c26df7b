"""What the policy says is sealed, against the columns."""

from __future__ import annotations

from typing import Any

import pytest

from shopprivacy.lint.sealed_columns import Columns, clear_copies, sealed_differences
from shopprivacy.policy import Policy
from tests.policy.files import base_with


@pytest.mark.parametrize(
    ("category", "wrong"),
    [
        (["person.*"], []),
        ({"fields": ["person.name", "person.email"], "sealed": True}, ["person.email"]),
        ({"fields": ["person.*"], "sealed": True}, ["person.email"]),
        ({"fields": ["person.*"], "sealed": ["person.name"]}, []),
        ({"fields": ["person.*"], "sealed": ["person.email"]}, ["person.email", "person.name"]),
    ],
)
def test_differences(category: Any, wrong: list[str]) -> None:
    """Columns that are sealed and not said to be, and those that are said to be and are not; no word, no difference."""
    policy = Policy(**base_with(data={"person": category}))
    assert [column for column, _ in sealed_differences(policy, {"person.name"}, {"person.email"})] == wrong


@pytest.mark.parametrize(
    ("name", "is_copy"),
    [
        ("email_hash", True),
        ("email_sha256_hash", True),
        ("lower_email", True),
        ("emailLower", True),
        ("search_text", True),
        ("email", False),
        ("email_verified_by", False),
        ("product_name", False),
        ("hash", False),
        ("research", False),
    ],
)
def test_copies_in_clear_by_name(name: str, is_copy: bool) -> None:
    """A text named after a sealed column of its table, or that is searched in, is told; those of others are not."""
    columns = Columns(
        frozenset({"customer.email_sealed", "customer.name"}),
        frozenset(),
        frozenset({f"customer.{name}", f"product.{name}"}),
    )
    assert [column for column, _ in clear_copies(columns)] == ([f"customer.{name}"] if is_copy else [])


def test_addresses_of_the_same_owners() -> None:
    """A plain address of owners who have a sealed one is told once, whatever it is called."""
    plain = "account_address.email_index"
    columns = Columns(
        frozenset({"account_address.email"}),
        frozenset({plain}),
        frozenset({plain}),
        belonging={plain: "account.email"},
    )
    [(column, what)] = clear_copies(columns)
    assert (column, "owners of account.email" in what) == (plain, True)


def test_a_column_that_is_followed() -> None:
    """The clear column of a table that is being sealed is told once, whatever it is called."""
    copied = {"customer.old_email"}
    columns = Columns(
        frozenset({"customer.email"}),
        frozenset(copied),
        frozenset(copied),
        {"customer.old_email": "customer.email"},
    )
    ((column, what),) = clear_copies(columns)
    assert (column, "backfill" in what) == ("customer.old_email", True)
