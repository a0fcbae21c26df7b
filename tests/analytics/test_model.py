"""What the policy says about logs becomes rules."""

from __future__ import annotations

from shopprivacy.analytics import LogRules, rules_of
from shopprivacy.policy import Policy
from tests.policy.files import base_with


def test_a_policy_that_says_nothing_has_the_default_rules() -> None:
    """The rules without a policy are those of a policy that says nothing about logs."""
    assert rules_of(Policy(**base_with())) == LogRules()


def test_rules_of_a_policy() -> None:
    """Bits, parameters, kinds and patterns come from the policy."""
    rules = rules_of(
        Policy(
            **base_with(
                analytics={"ipv4": 16, "ipv6": 32, "query": ["page"]}, logs={"keep": ["hex", "/ORD-[0-9]+/"]}
            )
        )
    )
    assert (rules.ipv4, rules.ipv6, rules.query, rules.keep) == (
        16,
        32,
        frozenset({"page"}),
        frozenset({"hex"}),
    )
    assert rules.patterns[0].fullmatch("ORD-17")
