"""Rules about logs: which parameters carry what points to a person."""

from __future__ import annotations

from datetime import date

import pytest

from shopprivacy.lint.rules_logs import personal_parameter, points_to_a_person
from tests.analytics.test_building import policy_with


@pytest.mark.parametrize(
    "name", ["work_email", "mailto", "auth", "db_pass", "tokens", "session_cookie", "yclid", "srsltid"]
)
def test_personal_parameters(name: str) -> None:
    """Parameters of mail and the names of secrets are personal, whatever stands before them."""
    assert points_to_a_person(name)


@pytest.mark.parametrize("name", ["page", "sort", "compass", "author", "size"])
def test_others_are_not(name: str) -> None:
    """Parameters that only look like such names are not."""
    assert not points_to_a_person(name)


def test_parameters_of_routes() -> None:
    """What events would keep of a route is looked at as what logs would keep of a query."""
    found = personal_parameter(policy_with(keep_params=["slug", "email", "token"]), date(2026, 11, 30))
    assert [path for path, _ in found] == [("analytics", "keep_params", 1), ("analytics", "keep_params", 2)]
