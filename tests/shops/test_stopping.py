"""A shop that is stopped: nobody waits for what it has left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shops import databases
from tests.shops.conftest import SHOPS
from tests.shops.running import running

_JOURNALS = "SELECT name FROM shopprivacy_journals"


@pytest.mark.parametrize("framework", SHOPS)
def test_a_shop_that_is_stopped_leaves_no_row_of_its_journal(framework: str, tmp_path: Path) -> None:
    """By SIGTERM, which uvicorn ends by itself once it has served: marketing mail would wait for a day."""
    with running(SHOPS[framework], tmp_path) as shop:
        assert len(shop.rows(_JOURNALS)) == 1
    assert databases.rows(shop.store, _JOURNALS, ()) == []
