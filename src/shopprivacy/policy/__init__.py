"""The policy: what a shop declares in privacy.toml, as checked and frozen objects.

The models are imported when one of their names is first asked for: pydantic takes longer to import than all the rest.
"""

from typing import TYPE_CHECKING, Final

from shopprivacy.lazy_exports import lazy_exports
from shopprivacy.policy.durations import Duration, RetentionPeriod
from shopprivacy.policy.vocabulary import CONSENT_COOKIE, Basis, Role

if TYPE_CHECKING:
    from shopprivacy.policy.analytics import Analytics
    from shopprivacy.policy.data import Category, Condition, FormRules, Recipient, Safeguard, Zone
    from shopprivacy.policy.loader import load
    from shopprivacy.policy.model import Policy
    from shopprivacy.policy.page import Cache, Cookie, Mode, Signals, ThirdParty
    from shopprivacy.policy.purpose import Purpose
    from shopprivacy.policy.shop import (
        Backups,
        Children,
        ChoiceRules,
        Controller,
        Deadline,
        LedgerRules,
        Mail,
        Requests,
        SelfCheck,
        StaffRole,
    )

__all__ = [
    "CONSENT_COOKIE",
    "Analytics",
    "Backups",
    "Basis",
    "Cache",
    "Category",
    "Children",
    "ChoiceRules",
    "Condition",
    "Controller",
    "Cookie",
    "Deadline",
    "FormRules",
    "RetentionPeriod",
    "LedgerRules",
    "Mail",
    "Mode",
    "Policy",
    "Purpose",
    "Recipient",
    "Requests",
    "Role",
    "Safeguard",
    "SelfCheck",
    "Signals",
    "StaffRole",
    "Duration",
    "ThirdParty",
    "Zone",
    "load",
]

_HOMES: Final = {
    "load": "loader",
    "Policy": "model",
    "Cookie": "page",
    "Category": "data",
    "Condition": "data",
    "FormRules": "data",
    "Zone": "data",
    "Cache": "page",
    "Mode": "page",
    "Signals": "page",
    "ThirdParty": "page",
    "Purpose": "purpose",
    "Recipient": "data",
    "Safeguard": "data",
    "Analytics": "analytics",
    "Backups": "shop",
    "Children": "shop",
    "ChoiceRules": "shop",
    "Controller": "shop",
    "Deadline": "shop",
    "LedgerRules": "shop",
    "Mail": "shop",
    "Requests": "shop",
    "SelfCheck": "shop",
    "StaffRole": "shop",
}

if not TYPE_CHECKING:
    __getattr__ = lazy_exports(__name__, _HOMES)
