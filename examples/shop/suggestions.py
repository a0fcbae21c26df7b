"""Personal suggestions: a page of them exists only where the policy has the purpose that it names."""

from __future__ import annotations

from shopprivacy import Policy


def suggests(policy: Policy) -> bool:
    """Whether the shop may ask its visitors to be shown what suits them."""
    return "personalisation" in policy.purposes
