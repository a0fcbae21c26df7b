"""No history makes an acknowledged withdrawal unobeyed, and each fault that once did is found by some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shopprivacy.consent import routes, service
from shopprivacy.consent.choices import Choices, SaidNo, Withdrawals
from shopprivacy.consent.context import ConsentContext
from shopprivacy.gate.request_filter import Passage
from shopprivacy.privacy.withdrawal_feed import WithdrawalFeed
from tests.histories import world
from tests.histories.searching import findings, made, smaller, violation

_ONCE_BROKEN = ["7/2741", "11/2079", "11/2665", "v17b/3061", "v17d/5916", "v17e/3075"]
"""Seeds that found what the first two hundred do not."""
_FEW = [*_ONCE_BROKEN, *(f"few/{number}" for number in range(150))]


def test_what_was_withdrawn_with_success_stays_withdrawn() -> None:
    """Whatever devices, accounts, deploys, clocks, restores, restarts and outages do to each other."""
    assert findings(_FEW) == []


def _by_the_clock(choices: Choices, withdrawals: Withdrawals) -> list[SaidNo]:
    oldest = max((answer.at for answer in choices.answers.values()), default=0)
    return [no for no in withdrawals.values() if no.at >= oldest]


def _blind_to_restores(feed: WithdrawalFeed) -> Any:
    return feed._ledger.store.rows_after(feed._known.count)


_FAULTS: dict[str, Callable[[pytest.MonkeyPatch], object]] = {
    "refusing leaves what is not known here": lambda patch: patch.setattr(
        routes, "strangers_in", lambda _choices, _browser: frozenset[int]()
    ),
    "clocks decide": lambda patch: patch.setattr(Choices, "ended_by", _by_the_clock),
    "a restored ledger is not noticed": lambda patch: patch.setattr(
        WithdrawalFeed, "_gained", _blind_to_restores
    ),
    "whose cookie it is does not matter": lambda patch: patch.setattr(
        ConsentContext, "recognise", lambda _consent, _account: None
    ),
    "a strange key swallows the refusal": lambda patch: patch.setattr(Passage, "claim", None),
    "what another window withdrew comes back": lambda patch: patch.setattr(
        service, "end_withdrawn", lambda _browser, choices, _rows, _now: choices
    ),
    "the same no again is not recorded": lambda patch: patch.setattr(
        world, "may_end_grants", lambda _browser, _entry: False
    ),
}


@pytest.mark.parametrize("fault", _FAULTS)
def test_faults_are_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oracle is no use where it does not see what was once wrong."""
    _FAULTS[fault](monkeypatch)
    assert any(violation(made(str(number))) for number in range(500))


def test_what_is_found_is_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """No step can be left out; and a seed makes the same history each time."""
    monkeypatch.setattr(ConsentContext, "recognise", lambda _consent, _account: None)
    found = next(script for script in map(made, map(str, range(300))) if violation(script))
    least = smaller(found)
    assert violation(least)
    assert len(least.steps) < len(found.steps)
    for at in range(len(least.steps)):
        assert not violation(least._replace(steps=least.steps[:at] + least.steps[at + 1 :]))
    assert made("1") == made("1")


def test_what_is_raised_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error is no success either."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("nobody")

    monkeypatch.setattr(world.World, "visit", broken)
    [told] = findings(["1/1"])
    assert "ZeroDivisionError" in told
