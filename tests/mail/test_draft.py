"""What the gate sees of a message: everybody whom it goes to, and everything that it says."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from re import DOTALL, split, sub

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy import PrivacyError
from shopprivacy.mail.draft import Body, Draft, recipients_in
from shopprivacy.mail.footer import FooterLink
from shopprivacy.mail.outcome import Cut, Why
from shopprivacy.mail.purpose import PURPOSE_FIELD, MailPurpose
from shopprivacy.mail.wire import check_wire
from tests.mail.desk import AN, Desk, desk
from tests.mail.test_gate import BLOCK, BO, PIXEL, letter, policy_of, send


@pytest.fixture
def shop() -> Iterator[Desk]:
    """A shop."""
    with desk(policy=policy_of()) as opened:
        yield opened


@pytest.mark.parametrize("name", ["Resent-To", "Resent-Cc", "Resent-Bcc"])
def test_who_is_sent_it_again_is_a_recipient(shop: Desk, name: str) -> None:
    """smtplib takes recipients from these fields, too: what An may have does not leave for Bo."""
    shop.privacy.mail.grant(AN, "promotions")
    forwarded = letter()
    forwarded["Resent-Date"], forwarded[name] = "Mon, 02 Mar 2026 12:00:00 +0000", BO
    with pytest.raises(PrivacyError, match="this one has 2"):
        send(shop, forwarded, "promotions")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (AN, (AN,)),
        (f"An <{AN}>", (AN,)),
        (f'"Peeters, An" <{AN}>', (AN,)),
        (f"=?utf-8?q?bo=40example=2Enl=2C?= <{AN}>", (AN,)),
        (f"Friends: {AN};", (AN,)),
        (f"{AN}, {BO}", (AN, BO)),
        (f"An <{AN}>, {BO}", (AN, BO)),
        ("an@MÜNCHEN.example", ("an@MÜNCHEN.example",)),
        ("nobody", ("nobody",)),
        ("an@", ("an@",)),
        ("an@@example.nl", ("an@@example.nl",)),
        ("", ()),
        ("undisclosed-recipients:;", ()),
        (f"{AN};{BO}", (AN, f"{AN};{BO}")),
        (f"{AN} {BO}", (AN, f"{AN} {BO}")),
        (f"{BO} <{AN}>", (BO, f"{BO} <{AN}>")),
    ],
)
def test_recipients_are_counted_as_a_mail_server_would(text: str, read: tuple[str, ...]) -> None:
    """Where a text may be read in two ways there are two, so that no marketing goes by the one that was not asked."""
    assert recipients_in([text]) == read
    assert recipients_in([text, BO]) == (*read, BO)


@given(
    st.lists(
        st.sampled_from([*'@<>,;:()"\\ []?=\n\x00é\ud800', "an", "bo.example", "=?utf-8?q?a?="]), min_size=1
    )
)
def test_whatever_somebody_typed_can_be_counted(parts: list[str]) -> None:
    """Python's own parser raises four kinds of errors for such texts; an order's mail is not lost by that."""
    text = "".join(parts)
    assert len(recipients_in([text, AN])) == len(recipients_in([text])) + 1


def test_what_no_header_can_hold_is_held(shop: Desk) -> None:
    """Something that a guest typed as an address stops no loop that sends marketing."""
    typed = message_from_bytes(b"To: an@\r\nSubject: News\r\n\r\nHello\r\n")
    assert send(shop, typed, "promotions").why is Why.NOT_ALLOWED


def test_each_text_that_is_shown_is_read(shop: Desk) -> None:
    """D37, D42, A20: in a message of several parts, and in HTML of other names, such as AMP; no attachment is."""
    order = MIMEMultipart()
    for part in (
        MIMEText("Your order"),
        MIMEText(f"And{BLOCK}"),
        MIMEText(f"<p>x</p>{BLOCK}{PIXEL}<amp-pixel src='https://c.example/p'></amp-pixel>", "x-amp-html"),
    ):
        order.attach(part)
    kept = MIMEText(BLOCK, "html")
    kept.add_header("Content-Disposition", "attachment", filename="terms.html")
    order.attach(kept)
    order["To"] = AN
    assert send(shop, order, "orders").cut == (Cut.MARKETING, Cut.PIXEL)
    *shown, attached = (part.get_content() for part in shop.sent[0].iter_parts())
    assert [text.strip() for text in shown] == ["Your order", "And", "<p>x</p></amp-pixel>"]
    assert attached.strip() == BLOCK
    order.attach(MIMEText("Please send us your password."))
    assert send(shop, order, "orders").why is Why.ASKS_FOR_SECRET
    shop.privacy.mail.grant(AN, "promotions")
    page = letter(html="<p>Hello</p>")
    page.add_alternative("<html amp4email><body>Hello</body></html>", subtype="x-amp-html")
    assert send(shop, page, "promotions")
    link = shop.privacy.mail.link(AN, "promotions")
    assert [part.get_content().count(link) for part in shop.sent[-1].iter_parts()] == [1, 1, 1]


def test_links_are_where_they_are_seen(shop: Desk) -> None:
    """A20: not in a comment, whether the template's own stand in one or the page ends in one."""
    shop.privacy.mail.grant(AN, "promotions")
    link = shop.privacy.mail.link(AN, "promotions")
    for page in (
        f"<p>Hello</p><!-- {link} https://shop.example/account -->",
        "<p>Hello</p></body><!-- </body> -->",
        "<p>Hello</p><!-- [if mso] ",
        "<!--[if mso]></body><![endif]--><p>Hello</p>",
    ):
        assert send(shop, letter(html=page), "promotions")
        [_, html] = shop.sent[-1].iter_parts()
        seen = sub(r"<!--.*?(-->|\Z)", "", html.get_content(), flags=DOTALL)
        assert seen.startswith("<p>Hello</p>")
        assert f'<a href="{link}">' in seen


