"""Mail leaves the shop as files: one ``.eml`` each in the outbox, to be opened with any mail program.

With ``--smtp`` it goes to a mail server instead.
"""

from __future__ import annotations

import smtplib
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from examples.shop.mails import Mail
from examples.shop.options import Options
from shopprivacy.policy import Controller

NO_ADDRESS = "no-reply@shop.example"


def plain_mail(mail: Mail, *, now: datetime) -> EmailMessage:
    """Write a mail of plain text.

    Raises:
        ValueError: its address or subject holds a line break (the standard library refuses header injection).
    """
    message = EmailMessage(policy=SMTP)
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(now)
    message.set_content(mail.text)
    return message


def sender_of(controller: Controller) -> Address:
    """Return who mails come from: whoever is responsible for the shop."""
    return Address(controller.name, addr_spec=controller.email or NO_ADDRESS)


class Mailer(Protocol):
    """What mails leave by."""

    def send(self, message: Message) -> object:
        """Send one."""
        ...


class Outbox:
    """A folder of mails that were sent."""

    def __init__(self, folder: Path, controller: Controller) -> None:
        self._folder = folder
        self._sender = sender_of(controller)

    def send(self, message: Message) -> Path:
        """Put the message in the folder, whole or not at all, and return its file."""
        name = uuid4().hex
        del message["From"], message["Message-ID"]
        message["From"] = str(self._sender)
        message["Message-ID"] = f"<{name}@{self._sender.domain}>"
        draft = self._folder / f"{name}.part"
        draft.write_bytes(message.as_bytes())
        return draft.rename(self._folder / f"{name}.eml")


class MailServer:
    """A mail server, for each message a connection of its own."""

    def __init__(self, host: str, port: int, controller: Controller) -> None:
        self._place = host, port
        self._sender = sender_of(controller)

    def send(self, message: Message) -> None:
        """Hand the message over. Raises OSError or SMTPException where it is not taken."""
        del message["From"], message["Message-ID"]
        message["From"] = str(self._sender)
        message["Message-ID"] = make_msgid(domain=self._sender.domain)
        with smtplib.SMTP(*self._place, timeout=10) as connection:
            connection.send_message(message)


def mailer_of(options: Options, controller: Controller) -> Mailer:
    """Return what the shop's mails leave by."""
    if options.smtp is not None:
        return MailServer(*options.smtp, controller)
    return Outbox(options.data / "outbox", controller)
