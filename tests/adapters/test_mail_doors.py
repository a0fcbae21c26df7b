"""The doors of Flask-Mail, fastapi-mail and aiosmtplib, each with a mail server of its own behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from email.message import EmailMessage
from smtplib import SMTP
from typing import Any

import fastapi_mail
import flask_mail
import pytest
from flask import Flask

from shopprivacy import PolicyError, PrivacyError
from shopprivacy.adapters.fastapi_mail import FastMail
from shopprivacy.adapters.flask_mail import Mail
from shopprivacy.mail.outcome import Cut, Why
from shopprivacy.mail.purpose import MailPurpose
from shopprivacy.mail.wire import check_wire
from tests.mail.desk import AN, Desk, desk
from tests.mail.inbox import Inbox, open_server
from tests.mail.test_gate import BLOCK, BO, letter, policy_of

FROM = "shop@shop.example"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Inbox, int]]:
    """A mail server, and its port."""
    with open_server() as opened:
        yield opened


@pytest.fixture
def shop(server: tuple[Inbox, int]) -> Iterator[Desk]:
    """A shop, whose promotions An wants."""
    server[0].messages.clear()
    with desk(policy=policy_of()) as opened:
        opened.privacy.mail.grant(AN, "promotions")
        yield opened


def arrived(server: tuple[Inbox, int]) -> list[EmailMessage]:
    """What the mail server was handed."""
    return [message_from_bytes(one, _class=EmailMessage, policy=policy.default) for one in server[0].messages]


def looked_at(server: tuple[Inbox, int]) -> EmailMessage:
    """The one message that arrived, which is marketing with everything in its place."""
    [raw] = server[0].messages
    check_wire(raw)
    [message] = arrived(server)
    assert "X-Privacy-Purpose" not in message
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        assert body.get_content().count("https://shop.example/u/") == 1
    return message


def elsewhere(function: Callable[[], Any]) -> Any:
    """Run what needs an event loop of its own: another may run in this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


@pytest.fixture
def flask_app(server: tuple[Inbox, int]) -> Flask:
    """A Flask application."""
    app = Flask("shop")
    app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=server[1], MAIL_DEFAULT_SENDER=FROM)
    return app


def test_flask_mail(shop: Desk, server: tuple[Inbox, int], flask_app: Flask) -> None:
    """By its extension, with the purpose in the call or in the header."""
    mail = Mail(flask_app, shop.privacy)
    with flask_app.app_context():
        news = flask_mail.Message("News", [("An", AN)], body="Hello", html="<p>Hello</p>")
        assert mail.send(news, MailPurpose("promotions", language="nl"))
        assert looked_at(server)["List-Id"] == "<promotions.shop.example>"
        assert (news.body, news.extra_headers) == ("Hello", None)
        held = flask_mail.Message(
            "News", [BO], body="Hello", extra_headers={"x-privacy-purpose": "promotions"}
        )
        assert mail.send(held).why is Why.NOT_ALLOWED
        with pytest.raises(PrivacyError, match="this one has 2"):
            mail.send(flask_mail.Message("News", [AN], cc=[BO], body="Hello"), "promotions")
    assert len(server[0].messages) == 1


def test_flask_mail_reads_all_of_a_message(shop: Desk, server: tuple[Inbox, int], flask_app: Flask) -> None:
    """AMP is HTML; a text with two addresses is two, and a header that is there twice is refused as by every door."""
    mail = Mail(flask_app, shop.privacy)
    with flask_app.app_context():
        amp = flask_mail.Message("News", [AN], body="Hello", html="<p>a</p>", alts={"x-amp-html": "<p>b</p>"})
        assert mail.send(amp, "promotions")
        [left] = arrived(server)
        texts = [part.get_content() for part in left.walk() if not part.is_multipart()]
        assert [text.count("/u/") for text in texts] == [1, 1, 1]
        with pytest.raises(PrivacyError, match="this one has 2"):
            mail.send(flask_mail.Message("News", [f"An <{AN}>, {BO}"], body="Hello"), "promotions")
        twice = {"X-Privacy-Purpose": "orders", "x-privacy-purpose": "promotions"}
        with pytest.raises(PrivacyError, match="is there twice"):
            mail.send(flask_mail.Message("News", [BO], body="Hello", extra_headers=twice))
    assert len(server[0].messages) == 1


