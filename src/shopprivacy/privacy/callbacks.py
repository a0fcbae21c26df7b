"""Calling what the shop's own code wants to hear of: whatever it raises, nobody else is the worse for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from traceback import format_tb
from typing import TypeVar

from shopprivacy.errors import PrivacyError

T = TypeVar("T")

log = logging.getLogger("shopprivacy")
sealing_log = logging.getLogger("shopprivacy.sealing")


def call_each(hook: str, callbacks: Iterable[Callable[[T], object]], argument: T) -> None:
    """Call each with ``argument``. One that raises is logged under the hook's name, and the others are called."""
    for callback in callbacks:
        try:
            callback(argument)
        except Exception as error:
            log.error("a function that listens to %s failed: %s", hook, redact(error))


def page_failed(error: Exception) -> None:
    """Log what a template or the layout of the shop's own raised."""
    log.error("a template or layout of the shop's own failed, and the library's was shown: %s", redact(error))


def customer_failed(error: Exception) -> None:
    """Log why nobody could tell who is signed in."""
    log.error(
        "it is unknown who is signed in, so what they choose counts only in their browser: %s",
        redact(error),
    )


def mail_failed(error: Exception) -> None:
    """Log what the shop's mailer raised."""
    log.error("a mail of the library's own was not sent: %s", redact(error))


def redact(error: Exception) -> str:
    """Return an error as a log may hold it: our own by their words, others by their kind and place.

    What others say may quote a row or a customer; the lines of code that lead to them do not.
    """
    if isinstance(error, PrivacyError):
        return str(error)
    return f"{type(error).__name__}\n{''.join(format_tb(error.__traceback__))}".rstrip()
