"""What the tests of the examples share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.folder import furnish


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with a policy and keys, as `shopprivacy init` leaves it."""
    furnish(tmp_path)
    return tmp_path
