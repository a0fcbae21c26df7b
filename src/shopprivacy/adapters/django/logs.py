"""Error mails without what points to a person: Django's own hold settings, cookies, form fields and local variables.

LOGGING = {"handlers": {"mail_admins": {"class": "shopprivacy.adapters.django.logs.AdminEmailHandler"}}, …}
"""

from __future__ import annotations

import traceback
from logging import LogRecord
from types import TracebackType
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Warning  # noqa: A004  # as Django calls it
from django.http import HttpRequest
from django.utils import log
from django.utils.html import escape

from shopprivacy.adapters.django.root import get_policy
from shopprivacy.logs.cleaner import LogCleaner
from shopprivacy.logs.sinks import sink_of
from shopprivacy.logs.take_over import attached

_BROKEN_LINKS: Final = "django.middleware.common.BrokenLinkEmailsMiddleware"
_LINKS: Final = (
    "take it out of MIDDLEWARE: it mails the address and the user agent of visitors who follow a broken link"
)


def check_sinks(**_: object) -> list[CheckMessage]:
    """The handlers of the setting ``LOGGING`` that no formatter reaches (W007); error mails where anybody gets them."""
    found = (sink_of(name, handler) for name, handler in attached())
    mails_links = _BROKEN_LINKS in settings.MIDDLEWARE and bool(settings.MANAGERS)
    told: list[CheckMessage] = [
        Warning(
            f'{sink.name} of logger "{sink.logger}" is not cleaned', hint=sink.recipe, id="shopprivacy.W007"
        )
        for sink in found
        if sink is not None and (settings.ADMINS or sink.name != log.AdminEmailHandler.__name__)
    ]
    if mails_links:
        told.append(Warning(f"{_BROKEN_LINKS} mails addresses", hint=_LINKS, id="shopprivacy.W007"))
    return told


class ErrorReporter:
    """What Django calls for the text of an error: method, path and traceback, cleaned, and nothing else.

    For ``reporter_class`` of an ``AdminEmailHandler``; ``DEFAULT_EXCEPTION_REPORTER`` would change the page for
    developers, too.
    """

    def __init__(
        self,
        request: HttpRequest | None,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
        is_email: bool = False,  # noqa: ARG002, FBT001, FBT002  # as Django calls it
    ) -> None:
        self._request = request
        self._error = (exc_type, exc_value, tb)

    def get_traceback_text(self) -> str:
        """The report as text."""
        cleaner = LogCleaner.of(get_policy())
        lines = []
        if self._request is not None:
            lines.append(f"{self._request.method} {self._request.get_full_path()}")
        kind, error, trace = self._error
        if kind is not None:
            lines += "".join(traceback.format_exception(kind, error, trace)).splitlines()
        return "\n".join(cleaner.line(line) for line in lines)

    def get_traceback_html(self) -> str:
        """The same in HTML."""
        return f"<pre>{escape(self.get_traceback_text())}</pre>"


class AdminEmailHandler(log.AdminEmailHandler):
    """Django's, with a cleaned subject and :class:`ErrorReporter`. What it formats is cleaned as in any log."""

    is_clean = True

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.reporter_class = ErrorReporter

    def emit(self, record: LogRecord) -> None:
        """Mail a record; one that cannot be mailed is told on stderr, without its text."""
        if self.formatter is None:
            from shopprivacy.logs.formatters import CleanedFormatter

            self.setFormatter(CleanedFormatter(None, LogCleaner.of(get_policy())))
        super().emit(record)

    def format_subject(self, subject: str) -> str:
        """The subject, cleaned, on one line."""
        cleaned: str = super().format_subject(LogCleaner.of(get_policy()).line(subject))
        return cleaned
