"""The cookie gate in the real shops."""

from __future__ import annotations

import pytest

from tests.shops.gate_promises import DEMO, PROMISES
from tests.shops.running import RunningShop


@pytest.mark.parametrize("promise", PROMISES)
def test_gate_keeps_promise(shop: RunningShop, promise: str) -> None:
    """Each promise of the cookie gate holds in the shop."""
    PROMISES[promise](shop, DEMO)
