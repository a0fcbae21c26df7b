"""The setting ``SHOPPRIVACY``: a dictionary of which only ``POLICY`` is needed.

| key | what | default |
|---|---|---|
| ``POLICY`` | path of ``privacy.toml`` | none |
| ``KEYS`` | path of the keyset file, ``env:NAME``, or a ``KeyProvider`` | the variable ``SHOPPRIVACY_KEYS`` |
| ``SUBJECT_KEYS`` | keys of persons: alias in ``DATABASES``, path, URL, or a store | a file beside the keyset |
| ``JOURNAL`` | the journal: a file, a URL, or ``none`` | ``SHOPPRIVACY_JOURNAL``, else a file beside the policy |
| ``ANALYTICS`` | folder of events | ``SHOPPRIVACY_ANALYTICS``, else ``privacy-analytics`` beside the policy |
| ``SALTS`` | salts of visitors: alias of PostgreSQL in ``DATABASES``, file, URL, ``none`` | see ``Privacy.from_file`` |
| ``STORE`` | alias in ``DATABASES``, or a ``LedgerStore`` of your own | ``"default"`` |
| ``CUSTOMER`` | function of the request that returns the id of whoever is signed in, or None | the user's primary key |
| ``SIGN_IN_ON_LOGIN`` | whether a log-in by ``django.contrib.auth`` narrows choices on both sides | ``False`` |
| ``OUTSIDE`` | classes, or their dotted paths, that may stand outside the gate because they set no cookies | ``[]`` |
| ``LAYOUT`` | template of the shop's own for the library's pages, or a function of content, title, language | none |
| ``ASSETS`` | origins of the shop's own that the layout loads from, such as ``https://static.shop.example`` | ``[]`` |
| ``TEMPLATES`` | folder with templates of the shop's own for banner and pages | none |
| ``PATIENCE`` | seconds that a choice waits for a database that hangs | 1.5 |
| ``TRANSPORT`` | function that sends an ``email.message.EmailMessage`` of the library's own | Django's mail |
| ``EMAIL_BACKEND`` | what sends inside the mail gate (``shopprivacy.adapters.django.mail``) | Django's, by SMTP |
| ``MAIL_TEMPLATES`` | templates at a mail service that have both links in them | ``[]`` |
| ``CLOCK`` | function that returns the current time with a time zone | the system's clock |
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from shopprivacy.analytics.store import SaltStore
from shopprivacy.key_providers.places import KeyPlace
from shopprivacy.ledger.store import LedgerStore
from shopprivacy.mail.link_mails import Transport
from shopprivacy.pages.look import Layout
from shopprivacy.privacy.clock import utc_now
from shopprivacy.privacy.effect_handler import LONGEST_PATIENCE, PATIENCE
from shopprivacy.sealing.store import SubjectKeyStore
from shopprivacy.storage.salt_places import VARIABLE as SALTS
from shopprivacy.storage.subject_key_places import VARIABLE

NAME = "SHOPPRIVACY"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
_KEYS = (
    *("POLICY", "KEYS", "SUBJECT_KEYS", "JOURNAL", "STORE", "CUSTOMER", "SIGN_IN_ON_LOGIN", "OUTSIDE"),
    *("ANALYTICS", "SALTS"),
    *("LAYOUT", "ASSETS", "TEMPLATES", "PATIENCE", "TRANSPORT", "CLOCK"),
    *("EMAIL_BACKEND", "MAIL_TEMPLATES"),
)


@dataclass(frozen=True, slots=True)
class Conf:
    """The setting, read. Functions and classes may be given as dotted paths."""

    policy: Path
    keys: KeyPlace | None
    subject_keys: str | os.PathLike[str] | SubjectKeyStore | None
    journal: str | os.PathLike[str] | None
    analytics: str | os.PathLike[str] | None
    salts: str | os.PathLike[str] | SaltStore | None
    store: str | LedgerStore
    customer: Callable[[Any], object | None] | None
    sign_in_on_login: bool
    outside: tuple[object, ...]
    layout: str | Layout | None
    assets: tuple[str, ...]
    templates: str | os.PathLike[str] | None
    patience: float
    transport: Transport | None
    clock: Callable[[], datetime]
    email_backend: str | None
    mail_templates: tuple[str, ...]


def read_conf() -> Conf:
    """Return the setting as it stands. Raises ImproperlyConfigured, which names the key that is wrong."""
    given: object = getattr(settings, NAME, None)
    if not isinstance(given, Mapping) or not given.get("POLICY"):
        raise ImproperlyConfigured(
            f'the setting {NAME} names no policy; add {NAME} = {{"POLICY": BASE_DIR / "privacy.toml"}}'
        )
    unknown = [str(key) for key in given if key not in _KEYS]
    if unknown:
        raise ImproperlyConfigured(f"{NAME} has no key {', '.join(unknown)}; the keys are {', '.join(_KEYS)}")
    keys = given.get("KEYS") or os.environ.get("SHOPPRIVACY_KEYS")
    return Conf(
        policy=Path(given["POLICY"]),
        keys=keys or None,
        subject_keys=given.get("SUBJECT_KEYS") or os.environ.get(VARIABLE) or None,
        journal=given.get("JOURNAL"),
        analytics=given.get("ANALYTICS"),
        salts=given.get("SALTS") or os.environ.get(SALTS) or None,
        store=given.get("STORE") or "default",
        customer=_imported(given, "CUSTOMER"),
        sign_in_on_login=bool(given.get("SIGN_IN_ON_LOGIN")),
        outside=tuple(_import("OUTSIDE", item) for item in given.get("OUTSIDE") or ()),
        layout=given.get("LAYOUT"),
        assets=tuple(given.get("ASSETS") or ()),
        templates=given.get("TEMPLATES"),
        patience=_seconds(given, "PATIENCE", PATIENCE),
        transport=_imported(given, "TRANSPORT"),
        clock=_imported(given, "CLOCK") or utc_now,
        email_backend=given.get("EMAIL_BACKEND"),
        mail_templates=tuple(str(name) for name in given.get("MAIL_TEMPLATES") or ()),
    )


def _seconds(given: Mapping[str, Any], key: str, otherwise: float) -> float:
    value = given.get(key, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST_PATIENCE:
        raise ImproperlyConfigured(
            f"{NAME}[{key!r}]: must be a number of seconds above 0 and up to {LONGEST_PATIENCE}, such as {otherwise}"
        )
    return value


def _imported(given: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401  # what the shop put there
    return _import(key, given[key]) if given.get(key) else None


def _import(key: str, value: object) -> Any:  # noqa: ANN401  # what the shop put there
    if not isinstance(value, str):
        return value
    try:
        return import_string(value)
    except ImportError as error:
        raise ImproperlyConfigured(f"{NAME}[{key!r}]: cannot import {value}: {error}") from error
