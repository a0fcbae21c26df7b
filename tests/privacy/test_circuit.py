"""Nobody waits for a ledger that has just let somebody wait in vain."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress

import pytest

from shopprivacy.errors import StoreDown
from shopprivacy.privacy.circuit import PAUSE, Circuit
from shopprivacy.storage.patience import seconds_of_patience


class Seconds:
    """A clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    """A clock that stands."""
    return Seconds()


@pytest.fixture
def circuit(seconds: Seconds) -> Circuit:
    """A circuit with two seconds of patience."""
    return Circuit(2, seconds)


def _ask(
    circuit: Circuit,
    seconds: Seconds,
    takes: float = 0,
    *,
    fails: type[Exception] | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> bool:
    """Ask a ledger that takes so long, and fails or not; gives whether it was asked at all."""
    asked = False
    with suppress(StoreDown, ZeroDivisionError), circuit.attempt():
        asked = True
        meanwhile()
        seconds.now += takes
        if fails is not None:
            raise fails
    return asked


def test_stores_wait_no_longer_than_the_bound(circuit: Circuit) -> None:
    """Within, a store knows how long it may wait; outside, it waits as it usually does."""
    with circuit.attempt():
        assert seconds_of_patience() == 2
    assert seconds_of_patience() is None


def test_two_wait_and_others_go_elsewhere(circuit: Circuit, seconds: Seconds) -> None:
    """Who comes third does not keep a third thread of the server's for as long, least if there is another place."""
    with ExitStack() as waiting:
        for hurry, bound in ((True, 2), (True, 2), (True, 0.4), (False, 0.8)):
            waiting.enter_context(circuit.attempt(hurry=hurry))
            assert seconds_of_patience() == pytest.approx(bound)
        waiting.enter_context(circuit.attempt(last_resort=True))
        assert seconds_of_patience() == 2
    with circuit.attempt(hurry=True):
        assert seconds_of_patience() == 2
    with circuit.attempt(), circuit.attempt():
        seconds.now += 0.2
        with pytest.raises(StoreDown), circuit.attempt(hurry=True):
            pytest.fail("another fifth for each who comes would add up")
        with circuit.attempt():
            pass


def test_after_one_wait_in_vain_nobody_waits(circuit: Circuit, seconds: Seconds) -> None:
    """For five seconds; then one tries alone, and only an answer lets the others follow."""

    def another() -> None:
        assert not _ask(circuit, seconds), "one is there already"

    assert _ask(circuit, seconds, 2, fails=StoreDown)
    seconds.now += PAUSE - 0.1
    assert not _ask(circuit, seconds)
    seconds.now += 0.1
    assert _ask(circuit, seconds, 2, fails=StoreDown, meanwhile=another)
    assert not _ask(circuit, seconds)
    seconds.now += PAUSE
    assert _ask(circuit, seconds)
    with circuit.attempt():
        assert _ask(circuit, seconds), "it was answered"


def test_whoever_asks_the_same_database_learns_for_all(circuit: Circuit, seconds: Seconds) -> None:
    """A look-up of the customer that waited in vain: nobody then waits for the ledger, but for the look-up itself."""
    for takes, waits in ((0.1, True), (2, False)):
        for _ in range(2):
            with suppress(StoreDown), circuit.learning():
                seconds.now += takes
                raise StoreDown
        assert _ask(circuit, seconds) is waits


def test_a_refusal_at_once_costs_nobody_a_thread(circuit: Circuit, seconds: Seconds) -> None:
    """A database that is down, and says so, is asked by everybody: the first one after it came back is answered."""
    assert _ask(circuit, seconds, 0.1, fails=StoreDown)
    assert _ask(circuit, seconds)


def test_what_is_no_silence_changes_nothing(circuit: Circuit, seconds: Seconds) -> None:
    """An answer that comes late, or an error of another kind, is an answer."""
    assert _ask(circuit, seconds, 1.9)
    assert _ask(circuit, seconds, 2, fails=ZeroDivisionError)
    assert _ask(circuit, seconds)


def test_nobody_joins_those_who_wait_for_long(circuit: Circuit, seconds: Seconds) -> None:
    """While the oldest wait is short others may join it; once it lasts, threads are kept free for other pages."""
    with ExitStack() as waiting:
        waiting.enter_context(circuit.attempt())
        seconds.now += 0.9
        waiting.enter_context(circuit.attempt())
        seconds.now += 0.1
        assert not _ask(circuit, seconds)
    assert _ask(circuit, seconds)
