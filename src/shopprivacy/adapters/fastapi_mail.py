"""fastapi-mail behind the mail gate: its ``FastMail``, which says what became of each message.

    from shopprivacy.adapters.fastapi_mail import FastMail

    mail = FastMail(config, privacy)
    [outcome] = await mail.send_message(message, purpose="newsletter")

The ledger is asked in a thread, so that the event loop does not wait for a database.
"""

# What returns None there says here what became of a message.
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

import fastapi_mail
from fastapi_mail.connection import Connection
from fastapi_mail.fastmail import email_dispatched
from starlette.concurrency import run_in_threadpool

from shopprivacy.errors import PrivacyError
from shopprivacy.mail.outcome import Outcome
from shopprivacy.mail.purpose import MailPurpose
from shopprivacy.privacy import Privacy
from shopprivacy.privacy.callbacks import redact

__all__ = ["FastMail"]

log = logging.getLogger("shopprivacy.mail")


class FastMail(fastapi_mail.FastMail):
    """Builds messages as fastapi-mail does, and sends those that the mail gate allows.

    A shop's own mails, such as those that confirm a sign-up, are sent through it unless ``privacy.mail.transport`` is
    set.

    Raises PolicyError where the policy lacks ``mail.otherwise``.
    """

    def __init__(self, config: fastapi_mail.ConnectionConfig, privacy: Privacy) -> None:
        super().__init__(config)
        privacy.mail.gate.check_start()
        self._privacy = privacy
        if privacy.mail.transport is None:
            privacy.mail.transport = self._hand_over

    async def send_message(  # type: ignore[override]  # it says what became of each
        self,
        message: fastapi_mail.MessageSchema | list[fastapi_mail.MessageSchema],
        template_name: str | None = None,
        html_template: str | None = None,
        plain_template: str | None = None,
        *,
        purpose: MailPurpose | str | None = None,
    ) -> list[Outcome]:
        """Send the messages that may be sent; return for each whether it was sent, or why it was held.

        Their purpose is named here, as for ``privacy.mail.send``, or by their header ``X-Privacy-Purpose``
        (``headers``). Raises what that raises, once the messages behind it were sent.
        """
        messages = message if isinstance(message, list) else [message]
        made = await self.get_message(messages, template_name, html_template, plain_template)
        outcomes, refused = list[Outcome](), list[PrivacyError]()
        async with Connection(self.config) as connection:
            for one in made if isinstance(made, list) else [made]:
                try:
                    prepared = await run_in_threadpool(self._privacy.mail.prepare, one, purpose)
                except PrivacyError as error:
                    refused.append(error)
                    continue
                outcomes.append(prepared.outcome)
                if prepared.message is None:
                    continue
                if not self.config.SUPPRESS_SEND:
                    await connection.session.send_message(prepared.message)
                email_dispatched.send(prepared.message)
        for further in refused[1:]:
            log.error("a message was not sent: %s", redact(further))
        if refused:
            raise refused[0]
        return outcomes

    def _hand_over(self, message: EmailMessage) -> None:
        """Send a message of Python's own ``email``, which was judged already or is the library's."""
        if message["From"] is None:
            message["From"] = str(self.config.MAIL_FROM)
        with ThreadPoolExecutor(1) as pool:  # whoever calls may be in an event loop, which runs no other
            pool.submit(asyncio.run, self._deliver(message)).result()

    async def _deliver(self, message: EmailMessage) -> None:
        async with Connection(self.config) as connection:
            if not self.config.SUPPRESS_SEND:
                await connection.session.send_message(message)
