"""The header pair on the wire: whole for every length of URL, from each sender; and what is not whole is refused."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from smtplib import SMTP
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.errors import PrivacyError
from shopprivacy.mail.header import LIST_ID, LIST_UNSUBSCRIBE, LIST_UNSUBSCRIBE_POST, ListField, list_fields
from shopprivacy.mail.wire import NotOneClick, check_wire
from tests.mail.desk import AN, Desk, desk

LENGTHS = range(40, 141, 20)
PAIR = (LIST_UNSUBSCRIBE, LIST_UNSUBSCRIBE_POST)
COVERING = b"DKIM-Signature: v=1; d=shop.example;\r\n\th=from:List-Unsubscribe:\r\n list-unsubscribe-post\r\n"
RIGHT = (
    b"List-Unsubscribe: <https://shop.example/u/x>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
)


def url_of(length: int) -> str:
    """An unsubscribe link's beginning that makes the whole of it so long."""
    return "https://shop.example/" + "a" * (length - 39 - 22) + "/" if length > 62 else "https://s.example/u/"


@pytest.fixture
def shop() -> Iterator[Desk]:
    """A shop."""
    with desk() as opened:
        yield opened


def newsletter(shop: Desk, prefix: str = "https://shop.example/u/", to: str = AN) -> EmailMessage:
    """A message as a shop writes it."""
    message = EmailMessage()
    message["To"], message["From"], message["Subject"] = to, "shop@shop.example", "Nieuws"
    message.set_content("Hallo é")
    message.add_alternative("<html><body><p>Hallo</p></BODY></html>", subtype="html")
    shop.privacy.mail.add_links(
        message, "newsletter", change_data="https://shop.example/account?a=1&b=2", url=prefix
    )
    return message


class _Connection(SMTP):
    """smtplib, as far as the bytes that it would send."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = b""

    def ehlo_or_helo_if_needed(self) -> None:
        """No server is asked."""

    def sendmail(self, _from: Any, _to: Any, msg: Any, *_: Any, **__: Any) -> Any:  # type: ignore[override]
        self.bytes = msg
        return {}


def _by_smtplib(message: EmailMessage) -> bytes:
    connection = _Connection()
    connection.send_message(message)
    return connection.bytes


SENDERS: dict[str, Callable[[EmailMessage], bytes]] = {
    "default": lambda message: message.as_bytes(),
    "SMTP": lambda message: message.as_bytes(policy=policy.SMTP),
    "SMTPUTF8": lambda message: message.as_bytes(policy=policy.SMTPUTF8),
    "smtplib": _by_smtplib,
    "a copy from a queue": lambda message: pickle.loads(pickle.dumps(copy.deepcopy(message))).as_bytes(),
    "bytes from a queue": lambda message: message_from_bytes(
        message.as_bytes(policy=policy.SMTP), policy=policy.compat32
    ).as_bytes(),
}


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("sender", SENDERS)
def test_the_pair_is_whole(shop: Desk, sender: str, length: int) -> None:
    """Both fields stand on the wire as RFC 8058 has them, whoever writes the bytes and however long the URL is."""
    prefix = url_of(length)
    sent = SENDERS[sender](newsletter(shop, prefix))
    check_wire(sent)
    link = shop.privacy.mail.link(AN, "newsletter", url=prefix)
    assert f"<{link}>".encode() in sent.replace(b"\r\n ", b"").replace(b"\n ", b"")
    assert b"\nList-Unsubscribe-Post: List-Unsubscribe=One-Click" in sent.replace(b"\r", b"")


def test_parsing_again_encodes_again(shop: Desk) -> None:
    """Python's parser makes an ordinary header of it, and the check sees what comes of that: queue the bytes."""
    parsed = message_from_bytes(newsletter(shop, url_of(120)).as_bytes(), policy=policy.default)
    with pytest.raises(NotOneClick, match="is encoded"):
        check_wire(parsed.as_bytes())


def test_both_links_stand_at_the_foot(shop: Desk) -> None:
    """A20: unsubscribe and change your details, in text and in HTML, once however often they are added."""
    message = newsletter(shop)
    shop.privacy.mail.add_links(message, "newsletter", change_data="https://shop.example/account?a=1&b=2")
    link = shop.privacy.mail.link(AN, "newsletter")
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert text.get_content().startswith("Hallo é\n\n")
    for body, other in (
        (text.get_content(), "https://shop.example/account?a=1&b=2"),
        (html.get_content(), "https://shop.example/account?a=1&amp;b=2"),
    ):
        assert [body.count(link), body.count(other)] == [1, 1]
    assert html.get_content().rstrip().endswith("</p></BODY></html>")
    assert [len(message.get_all(name, [])) for name in (*PAIR, LIST_ID)] == [1, 1, 1]
    assert message[LIST_ID] == "<newsletter.shop.example>"


def test_a_longer_url_is_another_link(shop: Desk) -> None:
    """The page that changes one's details is linked although a longer address begins as its does."""
    message = EmailMessage()
    message["To"] = AN
    message.set_content("See https://shop.example/account/orders, https://shop.example/account.html.")
    shop.privacy.mail.add_links(message, "promotions", change_data="https://shop.example/account")
    assert ": https://shop.example/account\n" in message.get_content()
    own = EmailMessage()
    own["To"] = AN
    own.set_content("Change them on https://shop.example/account.")
    shop.privacy.mail.add_links(own, "promotions", change_data="https://shop.example/account")
    assert own.get_content().count("https://shop.example/account") == 1


