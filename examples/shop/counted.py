"""What the shop counts beside page views, under whichever policy it runs."""

from __future__ import annotations

from shopprivacy import Privacy


def count(privacy: Privacy, event: str) -> None:
    """Count an event, where the policy declares it: these shops run under many."""
    if event in privacy.policy.analytics.events:
        privacy.analytics.count(event)
