"""The privacy statement, drawn from the policy itself: who, what for, and where to choose."""

from __future__ import annotations

from typing import Any

from shopprivacy import Policy


def statement(policy: Policy, language: str) -> dict[str, Any]:
    """Return what the statement's template shows."""
    texts = policy.text(language)
    return {
        "policy": policy,
        "purposes": [
            (texts.purpose(name), texts.keep(purpose.keep) if purpose.keep else None)
            for name, purpose in policy.purposes.items()
        ],
        "effective": texts.date(policy.effective),
    }
