"""A real SMTP conversation: six senders hand both fields over whole, and two DKIM verifiers see them covered."""

from __future__ import annotations

import asyncio
import json
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email import policy
from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTP
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from shopprivacy.mail.wire import check_wire
from tests.mail.desk import AN, Desk, desk
from tests.mail.inbox import Inbox, open_server
from tests.mail.test_wire import LENGTHS, newsletter, url_of

pytestmark = pytest.mark.services
FROM = "shop@shop.example"
MAILAUTH = "mailauth@7.1.0"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Inbox, int]]:
    """A server, and its port."""
    with open_server() as opened:
        yield opened


@pytest.fixture
def shop() -> Iterator[Desk]:
    """A shop."""
    with desk() as opened:
        yield opened


def _smtplib(message: EmailMessage, port: int) -> None:
    with SMTP("127.0.0.1", port) as connection:
        connection.send_message(message)


def _smtplib_bytes(message: EmailMessage, port: int) -> None:
    with SMTP("127.0.0.1", port) as connection:
        connection.sendmail(FROM, [AN], message.as_bytes(policy=policy.SMTP))


def _smtputf8(message: EmailMessage, port: int) -> None:
    with SMTP("127.0.0.1", port) as connection:
        connection.sendmail(
            FROM, [AN], message.as_bytes(policy=policy.SMTPUTF8), mail_options=["SMTPUTF8", "BODY=8BITMIME"]
        )


def _aiosmtplib(message: EmailMessage, port: int) -> None:
    import aiosmtplib

    def send() -> None:
        asyncio.run(aiosmtplib.send(message, hostname="127.0.0.1", port=port, start_tls=False))

    with ThreadPoolExecutor(1) as elsewhere:  # a loop of a browser's may run in this thread
        elsewhere.submit(send).result()


def _flask_mail(message: EmailMessage, port: int) -> None:
    from flask import Flask
    from flask_mail import Mail, Message

    app = Flask("shop")
    app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port, MAIL_DEFAULT_SENDER=FROM)
    text = message.get_body(("plain",))
    assert isinstance(text, EmailMessage)
    fields = {name: message[name] for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id")}
    with app.app_context():
        Mail(app).send(Message("Nieuws", [AN], body=text.get_content(), extra_headers=fields))


def _django(message: EmailMessage, port: int) -> None:
    from tests.adapters.django_shop import set_up  # noqa: F401, I001  # before what is Django's

    import django
    from django.core.mail import EmailMessage as DjangoMessage
    from django.test import override_settings

    text = message.get_body(("plain",))
    assert isinstance(text, EmailMessage)
    fields = {name: message[name] for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id")}
    smtp, place = "django.core.mail.backends.smtp.EmailBackend", {"host": "127.0.0.1", "port": port}
    mailer: dict[str, Any] = (
        {"MAILERS": {"default": {"BACKEND": smtp, "OPTIONS": place}}}
        if django.VERSION >= (6, 1)
        else {"EMAIL_BACKEND": smtp, "EMAIL_HOST": place["host"], "EMAIL_PORT": port}
    )
    with override_settings(**mailer):
        assert DjangoMessage("Nieuws", text.get_content(), FROM, [AN], headers=fields).send() == 1


SENDERS: dict[str, Callable[[EmailMessage, int], None]] = {
    "smtplib": _smtplib,
    "smtplib, bytes from a queue": _smtplib_bytes,
    "smtplib, SMTPUTF8": _smtputf8,
    "aiosmtplib": _aiosmtplib,
    "Flask-Mail": _flask_mail,
    "Django": _django,
}


@pytest.mark.parametrize("sender", SENDERS)
def test_both_fields_arrive(shop: Desk, server: tuple[Inbox, int], sender: str) -> None:
    """Whole, for every length of URL."""
    inbox, port = server
    for length in LENGTHS:
        SENDERS[sender](newsletter(shop, url_of(length)), port)
        check_wire(inbox.messages[-1])


@pytest.fixture(scope="module")
def mailauth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with mailauth in it, from the npm registry."""
    folder = tmp_path_factory.mktemp("mailauth")
    subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", MAILAUTH],
        cwd=folder,
        check=True,
        timeout=300,
    )
    return folder


def test_two_verifiers_confirm_that_both_are_covered(
    shop: Desk, server: tuple[Inbox, int], mailauth: Path, tmp_path: Path
) -> None:
    """Signed as a server signs, with both in its list, and arrived by SMTP; without them the check names them."""
    import dkim

    inbox, port = server
    key = generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = b64encode(
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()
    plain = newsletter(shop, url_of(140)).as_bytes(policy=policy.SMTP)
    covered = [b"from", b"to", b"subject", b"list-unsubscribe", b"list-unsubscribe-post"]
    for fields, is_right in ((covered, True), (covered[:-1], False)):
        signature = dkim.sign(plain, b"mail", b"shop.example", private, include_headers=fields)
        with SMTP("127.0.0.1", port) as connection:
            connection.sendmail(FROM, [AN], signature + plain)
        arrived = inbox.messages[-1]
        assert dkim.verify(arrived, dnsfunc=lambda *_, **__: f"v=DKIM1; k=rsa; p={public}".encode())
        (tmp_path / "arrived.eml").write_bytes(arrived)
        script = Path(__file__).with_name("dkim.mjs")
        command = ["node", str(script), str(mailauth), str(tmp_path / "arrived.eml"), public]
        told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        assert told["result"] == "pass"
        names = [name.strip() for name in told["covered"].split(":")]
        assert ({"list-unsubscribe", "list-unsubscribe-post"} <= set(names)) is is_right
        if is_right:
            check_wire(arrived, signed=True)
        else:
            with pytest.raises(Exception, match="none covers list-unsubscribe-post"):
                check_wire(arrived, signed=True)
