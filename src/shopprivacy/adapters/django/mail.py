"""The mail gate around Django's mail: a back end that judges each message and hands on what may leave.

    EMAIL_BACKEND = "shopprivacy.adapters.django.mail.EmailBackend"
    SHOPPRIVACY = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", …}

With Django 6.1's ``MAILERS``, in each alias:

    "default": {"BACKEND": "shopprivacy.adapters.django.mail.EmailBackend", "OPTIONS": {"BACKEND": "…", …}}

A message names its purpose by the header ``X-Privacy-Purpose``. What names none, as what Django and other packages
send, goes out whatever happens here: an error mail is sent while something is wrong, a password reset is waited for.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from threading import RLock, local
from typing import Any, Final

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string

from shopprivacy.adapters.django import anymail
from shopprivacy.adapters.django.conf import SMTP, read_conf
from shopprivacy.adapters.django.django_message import (
    Passed,
    copied,
    draft_of,
    purpose_values,
    without_purpose,
)
from shopprivacy.adapters.django.root import get_policy, get_privacy
from shopprivacy.mail.gate import MailGate
from shopprivacy.mail.outcome import Outcome
from shopprivacy.mail.purpose import MailPurpose, read_purpose
from shopprivacy.privacy.callbacks import redact

log = logging.getLogger("shopprivacy.mail")
PATH: Final = "shopprivacy.adapters.django.mail.EmailBackend"


class _Telling(local):
    """Whether this thread is about to log that the gate failed."""

    now = False


_telling: Final = _Telling()


class EmailBackend(BaseEmailBackend):
    """Hands to the back end inside what the mail gate lets out, each message right after it was judged.

    ``message.privacy_outcomes`` then holds what became of it: one ``Outcome``, or one for each recipient of a
    django-anymail batch, which is sent one by one. What ``send()`` returns counts what was sent, never what was held.

    Raises what the back end inside raises, and for a message that names its purpose PrivacyError where it cannot go out
    as it is, once the messages behind it were sent; with ``fail_silently`` that is logged instead.
    """

    def __init__(
        self,
        fail_silently: bool = False,  # noqa: FBT001, FBT002  # Django's own signature
        *,
        alias: str | None = None,
        BACKEND: str | None = None,  # noqa: N803  # a key of MAILERS
        **options: Any,
    ) -> None:
        super().__init__()
        self.fail_silently = fail_silently
        self._lock = RLock()
        if fail_silently:
            options["fail_silently"] = True
        if alias is not None:
            self.alias = options["alias"] = alias
        self.inner: Any = import_string(BACKEND or read_conf().email_backend or SMTP)(**options)

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle without the lock: a message that was sent knows the connection that it was sent by."""
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make a lock of its own."""
        self.__dict__ |= {**state, "_lock": RLock()}

    def open(self) -> Any:  # noqa: ANN401  # whether it was opened, where the back end inside says so
        """Open the connection of the back end inside."""
        return self.inner.open()

    def close(self) -> None:
        """Close it."""
        self.inner.close()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Judge and send messages; return how many were sent. One that cannot go out keeps no other from being sent."""
        sent, opened, refused = 0, None, list[Exception]()
        with self._lock:  # as Django's own: nobody closes a connection by which another thread sends
            try:
                for message, passed in self._let_out(email_messages, refused):
                    count: int | None = 0
                    try:
                        if opened is None:
                            opened = bool(self.inner.open())
                        count = self.inner.send_messages([passed])
                    finally:  # also where it raises
                        if count == 0 and passed is not message:
                            _not_sent(message.privacy_outcomes)
                    sent += count or 0
                    anymail.tell_status(passed, message)
            finally:
                if opened:
                    self.inner.close()
        for error in refused[1:]:
            _tell("a message was not sent: %s", error)
        if refused:
            raise refused[0]
        return sent

    def _let_out(
        self, messages: Sequence[EmailMessage], refused: list[Exception]
    ) -> Iterator[tuple[EmailMessage, EmailMessage]]:
        """Yield what may be handed over, each with its message; add to ``refused`` why one cannot go out."""
        for message in messages:
            if not isinstance(message, Passed):
                message.privacy_outcomes = []
            try:
                for passed in self._passed(message):
                    yield message, passed
            except Exception as error:  # of the gate: what the back end raises comes not by here
                refused.append(error)

    def _passed(self, message: EmailMessage) -> Iterator[EmailMessage]:
        """Yield what may be handed over of a message, right before it is."""
        if isinstance(message, Passed):
            yield message
            return
        purpose = MailPurpose()
        try:
            purpose = read_purpose(purpose_values(message))
            gate = get_privacy().mail.gate
            singles = anymail.singles(message) if _is_marketing(gate, purpose) else [message]
        except Exception as error:  # the shop's database, its policy, a header that somebody wrote
            yield from self._failed(message, message, purpose, error)
            return
        for single in singles:
            try:
                outcome, passed = _judged(gate, single, purpose, self.inner)
            except Exception as error:
                yield from self._failed(message, single, purpose, error)
            else:
                message.privacy_outcomes.append(outcome)
                if outcome:
                    yield passed

    def _failed(
        self, message: EmailMessage, single: EmailMessage, purpose: MailPurpose, error: Exception
    ) -> Iterator[EmailMessage]:
        """Let out what is no marketing, whatever was wrong with judging it; raise for all else."""
        goes_out = not purpose_values(message) or _always_goes_out(purpose.name)
        if not goes_out and not self.fail_silently:
            raise error
        message.privacy_outcomes.append(Outcome(goes_out, purpose.name))
        if goes_out:
            _tell("a message went out unchecked, because the mail gate failed: %s", error)
            yield without_purpose(single)
        else:
            _tell("a message was not sent: %s", error)


def _tell(text: str, error: Exception) -> None:
    """Log it, but not about the mail by which a handler of the log says so: that one would be the next to fail."""
    if _telling.now:
        return
    _telling.now = True
    try:
        log.error(text, redact(error))
    finally:
        _telling.now = False


def _judged(
    gate: MailGate, message: EmailMessage, purpose: MailPurpose, inner: object
) -> tuple[Outcome, EmailMessage]:
    draft = draft_of(message)
    has_links = anymail.has_template(message) and _is_marketing(gate, purpose)
    if has_links:
        anymail.check_template(message, read_conf().mail_templates)
    judged = gate.judge(draft, purpose, has_links=has_links)
    if not gate.enforces:
        return judged.outcome, without_purpose(message)
    passed = copied(message, judged.draft)
    if has_links:
        anymail.add_links(passed, gate.links_of(draft.recipients[0], purpose))
    anymail.forbid_tracking(passed, inner, may_track=lambda: gate.may_track(draft, purpose))
    return judged.outcome, passed


def _not_sent(outcomes: list[Outcome]) -> None:
    """Say so of the last one, which the back end inside did not send."""
    outcomes[-1] = replace(outcomes[-1], sent=False)


def _is_marketing(gate: MailGate, purpose: MailPurpose) -> bool:
    return gate.class_of(purpose.name) == "marketing" if gate.enforces else False


def _always_goes_out(purpose: str | None) -> bool:
    """Whether the policy says so of this purpose, or of every message; it needs no database."""
    try:
        policy = get_policy()
    except Exception:  # nobody knows
        return False
    declared = policy.purposes.get(purpose or "")
    return policy.mode.mail == "report" or (declared is not None and declared.mail == "transactional")
