"""Django: the gate around the application, ``request.privacy``, template tags, and the ledger in Django's database.

INSTALLED_APPS += ["shopprivacy.adapters.django"]
MIDDLEWARE.insert(0, "shopprivacy.adapters.django.PrivacyMiddleware")
SHOPPRIVACY = {"POLICY": BASE_DIR / "privacy.toml"}

application = privacy_gate(get_wsgi_application())  # in wsgi.py; in asgi.py the same
"""

try:
    import django as _django  # noqa: F401  # pyright: ignore[reportUnusedImport]
except ImportError as missing:  # pragma: no cover  # the tests of this package run with Django installed
    from shopprivacy.errors import MissingExtra

    raise MissingExtra("django") from missing

from shopprivacy.adapters.django.gate import check_application, privacy_gate
from shopprivacy.adapters.django.request_privacy import (
    PrivacyMiddleware,
    RequestPrivacy,
    consent,
    privacy_banner,
    requires_consent,
    sign_in,
)
from shopprivacy.adapters.django.root import get_privacy
from shopprivacy.adapters.django.signals import consent_changed

__all__ = [
    "PrivacyMiddleware",
    "RequestPrivacy",
    "check_application",
    "consent",
    "consent_changed",
    "get_privacy",
    "privacy_banner",
    "privacy_gate",
    "requires_consent",
    "sign_in",
]
