"""Rules about logs: which parameters carry what points to a person."""

from __future__ import annotations

import pytest

from shopprivacy.lint.rules_logs import points_to_a_person


@pytest.mark.parametrize("name", ["work_email", "mailto", "auth", "db_pass", "tokens", "session_cookie"])
def test_personal_parameters(name: str) -> None:
    """Parameters of mail and the names of secrets are personal, whatever stands before them."""
    assert points_to_a_person(name)


@pytest.mark.parametrize("name", ["page", "sort", "compass", "author", "size"])
def test_others_are_not(name: str) -> None:
    """Parameters that only look like such names are not."""
    assert not points_to_a_person(name)
