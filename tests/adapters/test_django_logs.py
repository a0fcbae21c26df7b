"""Django's error mails: what is mailed to the shop's admins is cleaned, subject, text and HTML."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from typing import Any

import pytest

from tests.adapters.django_shop import set_up  # noqa: F401  # before anything that has models

# isort: split
import django
from django.core import mail
from django.test import RequestFactory
from django.test.utils import override_settings
from django.utils import log as django_log

from shopprivacy.adapters.django.logs import AdminEmailHandler, ErrorReporter, check_sinks
from shopprivacy.logs.sinks import sink_of

ADMINS = ["admin@shop.example"] if django.VERSION >= (6,) else [("Admin", "admin@shop.example")]
_OUTBOX = "django.core.mail.backends.locmem.EmailBackend"
OUTBOX: dict[str, Any] = (
    {"MAILERS": {"default": {"BACKEND": _OUTBOX}}} if django.VERSION >= (6, 1) else {"EMAIL_BACKEND": _OUTBOX}
)
CANARIES = ("an@example.nl", "S3cr3t", "karel", "203.0.113.77")


def record_of(path: str, *, with_request: bool = True, failing: bool = True) -> logging.LogRecord:
    """A record as Django logs an error of a view."""
    info: Any = None
    if failing:
        try:
            email = "an@example.nl"
            raise ValueError(f"no customer {email}\nforged")
        except ValueError:
            info = sys.exc_info()
    record = logging.LogRecord(
        "django.request", logging.ERROR, "f", 1, "Internal Server Error: %s", (path,), info
    )
    if with_request:
        record.request = RequestFactory().post(
            f"{path}?email=karel",
            {"password": "S3cr3t"},
            REMOTE_ADDR="203.0.113.77",
            HTTP_COOKIE="session=S3cr3t",
        )
    return record


@pytest.mark.parametrize("with_request", [True, False])
def test_error_mail_is_clean(with_request: bool) -> None:
    """Neither subject, text nor HTML has what the request or a local variable held; path and traceback are there."""
    handler = AdminEmailHandler(include_html=True)
    with override_settings(ADMINS=ADMINS, **OUTBOX):
        mail.outbox = []
        handler.handle(record_of("/reset/an@example.nl", with_request=with_request))
        handler.handle(record_of("/reset/an@example.nl", with_request=with_request, failing=False))
    first, second = mail.outbox
    for message in mail.outbox:
        everything = f"{message.subject}{message.body}{message.alternatives[0].content}"
        assert [canary for canary in CANARIES if canary in everything] == []
        assert "/reset/-" in message.subject
    assert "ValueError: no customer -" in first.body
    assert ("POST /reset/-" in second.body) is with_request


def test_django_s_own_handler_is_named_and_ours_is_not() -> None:
    """The check names the handler that mails everything, with this one as the recipe."""
    named = sink_of("django", django_log.AdminEmailHandler())
    assert named is not None
    assert "shopprivacy.adapters.django.logs.AdminEmailHandler" in named.recipe
    assert sink_of("django", AdminEmailHandler()) is None
    reporter = django_log.AdminEmailHandler(reporter_class="shopprivacy.adapters.django.logs.ErrorReporter")
    assert reporter.reporter_class is ErrorReporter


def test_check_names_sinks_of_the_settings() -> None:
    """Django's own error mails are a warning where anybody gets them; ours are none."""
    logger = logging.getLogger("tests.django.sinks")
    for handler, ids in (
        (django_log.AdminEmailHandler(), ["shopprivacy.W007"]),
        (AdminEmailHandler(), []),
        (logging.handlers.SocketHandler("localhost", 9), ["shopprivacy.W007"]),
    ):
        logger.addHandler(handler)
        with override_settings(ADMINS=ADMINS):
            own = [found.id for found in check_sinks() if "tests.django.sinks" in str(found.msg)]
        logger.removeHandler(handler)
        assert own == ids
    with override_settings(
        MANAGERS=ADMINS, MIDDLEWARE=["django.middleware.common.BrokenLinkEmailsMiddleware"]
    ):
        assert [found.id for found in check_sinks()] == ["shopprivacy.W007"]
    logger.addHandler(mails := django_log.AdminEmailHandler())
    assert check_sinks() == []
    logger.removeHandler(mails)
