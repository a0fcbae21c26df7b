"""What the policy says is sealed, against the columns."""

from __future__ import annotations

from typing import Any

import pytest

from shopprivacy.lint.sealed_columns import sealed_differences
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
