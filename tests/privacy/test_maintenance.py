"""Jobs: each is done once in its period, and one that fails is no other's trouble."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shopprivacy import StoreDown
from shopprivacy.jobs import Job, monthly
from shopprivacy.privacy.maintenance import Maintenance
from tests.gate.exchange import NOW


class Shop:
    """A clock that a test moves, and jobs that note when they ran."""

    def __init__(self) -> None:
        self.now = NOW
        self.done: list[str] = []
        self.error: Exception | None = None

    def note(self, now: datetime) -> None:
        assert now == self.now
        self.done.append("noted")

    def fail(self, _now: datetime) -> None:
        self.done.append("tried")
        if self.error is not None:
            raise self.error


@pytest.fixture
def shop() -> Shop:
    """A shop at NOW."""
    return Shop()


def test_a_job_is_done_once_in_its_period(shop: Shop) -> None:
    """One without a period at every pass, one of a month in each calendar month by UTC."""
    maintenance = Maintenance([Job("note", shop.note, monthly), Job("try", shop.fail)], lambda: shop.now)
    maintenance()
    maintenance()
    assert shop.done == ["noted", "tried", "tried"]
    shop.now += timedelta(days=40)
    maintenance()
    assert shop.done == ["noted", "tried", "tried", "noted", "tried"]


def test_months_are_those_of_utc() -> None:
    """Wherever the shop's clock stands."""
    assert monthly(datetime.fromisoformat("2026-03-01T00:30:00+02:00")) == "2026-02"


def test_a_job_that_fails_stops_no_other(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """The next one runs; it is tried at every pass until it succeeds, and named in the log once for each outage."""
    maintenance = Maintenance([Job("try", shop.fail, monthly), Job("note", shop.note)], lambda: shop.now)
    for outage in (1, 2):
        shop.error = StoreDown("the database does not answer")
        maintenance()
        maintenance()
        assert shop.done == ["tried", "noted", "tried", "noted"]
        assert [record.levelname for record in caplog.records] == ["ERROR"] * outage
        shop.error = None
        maintenance()
        maintenance()
        assert shop.done == ["tried", "noted", "tried", "noted", "tried", "noted", "noted"]
        shop.done.clear()
        shop.now += timedelta(days=40)
    assert all('"try"' in message for message in caplog.messages)
    assert all("the database does not answer" in message for message in caplog.messages)


def test_what_others_raise_names_nobody(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """The log has the kind of an error that is not ours, and where it was raised, and not what it says."""
    shop.error = KeyError("an@shop.example")
    Maintenance([Job("try", shop.fail)], lambda: shop.now)()
    assert "KeyError" in caplog.text
    assert "an@" not in caplog.text
