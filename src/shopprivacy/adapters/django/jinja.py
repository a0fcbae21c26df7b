"""The same verbs in templates of Django's Jinja2 backend.

    TEMPLATES = [
        {
            "BACKEND": "django.template.backends.jinja2.Jinja2",
            "OPTIONS": {"extensions": ["shopprivacy.adapters.django.jinja.ConsentExtension"]},
        }
    ]

Then ``{% consent "statistics" %} … {% else %} … {% endconsent %}``, ``consent.allows("statistics")`` and
``privacy_banner()``.
"""

from __future__ import annotations

from jinja2 import Environment
from markupsafe import Markup

from shopprivacy.adapters import jinja
from shopprivacy.adapters.django.request_privacy import RequestPrivacy, check_purpose, current_consent


class ConsentExtension(jinja.ConsentExtension):
    """Adds the tag and the functions to an environment. They answer for the request that is being answered."""

    check = staticmethod(check_purpose)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        jinja.offer(environment, _CurrentConsent(), _current_banner)


class _CurrentConsent:
    def allows(self, purpose: str) -> bool:
        return current_consent().allows(purpose)


def _current_banner(language: str | None = None) -> Markup:
    return RequestPrivacy(current_consent()).banner(language)