def test_flask_mail_of_other_packages(shop: Desk, server: tuple[Inbox, int], flask_app: Flask) -> None:
    """What takes it from the application's extensions, or keeps a connection open, goes through the gate too."""
    mail = Mail()
    mail.init_app(flask_app, shop.privacy)
    with flask_app.app_context():
        found = flask_app.extensions["mail"]
        outcome = found.send_message("Reset", [AN, BO], body=f"Here: https://shop.example/reset\n\n{BLOCK}")
        assert (outcome.sent, outcome.purpose, outcome.cut) == (True, "service", (Cut.MARKETING,))
        with mail.connect() as connection, mail.record_messages() as left:
            assert connection.send_message("Order", [BO], body="Thanks", extra_headers={"X-Mailer": "shop"})
            assert not connection.send(flask_mail.Message("News", [BO], body="x"), purpose="promotions")
    assert [one.subject for one in left] == ["Order"]
    first, second = arrived(server)
    assert first.get_content().strip() == "Here: https://shop.example/reset"
    assert (second["X-Mailer"], second["To"]) == ("shop", BO)


@pytest.mark.parametrize("door", ["Flask-Mail", "fastapi-mail"])
def test_the_library_s_own_mails_go_by_the_same_way(
    shop: Desk, server: tuple[Inbox, int], flask_app: Flask, door: str
) -> None:
    """The mail that confirms a sign-up, and ``privacy.mail.send``; a shop that has set its own way keeps it."""
    mail = shop.privacy.mail
    kept, mail.transport = mail.transport, None

    def open_door(**changes: Any) -> Any:
        if door == "fastapi-mail":
            return FastMail(
                config(server[1], SUPPRESS_SEND=int("MAIL_SUPPRESS_SEND" in changes)), shop.privacy
            )
        flask_app.config.update(changes)
        return Mail(flask_app, shop.privacy)

    open_door()
    mail.ask(BO, "newsletter")
    nameless = letter()
    del nameless["From"]
    assert mail.send(nameless, "promotions")
    asked, sent = arrived(server)
    assert (asked["To"], "/privacy/confirm/" in asked.get_content()) == (BO, True)
    assert (sent["From"], sent["List-Id"]) == (FROM, "<promotions.shop.example>")
    mail.transport = None
    open_door(MAIL_SUPPRESS_SEND=True)
    assert mail.send(letter())
    assert len(server[0].messages) == 2
    mail.transport = kept
    open_door()
    assert mail.transport == kept


def test_what_cannot_start_does_not(shop: Desk, flask_app: Flask) -> None:
    """Without ``mail.otherwise``, and without a shop."""
    with pytest.raises(TypeError, match="which shop"):
        Mail(flask_app)
    with desk(policy=policy_of(otherwise=None)) as without:
        with pytest.raises(PolicyError, match=r"mail\.otherwise"):
            Mail(flask_app, without.privacy)
        with pytest.raises(PolicyError, match=r"mail\.otherwise"):
            FastMail(config(1), without.privacy)


def config(port: int, **changes: Any) -> fastapi_mail.ConnectionConfig:
    """How fastapi-mail reaches the server."""
    given: dict[str, Any] = {
        "MAIL_USERNAME": "",
        "MAIL_PASSWORD": "",
        "MAIL_FROM": FROM,
        "MAIL_PORT": port,
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_STARTTLS": False,
        "MAIL_SSL_TLS": False,
        "USE_CREDENTIALS": False,
    }
    return fastapi_mail.ConnectionConfig(**{**given, **changes})


