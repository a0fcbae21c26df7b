"""Words of the policy file that are compared with, apart from its models: who only compares does not load pydantic."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

CONSENT_COOKIE: Final = "__Host-consent"
"""The library's own cookie; a policy cannot declare it."""

DIRECT_MARKETING: Final = "direct_marketing"
"""Under this name the record of consent has an objection to all direct marketing (GDPR art. 21(2)-(3)): it counts for
every purpose with an absolute objection, those of later policies too. No purpose of a policy may have it."""

RESERVED: Final = frozenset(
    [
        "expires",
        "path",
        "comment",
        "domain",
        "max-age",
        "secure",
        "httponly",
        "version",
        "samesite",
        "partitioned",
    ]
)
"""Attribute names: http.cookies.Morsel refuses them as cookie names, in any case."""


class Basis(StrEnum):
    """The six legal bases of GDPR art. 6(1)(a)-(f)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTEREST = "vital_interest"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTEREST = "legitimate_interest"


class Role(StrEnum):
    """What a recipient is to the shop."""

    PROCESSOR = "processor"
    CONTROLLER = "controller"
    JOINT_CONTROLLER = "joint_controller"
    AUTHORITY = "authority"
    SUCCESSOR = "successor"


def covers(patterns: tuple[str, ...], field: str) -> bool:
    """Whether a field, or every field of ``Table.*``, is among the patterns."""
    return field in patterns or f"{field.rpartition('.')[0]}.*" in patterns
