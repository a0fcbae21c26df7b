"""Webshops that keep the promises of their privacy statement: declared once in privacy.toml, enforced everywhere."""

from typing import TYPE_CHECKING

from shopprivacy.decision import Action, Decision, PurposeDenied, SubjectState, may
from shopprivacy.errors import (
    GateOrderError,
    KeysetError,
    KeyUnavailable,
    LedgerBroken,
    MissingExtra,
    NotSealed,
    PageError,
    PolicyError,
    PrivacyError,
    Problem,
    SealBroken,
    SealRefused,
    StoreDown,
    UndeclaredName,
    WrongSubject,
)
from shopprivacy.lazy_exports import lazy_exports

if TYPE_CHECKING:
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
    "NotSealed",
    "PageError",
    "Policy",
    "PolicyError",
    "Privacy",
    "PrivacyError",
    "Problem",
    "PurposeDenied",
    "SealBroken",
    "SealRefused",
    "StoreDown",
    "SubjectState",
    "UndeclaredName",
    "WrongSubject",
    "may",
]

if not TYPE_CHECKING:
    __getattr__ = lazy_exports(__name__, {"Policy": "policy", "Privacy": "privacy"})