def schema(*to: str, **changes: Any) -> fastapi_mail.MessageSchema:
    """A message of fastapi-mail's."""
    given: dict[str, Any] = {
        "subject": "News",
        "recipients": list(to),
        "body": "<p>Hello</p>",
        "alternative_body": "Hello é",
        "subtype": fastapi_mail.MessageType.html,
        "multipart_subtype": fastapi_mail.MultipartSubtypeEnum.alternative,
    }
    return fastapi_mail.MessageSchema(**{**given, **changes})


def test_fastapi_mail(shop: Desk, server: tuple[Inbox, int]) -> None:
    """One message or a list, with the purpose in the call or in the header."""
    mail = FastMail(config(server[1]), shop.privacy)
    send, dutch = mail.send_message, MailPurpose("promotions", language="nl")
    [sent] = elsewhere(lambda: asyncio.run(send(schema(AN), purpose=dutch)))
    assert sent
    message = looked_at(server)
    assert "Afmelden" in message.as_string()
    named = {"headers": {"X-Privacy-Purpose": "promotions"}}
    both = [schema(BO, **named), schema(AN, BO, bcc=["cy@example.nl"])]
    outcomes = elsewhere(lambda: asyncio.run(send(both)))
    assert [(one.sent, one.purpose) for one in outcomes] == [(False, "promotions"), (True, "service")]
    assert len(server[0].messages) == 2
    assert "cy@example.nl" not in server[0].messages[1].decode()
    quiet = FastMail(config(server[1], SUPPRESS_SEND=1), shop.privacy)
    with quiet.record_messages() as left:
        assert elsewhere(lambda: asyncio.run(quiet.send_message(schema(BO))))[0].sent
    assert len(left) == 1
    assert len(server[0].messages) == 2


def test_marketing_that_cannot_go_out_keeps_no_order_mail(
    shop: Desk, server: tuple[Inbox, int], caplog: pytest.LogCaptureFixture
) -> None:
    """Of a list, fastapi-mail sends what stands behind it; then the first error raises, and the others are logged."""
    mail = FastMail(config(server[1]), shop.privacy)
    wrong = [schema(AN, BO, headers={"X-Privacy-Purpose": name}) for name in ("promotions", "spam")]
    with pytest.raises(PrivacyError, match="this one has 2"):
        elsewhere(lambda: asyncio.run(mail.send_message([*wrong, schema(BO)])))
    [order] = arrived(server)
    assert BO in order["To"]
    assert "spam" in caplog.text
    assert AN not in caplog.text


def test_aiosmtplib(shop: Desk, server: tuple[Inbox, int]) -> None:
    """What is prepared is handed over as it is."""
    import aiosmtplib

    async def send(message: EmailMessage) -> bool:
        prepared = await asyncio.to_thread(shop.privacy.mail.prepare, message, "promotions")
        if prepared.message is not None:
            await aiosmtplib.send(prepared.message, hostname="127.0.0.1", port=server[1], start_tls=False)
        return bool(prepared)

    assert elsewhere(lambda: asyncio.run(send(letter("Hello é", html="<p>Hello</p>"))))
    assert not elsewhere(lambda: asyncio.run(send(letter(to=BO))))
    looked_at(server)


def test_smtplib(shop: Desk, server: tuple[Inbox, int]) -> None:
    """A connection that is open is a transport."""
    with SMTP("127.0.0.1", server[1]) as connection:
        shop.privacy.mail.transport = connection.send_message
        assert shop.privacy.mail.send(letter("Hello é", html="<p>Hello</p>"), "promotions")
        assert not shop.privacy.mail.send(letter(to=BO), "promotions")
        looked_at(server)
        assert shop.privacy.mail.send(letter(to=f"{AN}, {BO}"))
    assert len(server[0].messages) == 2
