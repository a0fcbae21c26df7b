"""The policy: what a shop declares in privacy.toml, as checked and frozen objects.

The models are imported when one of their names is first asked for: pydantic takes longer to import than all the rest.
"""

from typing import TYPE_CHECKING, Final

from shopprivacy.lazy_exports import lazy_exports
from shopprivacy.policy.terms import Keep, Term
from shopprivacy.policy.vocabulary import CONSENT_COOKIE, Basis, Role

if TYPE_CHECKING:
    from shopprivacy.policy.loader import load
    from shopprivacy.policy.model import Policy
    from shopprivacy.policy.model_cookie import Cookie
    from shopprivacy.policy.model_data import Category, Condition, Form, Zone
    from shopprivacy.policy.model_page import Cache, Mode, Signals, ThirdParty
    from shopprivacy.policy.model_purpose import Purpose
    from shopprivacy.policy.model_recipient import Recipient, Safeguard
    from shopprivacy.policy.model_shop import (
        Analytics,
        Backups,
        Children,
        Choices,
        Controller,
        Deadline,
        Ledger,
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
    "Choices",
    "Condition",
    "Controller",
    "Cookie",
    "Deadline",
    "Form",
    "Keep",
    "Ledger",
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
    "Term",
    "ThirdParty",
    "Zone",
    "load",
]

_HOMES: Final = {
    "load": "loader",
    "Policy": "model",
    "Cookie": "model_cookie",
    "Category": "model_data",
    "Condition": "model_data",
    "Form": "model_data",
    "Zone": "model_data",
    "Cache": "model_page",
    "Mode": "model_page",
    "Signals": "model_page",
    "ThirdParty": "model_page",
    "Purpose": "model_purpose",
    "Recipient": "model_recipient",
    "Safeguard": "model_recipient",
    "Analytics": "model_shop",
    "Backups": "model_shop",
    "Children": "model_shop",
    "Choices": "model_shop",
    "Controller": "model_shop",
    "Deadline": "model_shop",
    "Ledger": "model_shop",
    "Mail": "model_shop",
    "Requests": "model_shop",
    "SelfCheck": "model_shop",
    "StaffRole": "model_shop",
}

if not TYPE_CHECKING:
    __getattr__ = lazy_exports(__name__, _HOMES)
