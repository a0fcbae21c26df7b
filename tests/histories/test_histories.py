"""No history makes an acknowledged withdrawal unobeyed, and each fault that once did is found by some."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from shopprivacy.consent import routes, service
from shopprivacy.consent.choices import Choices, SaidNo, Withdrawals, answered_by
from shopprivacy.consent.context import ConsentContext
from shopprivacy.gate.request_filter import Passage
from shopprivacy.privacy.withdrawal_feed import WithdrawalFeed
from tests.histories import world
from tests.histories.oracle import Step
from tests.histories.searching import Script, findings, made, smaller, violation

_ONCE_BROKEN = ["7/2741", "11/2079", "11/2665", "v17b/3061", "v17d/5916", "v17e/3075"]
"""Seeds that found what the first two hundred do not."""
_FALSE_ALARMS = ["v17e/4550", "v17e/6460"]
"""Seeds by which the oracle once took for withdrawn what the same account had allowed since."""
_FEW = [*_ONCE_BROKEN, *_FALSE_ALARMS, *(f"few/{number}" for number in range(150))]


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


def _takes_all_for_answered(_policy: object, choices: Choices, known: Withdrawals, *_: object) -> Choices:
    return choices.tied_to(choices.account, answered_by(known))


_OVERLAPPED: dict[str, tuple[ModuleType, Step]] = {
    "the account withdrew it before the answer": (
        routes,
        Step("accept", worker=2, purposes=("ads", "heatmap"), meanwhile=1),
    ),
    "another account takes over the browser": (service, Step("sign_in", worker=2, account="bo", meanwhile=1)),
}


@pytest.mark.parametrize("overlapped", _OVERLAPPED)
def test_a_window_at_a_worker_with_another_keyset_hides_nothing(
    overlapped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the account withdrew after its grant has to end it, though the answer brings back an earlier cookie."""
    module, last = _OVERLAPPED[overlapped]
    objection = Step("withdraw", worker=2, account="an", purposes=("counting",))
    script = Script(
        ((2, 1), (2, 1), (2, 1)),
        (
            objection,  # so that accepting leaves an answer, which no refusal of what is asked for takes away
            Step("sign_in", worker=2, account="an"),
            Step("accept", purposes=("ads", "counting")),
            objection,
            Step("check"),
            Step("restart", worker=1, number=4),  # with the older keyset, and back
            last,
            Step("restart", worker=1, number=5),
        ),
    )
    assert violation(script) is None
    monkeypatch.setattr(module, "answer_withdrawals", _takes_all_for_answered)
    assert "may counting" in (violation(script) or "")


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
