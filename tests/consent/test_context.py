"""The consent of a request where no gate stands around it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from shopprivacy.consent.choices import BrowserPolicy, Choice, Choices, ConsentStatus
from shopprivacy.consent.context import ConsentContext
from shopprivacy.errors import UndeclaredName
from tests.gate.exchange import NOW, choices, make_policy
from tests.http.heads import head

POLICY = make_policy()


@dataclass
class Signed:
    """A consent cookie as read."""

    choices: Choices


def test_a_context_without_a_gate_answers_by_choices() -> None:
    """What the visitor chose counts, then what they choose now; nothing is too late where no response leaves."""
    known = Signed(choices(POLICY, statistics=Choice.GRANTED))
    consent = ConsentContext(BrowserPolicy(POLICY), head(), NOW, known)
    assert consent.choices is known.choices
    assert consent.allows("statistics")
    assert consent.asked
    assert consent.undecided() == ("ads",)
    refused = choices(POLICY, statistics=Choice.WITHDRAWN, ads=Choice.REFUSED)
    consent.choose(refused)
    assert consent.choices is refused
    assert not consent.allows("statistics")
    assert consent.statuses["ads"] is ConsentStatus.DENIED
    with pytest.raises(UndeclaredName):
        consent.allows("orders")
