"""The public names, frozen: who adds or takes away one says so here, in the reference and in the changelog."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from tests.adapters.django_shop import set_up  # noqa: F401  # before anything that has models
from tests.docs.blocks import DOCS

VERBS = ["check_application", "consent", "privacy_banner", "requires_consent", "sign_in"]
PUBLIC = {
    "shopprivacy": [
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
    ],
    "shopprivacy.logs": [
        "CleanedFormatter",
        "JsonFormatter",
        "LogCleaner",
        "Sink",
        "TextFormatter",
        "check_logs",
        "masked",
        "take_over_logs",
    ],
    "shopprivacy.wsgi": ["WSGIGate", "check_application"],
    "shopprivacy.asgi": ["ASGIGate", "check_application"],
    "shopprivacy.adapters.flask": [*VERBS, "ShopPrivacy"],
    "shopprivacy.adapters.starlette": [*VERBS, "PrivacyMiddleware"],
    "shopprivacy.adapters.fastapi": [
        *VERBS,
        "Consent",
        "PrivacyMiddleware",
        "document_refusals",
        "get_consent",
        "privacy_router",
        "require_consent",
    ],
    "shopprivacy.adapters.django": [
        *VERBS,
        "PrivacyMiddleware",
        "RequestPrivacy",
        "consent_changed",
        "get_privacy",
        "privacy_gate",
    ],
    "shopprivacy.adapters.django.test": ["AsyncClient", "Client", "LiveServerTestCase"],
    "shopprivacy.testing.consent": ["Consented", "consent_value", "consented"],
    "shopprivacy.testing.samples": [
        "NOON",
        "SAMPLE_POLICY",
        "sample_entry",
        "sample_keyset",
        "sample_ledger",
        "sample_random",
        "sample_sealing",
        "sample_subject",
    ],
    "shopprivacy.testing.ledger_contract": ["LedgerStoreContract"],
    "shopprivacy.testing.mail_contract": ["MailStoreContract"],
    "shopprivacy.testing.shared_ledger_contract": ["SharedLedgerStoreContract"],
    "shopprivacy.testing.subject_key_contract": ["SubjectKeyNoteContract", "SubjectKeyStoreContract"],
    "shopprivacy.sealing": ["Erased", "NewSubject", "stored_length"],
}
every = pytest.mark.parametrize("module", PUBLIC)


@every
def test_the_public_names_are_these(module: str) -> None:
    """No more and no fewer, and each of them is there."""
    found = import_module(module)
    assert sorted(found.__all__) == sorted(PUBLIC[module])
    assert all(hasattr(found, name) for name in found.__all__)


@every
def test_the_reference_names_each(module: str) -> None:
    """What is public is documented, by name or with all of its module."""
    reference = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    whole = set(re.findall(r"automodule:: (\S+)\n   :members:\n", reference))
    named = set(re.findall(r"\w+", reference))
    found = import_module(module)
    places = {name: getattr(getattr(found, name), "__module__", module) for name in PUBLIC[module]}
    assert module in reference
    assert [name for name in places if not {module, places[name]} & whole and name not in named] == []