def test_parts_of_an_older_kind_in_a_new_message_are_read(shop: Desk) -> None:
    """As they would be on the wire."""
    shop.privacy.mail.grant(AN, "promotions")
    mixed = EmailMessage()
    mixed["To"] = AN
    mixed.make_mixed()
    mixed.attach(MIMEText("Hello"))  # type: ignore[arg-type]
    assert send(shop, mixed, "promotions")
    [part] = shop.sent[0].iter_parts()
    assert "https://shop.example/u/" in part.get_content()


def test_pictures_of_a_page_stay_with_it(shop: Desk) -> None:
    """What belongs to HTML is no text of its own."""
    shop.privacy.mail.grant(AN, "promotions")
    page = letter(html="<p>Hello <img src='cid:logo'></p>")
    html = page.get_body(("html",))
    assert isinstance(html, EmailMessage)
    html.add_related("Hello", cid="<logo>")
    assert send(shop, page, "promotions")
    [_, related] = shop.sent[0].iter_parts()
    first, picture = related.iter_parts()
    assert "https://shop.example/u/" in first.get_content()
    assert (picture["Content-ID"], picture.get_content()) == ("<logo>", "Hello\n")


def test_messages_of_older_kinds_go_through(shop: Desk) -> None:
    """What MIMEText and the like are made of, with attachments and a charset that nobody knows."""
    shop.privacy.mail.grant(AN, "promotions")
    old = MIMEMultipart()
    old.attach(MIMEText("Hallo é", _charset="utf-8"))
    attached = MIMEText("a,b", "csv")
    attached.add_header("Content-Disposition", "attachment", filename="a.csv")
    old.attach(attached)
    old["To"], old["Subject"], old[PURPOSE_FIELD] = AN, "News", "promotions"
    taken: list[EmailMessage] = []
    assert shop.privacy.mail.send(old, transport=taken.append)
    body = taken[0].get_body(("plain",))
    assert body is not None
    assert "Hallo é" in body.get_content()
    assert "https://shop.example/u/" in body.get_content()
    assert [part.get_filename() for part in taken[0].iter_attachments()] == ["a.csv"]
    check_wire(taken[0].as_bytes())
    empty = EmailMessage()
    empty["To"] = AN
    assert send(shop, empty, "orders")
    strange = letter()
    strange.replace_header("Content-Type", 'text/plain; charset="x-unknown"')
    assert send(shop, strange, "orders")
    with pytest.raises(PrivacyError, match="Python knows, such as UTF-8"):
        send(shop, strange, "promotions")
    half = letter(html="<p>Hello</p>")
    html = half.get_body(("html",))
    assert html is not None
    html.replace_header("Content-Type", 'text/html; charset="x-unknown"')
    with pytest.raises(PrivacyError, match="Python knows, such as UTF-8"):
        send(shop, half, "promotions")


def test_what_nobody_changes_leaves_as_it_was_written(shop: Desk) -> None:
    """Long values of a mail service, numbers of messages, file names: written anew they would be encoded."""
    old = MIMEMultipart()
    old["To"], old["From"], old["Subject"] = AN, "shop@shop.example", "Bestelling é" * 9
    old["X-Mailgun-Variables"], old["Message-ID"] = f'{{"order":"{"1" * 90}"}}', f"<{'1' * 90}@shop.example>"
    attached = MIMEText("a,b", "csv")
    attached.add_header("Content-Disposition", "attachment", filename=f"order {'1' * 90}.csv")
    old.attach(attached)
    before = old.as_bytes().replace(b"\n", b"\r\n")
    assert send(shop, old, "orders")
    assert shop.sent[0].as_bytes() == before


def test_no_repr_tells_what_a_message_says(shop: Desk) -> None:
    """Trackers of errors show what a function held: no text, no address, and no link by which somebody is opted out."""
    draft = Draft((AN,), "News", (Body("plain", "Hello"),))
    links = shop.privacy.mail.gate.links_of(AN, MailPurpose("promotions"))
    for shown in (
        repr(draft),
        repr(draft.bodies),
        repr(links),
        repr(FooterLink("Unsubscribe", links.unsubscribe)),
    ):
        assert not {AN, "Hello", links.unsubscribe} & {*split(r"[\s'\"(),=]", shown)}
