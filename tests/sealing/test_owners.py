"""What a model says of the owner of its rows."""

from __future__ import annotations

import pytest

from shopprivacy.errors import SealRefused
from shopprivacy.sealing.owners import read_owners


def test_one_or_several() -> None:
    """A text names one column, a tuple several in their order; nothing names none."""
    assert read_owners("customer:id", "Customer") == (("customer", "id"),)
    assert read_owners(("customer:customer_id", "order:id"), "Order") == (
        ("customer", "customer_id"),
        ("order", "id"),
    )
    assert read_owners((), "Product") == read_owners(7, "Product") == ()


@pytest.mark.parametrize("said", ["customer", "customer:", ":id", ("customer:id", 7)])
def test_what_cannot_be_read(said: object) -> None:
    """Anything else is refused, with the model's name."""
    with pytest.raises(SealRefused, match="Customer"):
        read_owners(said, "Customer")
