"""Sending through the gate: ``privacy.mail.send`` and ``privacy.mail.prepare``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage, Message
from typing import Final

from shopprivacy.errors import PrivacyError
from shopprivacy.mail.draft import draft_of, editable, write
from shopprivacy.mail.gate import MailGate
from shopprivacy.mail.link_mails import Transport
from shopprivacy.mail.outcome import Outcome
from shopprivacy.mail.purpose import PURPOSE_FIELD, MailPurpose

HOLDS_FOR: Final = timedelta(seconds=60)
"""How long a message may lie between its check and the mail server: an opt-out meanwhile is not seen."""


@dataclass(frozen=True, slots=True, repr=False)
class Prepared:
    """A message that was checked. In a condition it is true if it may be handed over."""

    outcome: Outcome
    message: EmailMessage | None
    """What to hand over; None: the message is held."""
    until: datetime
    """Until when. Later than this, prepare it again."""

    def __bool__(self) -> bool:
        """Whether there is something to hand over."""
        return self.message is not None


class Door:
    """The way out for messages of Python's own ``email``."""

    def __init__(self, gate: MailGate, now: Callable[[], datetime]) -> None:
        self.gate = gate
        self._now = now

    def prepare(self, message: Message, purpose: MailPurpose | str | None) -> Prepared:
        """Return a message as it may be handed over; see ``Mail.prepare``."""
        copy = editable(message)
        named = self.gate.named(purpose, map(str, copy.get_all(PURPOSE_FIELD, [])))
        del copy[PURPOSE_FIELD]
        until = self._now() + HOLDS_FOR
        judged = self.gate.judge(draft_of(copy), named)
        if not judged.outcome:
            return Prepared(judged.outcome, None, until)
        write(judged.draft, copy)
        return Prepared(judged.outcome, copy, until)

    def send(
        self, message: Message, purpose: MailPurpose | str | None, transport: Transport | None
    ) -> Outcome:
        """Judge a message, and hand it over where it may go. Raises what the transport raises."""
        if transport is None:
            raise PrivacyError("nothing sends mail: set privacy.mail.transport, such as smtp.send_message")
        prepared = self.prepare(message, purpose)
        if prepared.message is not None:
            transport(prepared.message)
        return prepared.outcome
