"""That the tests under each statement's policy test the gate: without it, each of them fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from examples.shop.options import DEMO_POLICY

from tests.policy.test_carried import STATEMENTS
from tests.shops.expected import expected_of
from tests.shops.gate_promises import PROMISES
from tests.shops.running import RunningShop, running
from tests.shops.test_gate_taken_out import UNGATED


@pytest.fixture(scope="module", params=STATEMENTS)
def statement(request: pytest.FixtureRequest) -> Path:
    """The policy made of a statement."""
    return DEMO_POLICY.with_name(f"{request.param}.toml")


@pytest.fixture(scope="module")
def ungated_shop(statement: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """A shop with the gate taken out, under that policy."""
    folder = tmp_path_factory.mktemp(f"ungated-{statement.stem}")
    with running(UNGATED["flask"], folder, "--policy", str(statement)) as started:
        yield started


@pytest.mark.parametrize("promise", PROMISES)
def test_promise_is_broken_without_gate(ungated_shop: RunningShop, statement: Path, promise: str) -> None:
    """With the gate taken out the promise does not hold under this policy either, and its test says so."""
    with pytest.raises(AssertionError):
        PROMISES[promise](ungated_shop, expected_of(statement))
