"""That the tests of cookie gate and mail test the library: without it, each of them fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.shops import event_promises, mail_gate_promises, mail_promises
from tests.shops.event_promises import EVENT_PROMISES
from tests.shops.gate_promises import DEMO, PROMISES
from tests.shops.log_promises import LOG_PROMISES
from tests.shops.running import RunningShop, running
from tests.shops.visitor import Visitor

UNGATED = {
    "flask": "tests.shops.ungated",
    "fastapi": "tests.shops.ungated_fastapi",
    "django": "tests.shops.ungated_django",
}


@pytest.fixture(scope="module")
def ungated_shop(framework: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """A shop with the gate taken out, and whose campaigns do not ask the library."""
    with running(UNGATED[framework], tmp_path_factory.mktemp("ungated")) as started:
        yield started


@pytest.mark.parametrize("promise", PROMISES)
def test_promise_is_broken_without_gate(ungated_shop: RunningShop, promise: str) -> None:
    """With the gate taken out the promise does not hold, and its test says so."""
    with pytest.raises(AssertionError):
        PROMISES[promise](ungated_shop, DEMO)


@pytest.mark.parametrize("promise", mail_promises.BROKEN_WITHOUT)
def test_promise_is_broken_without_mail(ungated_shop: RunningShop, promise: str) -> None:
    """Where campaigns do not ask the library the promise does not hold, and its test says so."""
    with pytest.raises((AssertionError, ValueError)):
        mail_promises.PROMISES[promise](ungated_shop)


@pytest.mark.parametrize("promise", mail_gate_promises.BROKEN_WITHOUT)
def test_promise_is_broken_without_mail_gate(ungated_shop: RunningShop, promise: str) -> None:
    """Where mail goes past the gate the promise does not hold, and its test says so."""
    with pytest.raises((AssertionError, ValueError)):
        mail_gate_promises.PROMISES[promise](ungated_shop)


@pytest.mark.parametrize("promise", LOG_PROMISES)
def test_log_promise_is_broken_without_library(ungated_shop: RunningShop, promise: str) -> None:
    """Where the logs are not taken over, what the statement says about them does not hold, and its test says so."""
    with pytest.raises(AssertionError):
        LOG_PROMISES[promise](ungated_shop)


@pytest.mark.parametrize("promise", EVENT_PROMISES)
def test_event_promise_is_broken_without_gate(
    ungated_shop: RunningShop, promise: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no response passes the gate nothing is counted, and each test about events says so."""
    monkeypatch.setattr(event_promises, "PATIENCE", 0.5)  # there is nothing to wait for
    with pytest.raises(AssertionError):
        EVENT_PROMISES[promise](ungated_shop)


def test_nothing_else_is_taken_out(ungated_shop: RunningShop) -> None:
    """The shop without gate still serves its pages and the library's: only cookies tell the difference."""
    visitor = Visitor(ungated_shop)
    for path in ("/", "/cart", "/privacy", "/privacy/choices", "/privacy/cookies"):
        assert visitor.go(path).status == 200
    assert visitor.post("/privacy/consent", {"choice": "refuse", "next": "/"}).status == 303
