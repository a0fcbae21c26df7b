"""Flask-Mail behind the mail gate: its ``Mail``, which says what became of each message.

    from shopprivacy.adapters.flask_mail import Mail

    mail = Mail(app, privacy)
    outcome = mail.send(Message("News", ["an@example.nl"], body="…"), "newsletter")

A message of another package names no purpose, and goes out as ``mail.otherwise``.
"""

# What returns None there says here what became of a message.
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from email.message import EmailMessage
from functools import partial
from typing import Any

import flask_mail
from flask import Flask, current_app

from shopprivacy.mail.draft import Body, Draft, kind_of, recipients_in
from shopprivacy.mail.outcome import Outcome
from shopprivacy.mail.purpose import PURPOSE_FIELD, MailPurpose
from shopprivacy.privacy import Privacy

__all__ = ["Connection", "Mail"]

_EXTENSION = "shopprivacy_mail"


class Connection(flask_mail.Connection):
    """A connection to the mail server that judges each message right before it hands it over."""

    def __init__(self, mail: Any, privacy: Privacy) -> None:  # noqa: ANN401  # Flask-Mail's state, which is private
        super().__init__(mail)
        self._gate = privacy.mail.gate

    def send(  # type: ignore[override]  # it says what became of it
        self,
        message: flask_mail.Message,
        envelope_from: str | tuple[str, str] | None = None,
        *,
        purpose: MailPurpose | str | None = None,
    ) -> Outcome:
        """Send a message where it may go; see ``Mail.send``."""
        fields = message.extra_headers or {}
        header = (str(value) for name, value in fields.items() if name.lower() == PURPOSE_FIELD.lower())
        judged = self._gate.judge(_draft_of(message), self._gate.named(purpose, header))
        if judged.outcome:
            super().send(_copied(message, judged.draft), envelope_from)
        return judged.outcome

    def send_message(self, *args: Any, **kwargs: Any) -> Outcome:  # type: ignore[override]  # as above
        """Send the message that is made of these arguments."""
        return self.send(flask_mail.Message(*args, **kwargs))


class Mail(flask_mail.Mail):
    """Flask-Mail's extension, behind the gate: also for packages that take it from ``app.extensions``.

    Raises PolicyError where the policy lacks ``mail.otherwise``.
    """

    def __init__(self, app: Flask | None = None, privacy: Privacy | None = None) -> None:
        super().__init__()
        if app is not None:
            self.app = app
            self.state = self.init_app(app, privacy)

    def init_app(self, app: Flask, privacy: Privacy | None = None) -> Any:  # noqa: ANN401  # as above
        """Put the mail of an application behind a shop's gate; the library's own mails are sent through it, too."""
        if privacy is None:
            raise TypeError("Mail(app, privacy): which shop's mail gate is it?")
        privacy.mail.gate.check_start()
        state = super().init_app(app)
        app.extensions[_EXTENSION] = privacy
        bound = type(self)()
        bound.app, bound.state = app, state
        app.extensions["mail"] = bound
        if privacy.mail.transport is None:
            privacy.mail.transport = partial(_hand_over, state)
        return state

    def send(  # type: ignore[override]  # as above
        self, message: flask_mail.Message, purpose: MailPurpose | str | None = None
    ) -> Outcome:
        """Send a message if it may be sent; return whether it was, or why it was held.

        Its purpose is named here, as for ``privacy.mail.send``, or by its header ``X-Privacy-Purpose``
        (``extra_headers``). Raises what that raises.
        """
        with self.connect() as connection:
            return connection.send(message, purpose=purpose)

    def send_message(self, *args: Any, **kwargs: Any) -> Outcome:  # type: ignore[override]  # as above
        """Send the message that is made of these arguments."""
        return self.send(flask_mail.Message(*args, **kwargs))

    def connect(self) -> Connection:
        """Open a connection, for many messages one after the other."""
        app = self.app or current_app
        return Connection(app.extensions["mail"], app.extensions[_EXTENSION])


def _hand_over(state: Any, message: EmailMessage) -> None:  # noqa: ANN401  # as above
    """Send a message of Python's own ``email``, which was judged already or is the library's."""
    if message["From"] is None and state.default_sender:
        message["From"] = flask_mail.sanitize_address(state.default_sender)
    with flask_mail.Connection(state) as connection:
        if connection.host is not None:
            connection.host.send_message(message)


def _draft_of(message: flask_mail.Message) -> Draft:
    recipients = recipients_in(one if isinstance(one, str) else one[1] for one in message.send_to)
    return Draft(recipients, str(message.subject), tuple(body for _, body in _bodies(message)))


def _bodies(message: flask_mail.Message) -> Iterator[tuple[str, Body]]:
    """Yield text, and HTML by its subtype."""
    if message.body:
        yield "plain", Body("plain", str(message.body))
    for subtype, text in message.alts.items():
        kind = kind_of(subtype)
        if kind and text:
            yield subtype, Body(kind, str(text))


def _copied(message: flask_mail.Message, draft: Draft) -> flask_mail.Message:
    made = copy(message)
    made.alts = dict(message.alts)
    for (subtype, _), body in zip(_bodies(message), draft.bodies, strict=True):
        if subtype == "plain":
            made.body = body.text
        else:
            made.alts[subtype] = body.text
    given = {PURPOSE_FIELD.lower(), *(name.lower() for name in draft.fields)}
    kept = {name: value for name, value in (message.extra_headers or {}).items() if name.lower() not in given}
    made.extra_headers = {**kept, **draft.fields}
    return made
