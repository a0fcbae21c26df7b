"""The promises about logs behind the other server: gunicorn for the ASGI shop, uvicorn for the two WSGI shops."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.shops.log_promises import LOG_PROMISES, logs_stay_useful
from tests.shops.running import RunningShop, running
from tests.shops.test_log_places import no_place_is_in_a_log

pytestmark = pytest.mark.services

SWAPPED = {
    "flask": "tests.shops.swapped",
    "fastapi": "tests.shops.swapped_fastapi",
    "django": "tests.shops.swapped_django",
}


@pytest.fixture(scope="module", params=[1, 3])
def swapped(
    request: pytest.FixtureRequest, framework: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningShop]:
    """Each shop behind the server that is not its own, with one worker and with three."""
    folder = tmp_path_factory.mktemp(f"swapped-{framework}")
    with running(SWAPPED[framework], folder, workers=request.param) as started:
        yield started


@pytest.mark.parametrize("promise", LOG_PROMISES)
def test_promise(swapped: RunningShop, promise: str) -> None:
    """D08, O11, O14, K04: what the statement says about logs is true whatever server writes them."""
    LOG_PROMISES[promise](swapped)


def test_no_place_of_a_request_is_in_a_log(swapped: RunningShop) -> None:
    """O14: whatever a server makes of bytes that no browser would send, no log tells them."""
    no_place_is_in_a_log(swapped)


@pytest.mark.stateful
def test_logs_stay_useful(swapped: RunningShop, framework: str) -> None:
    """Each line says what was asked for and how it was answered; uvicorn's worker tells gunicorn's log no time."""
    logs_stay_useful(swapped, has_times=framework != "fastapi")
