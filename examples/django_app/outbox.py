"""Django's mail, as files in the outbox."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from examples.django_app.shop import options
from examples.shop.outbox import Outbox
from shopprivacy.policy import load


class EmailBackend(BaseEmailBackend):
    """Puts each message in the outbox."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        outbox = Outbox(options().data / "outbox", load(options().policy).controller)
        for message in email_messages:
            outbox.send(message.message())
        return len(email_messages)
