"""Rules about events: consent where the country asks for it, and a term that an event knows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shopprivacy.lint.rules_analytics import events_term, events_without_consent
from shopprivacy.policy import Policy
from tests.analytics.test_building import policy_with
from tests.policy.files import base_with

TODAY = date(2026, 11, 30)


def keeping(**purpose: Any) -> Policy:
    """A policy whose events are kept like this."""
    counting = {"basis": "legitimate_interest", "interest": "knowing what works", **purpose}
    return Policy(**base_with(purposes={"counting": counting}, analytics={"purpose": "counting"}))


@pytest.mark.parametrize(
    ("purpose", "path"),
    [
        ({"keep": "25 months"}, None),
        ({"keep": "26 months"}, ("purposes", "counting", "keep")),
        ({"keep": "1 year after last_visit"}, ("purposes", "counting", "keep")),
        ({}, ("purposes", "counting")),
    ],
)
def test_terms(purpose: dict[str, Any], path: tuple[str, ...] | None) -> None:
    """A plain term of at most 25 months is all that is right."""
    assert [found for found, _ in events_term(keeping(**purpose), TODAY)] == ([path] if path else [])


@pytest.mark.parametrize("country", ["NL", "BE", "FR", "DE", "LU"])
def test_countries(country: str) -> None:
    """Belgium, Germany and Luxembourg ask for consent; nowhere is one warned who asks."""
    asks = country in {"BE", "DE", "LU"}
    policy = keeping(keep="1 year").changed(jurisdiction=country)
    assert bool([*events_without_consent(policy, TODAY)]) is asks
    consented = policy.changed(analytics={"purpose": "statistics"})
    assert [*events_without_consent(consented, TODAY)] == []


def test_a_policy_that_counts_nothing() -> None:
    """Nothing is found in it, nor where the purpose is none that the rest of the file could be read for."""
    policy = Policy(**base_with())
    assert [*events_term(policy, TODAY), *events_without_consent(policy, TODAY)] == []
    assert [*events_without_consent(policy_with(), TODAY)] == []
