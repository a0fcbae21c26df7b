"""Which back ends the settings send mail by: those of Django's mailers, and those that a queue sends by later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from warnings import catch_warnings, simplefilter

from django.conf import settings

from shopprivacy.adapters.django.conf import SMTP

GATE: Final = "shopprivacy.adapters.django.mail.EmailBackend"
QUEUES: Final[Mapping[str, str]] = {
    "djcelery_email.backends.CeleryEmailBackend": "CELERY_EMAIL_BACKEND",
    "mailer.backend.DbBackend": "MAILER_EMAIL_BACKEND",
    "post_office.EmailBackend": 'POST_OFFICE["BACKENDS"]',
    "huey_email.backends.HueyEmailBackend": "HUEY_EMAIL_BACKEND",
}
"""Back ends that send later, and the setting that names what they send by."""


def mailers(otherwise: str | None) -> Iterator[tuple[str, str, str]]:
    """Yield of each mailer: the setting that names it, its back end, and the one inside, if it is the gate."""
    configured: Mapping[str, Any] | None = getattr(settings, "MAILERS", None)
    if configured is None:
        with catch_warnings():
            simplefilter("ignore")  # from 6.1 on Django warns whoever reads it, and the shop itself
            path = settings.EMAIL_BACKEND
        yield "EMAIL_BACKEND", path, otherwise or SMTP
        return
    for alias, mailer in configured.items():
        inner = mailer.get("OPTIONS", {}).get("BACKEND") or otherwise or SMTP
        yield f'MAILERS["{alias}"]', mailer.get("BACKEND", SMTP), inner


def behind_queues() -> Iterator[str]:
    """Yield the back ends that a queue sends by."""
    for name in QUEUES.values():
        yield str(getattr(settings, name, None))
    post_office: Mapping[str, Any] = getattr(settings, "POST_OFFICE", None) or {}
    yield from map(str, post_office.get("BACKENDS", {}).values())


def is_behind_queue() -> bool:
    """Whether Django's mail waits in a queue, and the gate stands behind it."""
    default = {"EMAIL_BACKEND", 'MAILERS["default"]'}
    is_queue = any(path in QUEUES for setting, path, _ in mailers(None) if setting in default)
    return is_queue and GATE in behind_queues()
