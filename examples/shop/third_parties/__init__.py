"""What the page of a product loads from other companies: only for visitors who allow the purpose.

Each part is a template in the folder of its purpose. ``{% consent %}`` takes declared purposes only: where the policy
declares no third party for a purpose, the shop does without that part, and its template is not read.
"""

from __future__ import annotations

from pathlib import Path

from shopprivacy import Policy

_PURPOSES = ("statistics", "advertising", "video")


def third_parties(policy: Policy) -> dict[str, Path]:
    """Return the folders of templates, by the purposes for which the policy declares a third party."""
    declared = {party.purpose for party in policy.third_parties.values()}
    return {purpose: Path(__file__).with_name(purpose) for purpose in _PURPOSES if purpose in declared}
