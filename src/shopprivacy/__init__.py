"""Webshops that keep the promises of their privacy statement: declared once in privacy.toml, enforced everywhere."""

from shopprivacy.decision import Action, Decision, PurposeDenied, SubjectState, may
from shopprivacy.errors import (
    GateOrderError,
    KeysetError,
    KeyUnavailable,
    LedgerBroken,
    MissingExtra,
    PolicyError,
    PrivacyError,
    Problem,
    StoreDown,
    UndeclaredName,
)
from shopprivacy.policy import Policy
from shopprivacy.privacy import Privacy

__all__ = [
    "Action",
    "Decision",
    "GateOrderError",
    "KeyUnavailable",
    "KeysetError",
    "LedgerBroken",
    "MissingExtra",
    "Policy",
    "PolicyError",
    "Privacy",
    "PrivacyError",
    "Problem",
    "PurposeDenied",
    "StoreDown",
    "SubjectState",
    "UndeclaredName",
    "may",
]
