"""A policy with one purpose of each kind, for the examples."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

from shopprivacy.decision import Action, Decision, Record, SubjectState, may
from shopprivacy.policy import Policy

VALUES: Final[dict[str, Any]] = {
    "effective": date(2026, 1, 1),
    "jurisdiction": "NL",
    "languages": ["nl", "fr", "de", "en"],
    "controller": {"name": "Voorbeeldwinkel", "address": "Dorpsstraat 1", "email": "privacy@shop.example"},
    "data": {
        "identity": ["Customer.name", "Customer.company"],
        "contact": ["Customer.email", "Customer.phone"],
        "address": ["Address.*"],
        "sales": ["Order.*", "Invoice.*"],
        "messages": ["Message.*"],
        "visit": ["ConsentContext.page"],
    },
    "purposes": {
        "orders": {
            "basis": "contract",
            "data": ["identity", "contact", "address", "sales"],
            "keep": "7 years after last_order",
            "mail": "transactional",
        },
        "accounting": {
            "basis": "legal_obligation",
            "law": "AWR art. 52",
            "data": ["identity", "address", "sales"],
            "keep": "7 years after fiscal_year_end",
            "restriction": "storage",
        },
        "newsletter": {
            "basis": "consent",
            "data": ["identity", "contact"],
            "keep": "2 years after last_contact",
            "mail": "marketing",
        },
        "personalisation": {
            "basis": "consent",
            "data": ["visit"],
            "keep": "1 year after last_visit",
            "profiling": True,
        },
        "promotions": {
            "basis": "legitimate_interest",
            "interest": "telling customers of similar products",
            "data": ["contact"],
            "keep": "1 year after last_order",
            "mail": "marketing",
        },
        "fraud": {
            "basis": "legitimate_interest",
            "interest": "stop abuse",
            "data": ["identity", "address", "sales"],
            "keep": "5 years after case_closed",
            "needs": "case",
        },
        "security": {
            "basis": "legitimate_interest",
            "interest": "a working shop",
            "data": ["visit"],
            "keep": "30 days after last_visit",
        },
        "claims": {
            "basis": "legitimate_interest",
            "interest": "getting paid",
            "data": ["identity", "sales"],
            "keep": "5 years after last_order",
            "restriction": "legal_claims",
        },
        "rescue": {
            "basis": "vital_interest",
            "data": ["contact"],
            "review": date(2027, 1, 1),
            "restriction": "rights_of_others",
        },
        "register": {
            "basis": "public_task",
            "law": "Statistiekwet art. 33",
            "data": ["sales"],
            "keep": "1 year after last_order",
            "restriction": "public_interest",
        },
        "support": {"basis": "contract", "data": ["contact", "messages"], "keep": "1 year after message_answered"},
        "research": {"basis": "contract", "data": ["sales"], "keep": "1 year after last_order", "notice": True},
        "handover": {"basis": "contract", "data": ["sales"], "keep": "1 year after last_order", "needs": "event"},
        "letter": {"basis": "contract", "data": ["sales"], "keep": "1 year after last_order", "needs": "signed_order"},
        "everything": {"basis": "consent", "data": ["messages", "sales"], "keep": "1 year after last_order"},
    },
    "recipients": {
        "carrier": {
            "name": "PakketDienst",
            "role": "processor",
            "for": ["orders"],
            "data": ["identity", "address"],
            "fields": ["Customer.name", "Address.*"],
            "country": "NL",
        },
        "host": {"role": "processor", "for": ["accounting"], "data": ["sales"], "country": "NL", "sealed": True},
        "tax_office": {
            "role": "authority",
            "for": ["accounting"],
            "data": ["sales"],
            "country": "NL",
            "needs": "legal_reference",
        },
        "partner": {"role": "controller", "for": ["security"], "country": "NL", "aggregate": True},
    },
    "separate": {"support": ["contact", "messages"]},
}  # fmt: skip

POLICY: Final = Policy(**VALUES)
NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)


def policy(**changes: Any) -> Policy:
    """The policy with other values for some keys."""
    return Policy(**{**VALUES, **changes})


def record(action: Action, purpose: str | None, at: datetime = NOON, **more: Any) -> Record:
    """An act in the present meaning of its purpose."""
    if purpose is not None and purpose in POLICY.purposes:
        more.setdefault("meaning", POLICY.purpose_fingerprint(purpose))
    return Record(at, purpose, action, **more)


def state(*records: Record, **more: Any) -> SubjectState:
    """A state with these acts."""
    return SubjectState(records=records, **more)


def ask(purpose: str, known: SubjectState | None = None, **question: Any) -> Decision:
    """The decision at noon, or at ``at``."""
    return may(POLICY, known or SubjectState(), purpose, **{"at": NOON, **question})
