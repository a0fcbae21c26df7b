"""The mails that the library itself sends: the link that confirms a sign-up, and the link that ends it."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from shopprivacy.mail.address import ascii_host

if TYPE_CHECKING:
    from shopprivacy.policy import Policy


class Messages:
    """Writes them, in the words of the policy's section ``ui``. Whose mail it is, the text says first."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def confirmation(
        self, to: str, purpose: str, link: str, language: str | None, now: datetime
    ) -> EmailMessage:
        """Write the mail that asks whether a purpose is really wanted."""
        texts = self._policy.text(language or self._policy.languages[0])
        title = texts.purpose(purpose).title
        return self._message(to, "mail_confirm", link, language, now, title=title)

    def own_link(self, to: str, link: str, language: str, now: datetime) -> EmailMessage:
        """Write the mail with somebody's own unsubscribe link."""
        return self._message(to, "mail_link", link, language, now)

    def _message(
        self, to: str, what: str, link: str, language: str | None, now: datetime, **words: str
    ) -> EmailMessage:
        controller = self._policy.controller
        ui = self._policy.text(language or self._policy.languages[0]).ui
        message = EmailMessage()
        message["To"] = to
        if controller.email:
            name, _, domain = controller.email.rpartition("@")
            message["From"] = Address(controller.name, name, ascii_host(domain) or domain)
        subject = ui[f"{what}_subject"].format(controller=controller.name, **words)
        message["Subject"] = " ".join(subject.split())  # a title may stand on two lines, and a header may not
        message["Date"] = format_datetime(now)
        message["Auto-Submitted"] = (
            "auto-generated"  # RFC 3834, section 5: nobody's vacation notice answers it
        )
        said = ui[f"{what}_text"].format(controller=controller.name, **words)
        message.set_content(f"{said}\n\n{link}\n\n{ui[f'{what}_otherwise']}\n")
        return message