def test_a_fragment_of_html_gets_them_at_its_end(shop: Desk) -> None:
    """Where there is no body to end."""
    message = EmailMessage()
    message["To"] = AN
    message.set_content("<p>Hi</p>", subtype="html")
    shop.privacy.mail.add_links(message, "promotions", change_data="https://shop.example/account")
    assert message.get_content().startswith("<p>Hi</p>")
    assert message.get_content().count("<a href") == 2


@pytest.mark.parametrize("to", ["", "an@example.nl, bo@example.nl"])
def test_marketing_goes_to_one_recipient(shop: Desk, to: str) -> None:
    """Each has a link of its own; the error names nobody."""
    message = EmailMessage()
    if to:
        message["To"] = to
    with pytest.raises(PrivacyError, match="goes to one recipient") as refused:
        shop.privacy.mail.add_links(message, "newsletter", change_data="https://shop.example/account")
    assert AN not in str(refused.value)


def test_a_message_without_text_is_none(shop: Desk) -> None:
    """The link must stand somewhere."""
    message = EmailMessage()
    message["To"] = AN
    message.set_content(b"x", maintype="image", subtype="png")
    with pytest.raises(PrivacyError, match="needs text or HTML"):
        shop.privacy.mail.add_links(message, "newsletter", change_data="https://shop.example/account")


@pytest.mark.parametrize(
    "url",
    [
        "mailto:stop@shop.example",
        "http://shop.example/u/x",
        "https:///u/x",
        "https://shop.example/u/x>, <mailto:a@b.example",
        "https://shop.example/ü",
        "https://shop.example/u x",
    ],
)
def test_a_pair_that_is_no_one_click_cannot_be_built(url: str) -> None:
    """Only https, and one URL."""
    with pytest.raises(PrivacyError, match=r"https|one line"):
        list_fields(url, "news.shop.example")


def test_a_field_stands_on_one_line() -> None:
    """What would not is refused: line breaks, other alphabets, and more than RFC 5322 lets a line hold."""
    for value in ("a\r\nBcc: x", "é", "a" * 990):
        with pytest.raises(PrivacyError, match="one line"):
            ListField(LIST_UNSUBSCRIBE, value)
    for name, value in (
        (LIST_UNSUBSCRIBE, "https://shop.example/u/x"),
        (LIST_UNSUBSCRIBE, "<mailto:x@shop.example>"),
        (LIST_UNSUBSCRIBE, "<https://shop.example/u/x>, <mailto:x@shop.example>"),
        (LIST_UNSUBSCRIBE_POST, "One-Click"),
        (LIST_ID, "news.shop.example"),
        ("Subject", "x"),
    ):
        with pytest.raises(PrivacyError, match=f"^{name}: "):
            ListField(name, value)
    with pytest.raises(PrivacyError, match="List-Id"):
        list_fields("https://shop.example/u/x", "localhost x")


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"", "List-Unsubscribe: is missing"),
        (RIGHT + RIGHT, "duplicate"),
        (RIGHT.replace(b"<https://shop.example/u/x>", b"=?utf-8?q?=3Chttps?="), "is encoded"),
        (RIGHT.replace(b"/u/x", "/ü/x".encode()), "other than ASCII"),
        (RIGHT.replace(b"/u/x", b"/u/\r\n x"), "folded inside the URL"),
        (RIGHT.replace(b"<https://shop.example/u/x>", b"https://shop.example/u/x"), "between < and >"),
        (RIGHT.replace(b"https://shop.example/u/x", b"mailto:x@shop.example"), "exactly one URL with https"),
        (RIGHT.replace(b"/u/x>", b"/u/x>, <https://shop.example/>"), "exactly one URL with https"),
        (RIGHT.replace(b"/u/x>", b"/u/x>, <http://shop.example/>"), "none with http "),
        (RIGHT.replace(b"shop.example", b""), "exactly one URL with https"),
        (RIGHT.replace(b"shop.example/u/x", b""), "exactly one URL with https"),
        (RIGHT.replace(b"/u/x", b"/u/\x00x"), "between < and >"),
        (RIGHT.replace(b"One-Click", b"One Click"), "must be List-Unsubscribe=One-Click"),
        (RIGHT + b"DKIM-Signature: h=from:list-unsubscribe; b=x\r\n", "none covers list-unsubscribe-post;"),
        (
            RIGHT + b"DKIM-Signature: h=list-unsubscribe\r\nDKIM-Signature: h=list-unsubscribe-post\r\n",
            "none covers both fields at once",
        ),
    ],
)
def test_what_is_not_one_click_is_refused(head: bytes, told: str) -> None:
    """And the fault says which field, and what to do."""
    with pytest.raises(NotOneClick) as refused:
        check_wire(head + b"\r\nbody")
    assert any(told in fault for fault in refused.value.faults)


def test_what_is_one_click_passes() -> None:
    """Folded before the URL, beside a mailto, signed by several of which one covers both."""
    check_wire(RIGHT + b"\r\n")
    check_wire(RIGHT.replace(b"Unsubscribe: <", b"Unsubscribe:\r\n <").replace(b"\r\n", b"\n") + b"\n")
    check_wire(RIGHT.replace(b"/u/x>", b"/u/x>,\r\n <mailto:x@shop.example>") + b"\r\n")
    check_wire(RIGHT + b"DKIM-Signature: h=from\r\n" + COVERING + b"\r\n", signed=True)
    with pytest.raises(NotOneClick, match="DKIM-Signature: is missing"):
        check_wire(RIGHT + b"\r\n", signed=True)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    """Whatever a message is, it is looked at."""
    with pytest.raises(NotOneClick):
        check_wire(data)
