"""Which fields a list of fields covers."""

from __future__ import annotations

import pytest

from shopprivacy.policy.vocabulary import covers


@pytest.mark.parametrize(
    ("patterns", "field", "covered"),
    [
        (("Customer.email",), "Customer.email", True),
        (("Customer.email",), "Customer.emails", False),
        (("Customer.*",), "Customer.email", True),
        (("Customer.*",), "Customer.*", True),
        (("shop.Customer.*",), "shop.Customer.email", True),
        (("shop.*",), "shop.Customer.email", False),
        ((), "Customer.email", False),
    ],
)
def test_a_wildcard_covers_the_fields_of_its_own_table(
    patterns: tuple[str, ...], field: str, *, covered: bool
) -> None:
    """All of a table are the fields directly below it, not those of tables below that."""
    assert covers(patterns, field) is covered
