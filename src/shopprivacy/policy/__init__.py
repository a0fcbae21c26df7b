"""The policy: what a shop declares in privacy.toml, as checked and frozen objects."""

from shopprivacy.policy.load import load
from shopprivacy.policy.model import Policy
from shopprivacy.policy.model_cookie import CONSENT_COOKIE, Cookie
from shopprivacy.policy.model_data import Category, Condition, Form, Zone
from shopprivacy.policy.model_page import Cache, Mode, Signals, ThirdParty
from shopprivacy.policy.model_purpose import Basis, Purpose
from shopprivacy.policy.model_recipient import Recipient, Role, Safeguard
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
from shopprivacy.policy.terms import Keep, Term

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
