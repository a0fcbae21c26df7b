"""Mail through the gate as a shop's owner types it: by hand, Flask-Mail and fastapi-mail."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.mime.text import MIMEText
from smtplib import SMTP
from typing import assert_type

import fastapi_mail
import flask_mail
from flask import Flask

from shopprivacy import Privacy
from shopprivacy.adapters.fastapi_mail import FastMail
from shopprivacy.adapters.flask_mail import Connection, Mail
from shopprivacy.mail.door import Prepared
from shopprivacy.mail.outcome import Cut, Outcome, Why
from shopprivacy.mail.purpose import MailPurpose

ORDERS = MailPurpose("orders", customer=17, requested=datetime(2026, 1, 5, tzinfo=UTC))
MailPurpose("orders", colour="red")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
MailPurpose("offers", sold_at="yesterday")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
assert_type(str(ORDERS), str)


def by_hand(privacy: Privacy, message: EmailMessage, connection: SMTP) -> None:
    privacy.mail.transport = connection.send_message
    privacy.mail.send(message)
    privacy.mail.send(MIMEText("Hello"), "orders")
    outcome = privacy.mail.send(message, ORDERS, transport=connection.send_message)
    assert_type(outcome, Outcome)
    assert_type(outcome.why, Why | None)
    assert_type(outcome.cut, tuple[Cut, ...])
    prepared = privacy.mail.prepare(message, purpose="promotions")
    assert_type(prepared, Prepared)
    assert_type(prepared.message, EmailMessage | None)
    privacy.mail.send(message, 17)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    privacy.mail.send("Hello", "orders")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    privacy.mail.prepare(message, customer=17)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def by_flask(app: Flask, privacy: Privacy, message: flask_mail.Message) -> None:
    mail = Mail(app, privacy)
    assert_type(mail.send(message), Outcome)
    assert_type(mail.send(message, ORDERS), Outcome)
    with mail.connect() as connection:
        assert_type(connection, Connection)
        assert_type(connection.send(message, purpose="promotions"), Outcome)
    mail.send(message, customer=17)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def by_fastapi(
    config: fastapi_mail.ConnectionConfig, privacy: Privacy, message: fastapi_mail.MessageSchema
) -> None:
    mail = FastMail(config, privacy)
    assert_type(await mail.send_message(message, purpose="promotions"), list[Outcome])
    assert_type(await mail.send_message([message], "order.html", purpose=ORDERS), list[Outcome])
    await mail.send_message(message, purpose=17)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
