"""Mail leaves the shop as files: one ``.eml`` each in the outbox, to be opened with any mail program."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from uuid import uuid4

from shopprivacy.policy import Controller

NO_ADDRESS = "no-reply@shop.example"


def plain_mail(to: str, subject: str, text: str, *, now: datetime) -> EmailMessage:
    """Write a mail of plain text.

    Raises:
        ValueError: ``to`` or ``subject`` holds a line break (the standard library refuses header injection).
    """
    message = EmailMessage(policy=SMTP)
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(now)
    message.set_content(text)
    return message


class Outbox:
    """A folder of mails that were sent, all of them by whoever is responsible for the shop."""

    def __init__(self, folder: Path, controller: Controller) -> None:
        self._folder = folder
        self._sender = Address(controller.name, addr_spec=controller.email or NO_ADDRESS)

    def send(self, message: EmailMessage) -> Path:
        """Put the message in the folder, whole or not at all, and return its file."""
        name = uuid4().hex
        del message["From"]
        message["From"] = self._sender
        message["Message-ID"] = f"<{name}@{self._sender.domain}>"
        draft = self._folder / f"{name}.part"
        draft.write_bytes(message.as_bytes())
        return draft.rename(self._folder / f"{name}.eml")
