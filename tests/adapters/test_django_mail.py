"""The mail gate around Django's mail: what leaves, what the shop's message is told, and what the checks say."""

from __future__ import annotations

import logging
import pickle
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import copy, deepcopy
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage as StandardMessage
from types import SimpleNamespace
from typing import Any

import pytest

import tests.adapters.django_shop.set_up  # noqa: F401  # before anything that has models

# isort: split
import django
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives, send_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import call_command
from django.db import OperationalError, transaction
from django.test.utils import override_settings
from django.utils.functional import lazystr

from shopprivacy import PrivacyError, StoreDown, UndeclaredName
from shopprivacy.adapters.django import get_privacy
from shopprivacy.adapters.django import mail as door
from shopprivacy.adapters.django.anymail import forbid_tracking, hear
from shopprivacy.adapters.django.mail import EmailBackend
from shopprivacy.adapters.django.mail_check import check_mail
from shopprivacy.adapters.django.root import forget, own_addresses
from shopprivacy.errors import OpenTransaction
from shopprivacy.mail.outcome import Cut, Why
from shopprivacy.mail.purpose import MailPurpose
from shopprivacy.mail.wire import check_wire
from tests.adapters.django_shop.set_up import FOLDER, POLICY
from tests.adapters.installed import only

AN = "an@example.nl"
GATE = "shopprivacy.adapters.django.mail.EmailBackend"
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
PURPOSES = """
[mail]
url = "https://shop.example/u/"
otherwise = "account"
change_data = "https://shop.example/me"
[purposes.account]
basis = "contract"
mail = "transactional"
[purposes.promotions]
basis = "consent"
mail = "marketing"
"""
NAMED = {"X-Privacy-Purpose": "promotions"}


class Refusing(BaseEmailBackend):
    """A mail server that takes nothing."""

    def send_messages(self, _messages: Any) -> int:
        raise ConnectionRefusedError


class Silent(BaseEmailBackend):
    """A mail server that is not there, which nobody wants to hear of."""

    def __init__(self, **_options: Any) -> None:
        super().__init__()

    def send_messages(self, _messages: Any) -> int:
        return 0


class Opened(BaseEmailBackend):
    """Counts how often its connection is opened and closed."""

    said: list[str] = []  # noqa: RUF012  # seen by the test

    def __init__(self, **_options: Any) -> None:
        super().__init__()

    def open(self) -> bool:
        self.said.append("open")
        return True

    def close(self) -> None:
        self.said.append("close")

    def send_messages(self, messages: Any) -> int:
        self.said.append("send")
        return len(messages)


def conf(**changes: Any) -> dict[str, Any]:
    """The setting of a shop with the mail gate."""
    return {
        "POLICY": FOLDER / "mail.toml",
        "KEYS": FOLDER / "keys" / "keys.json",
        "JOURNAL": "none",  # it would be replayed into the ledgers of other tests
        "EMAIL_BACKEND": LOCMEM,
        **changes,
    }


@pytest.fixture(autouse=True)
def gated(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A shop whose mail goes through the gate."""
    only(monkeypatch, "default")
    (FOLDER / "mail.toml").write_text(POLICY + PURPOSES)
    call_command("migrate", "shopprivacy", verbosity=0)
    monkeypatch.setattr(mail, "outbox", [], raising=False)
    mailer: dict[str, Any] = (
        {"MAILERS": {"default": {"BACKEND": GATE, "OPTIONS": {"BACKEND": LOCMEM}}}}
        if django.VERSION >= (6, 1)
        else {"EMAIL_BACKEND": GATE}
    )
    with override_settings(SHOPPRIVACY=conf(), **mailer):
        get_privacy().mail.opted_out(AN)
        yield
    forget()


def message(to: tuple[str, ...] = (AN,), **options: Any) -> EmailMultiAlternatives:
    """A campaign's message."""
    made = EmailMultiAlternatives(
        "News", "Hello", "shop@shop.example", list(to), **{"headers": NAMED, **options}
    )
    made.attach_alternative("<body>Hello</body>", "text/html")
    return made


def standard() -> StandardMessage:
    """A message of Python's own."""
    made = StandardMessage()
    made["To"], made["From"], made["Subject"] = AN, "shop@shop.example", "News"
    made.set_content("Hello")
    return made


def say_yes(address: str = AN) -> None:
    """The address says yes, as by the link in a mail."""
    privacy = get_privacy()
    how = privacy.mail.marketing.sign_up
    from shopprivacy.ledger.entry import CollectionMethod

    subject, page = privacy.mail.subject(address), CollectionMethod.PREFERENCE_PAGE
    privacy.ledger.append([how(subject, "promotions", at=datetime.now(UTC), how=page)])


def test_marketing_is_held_until_its_address_says_yes() -> None:
    """What send() returns never counts what was held, and the message knows why."""
    held = message()
    assert held.send() == 0
    assert [one.why for one in held.privacy_outcomes] == [Why.NOT_ALLOWED]
    say_yes()
    sent = message()
    assert sent.send() == 1
    [outcome] = sent.privacy_outcomes
    assert outcome.sent
    [left] = mail.outbox
    check_wire(left.message().as_bytes())
    assert "X-Privacy-Purpose" not in left.message()
    for text in (left.body, left.alternatives[0][0]):
        assert text.count("https://shop.example/u/") == text.count("https://shop.example/me") == 1
    assert (sent.body, sent.extra_headers) == ("Hello", NAMED)
    assert "/u/" not in sent.alternatives[0][0]


def test_a_campaign_inside_a_transaction_raises_before_the_first_mail() -> None:
    """D42: atomic(), and a view under ATOMIC_REQUESTS; what is no marketing goes out there, and outside all does."""
    say_yes()
    with transaction.atomic():
        with pytest.raises(OpenTransaction, match="non_atomic_requests"):
            message().send()
        assert mail.outbox == []
        assert send_mail("Reset", "Your link", "shop@shop.example", [AN]) == 1
        assert message(headers={"X-Privacy-Purpose": "account"}).send() == 1
    assert message().send() == 1
    assert len(mail.outbox) == 3


def test_what_names_no_purpose_goes_out_as_it_is() -> None:
    """To several, too; what is marked as marketing stays behind."""
    text = "Hello\n\n<!--marketing-->Sale<!--/marketing-->\n\nBye"
    assert send_mail("News", text, "shop@shop.example", [AN, "bo@example.nl"]) == 1
    assert mail.outbox[0].body == "Hello\n\nBye"
    plain = EmailMessage("News", lazystr("Hello"), to=[AN])
    assert plain.send() == 1
    assert plain.privacy_outcomes[0].purpose == "account"
    html = EmailMessage(
        "News",
        '<p>a</p><img src="https://c.example/p" width=1 height=1>',
        to=[AN],
        headers={"X-Privacy-Purpose": "account"},
    )
    html.content_subtype = "html"
    assert html.send() == 1
    assert html.privacy_outcomes[0].cut == (Cut.PIXEL,)
    assert mail.outbox[-1].body == "<p>a</p>"
    assert EmailMessage("News", "", to=[AN]).send() == 1
    calendar = EmailMultiAlternatives("News", "Hello", to=[AN])
    calendar.attach_alternative("BEGIN:VCALENDAR", "text/calendar")
    assert calendar.send() == 1


def test_a_mistake_raises_or_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """As the shop asked of its mail: loud, or silent; a loop goes on with the next."""
    for wrong, error in (
        (message((AN, "bo@example.nl")), PrivacyError),
        (message(headers={"X-Privacy-Purpose": "spam"}), UndeclaredName),
        (message(headers={"X-Privacy-Purpose": "promotions; colour=red"}), PrivacyError),
        (message(headers={"X-Privacy-Purpose": "promotions", "x-privacy-purpose": "account"}), PrivacyError),
    ):
        with pytest.raises(error):
            wrong.send()
    silent = EmailBackend(fail_silently=True, BACKEND="tests.adapters.test_django_mail.Opened")
    good = message(headers={"X-Privacy-Purpose": "account"})
    assert silent.send_messages([message((AN, "bo@example.nl")), good]) == 1
    assert "was not sent" in caplog.text
    assert AN not in caplog.text


def test_marketing_that_cannot_go_out_keeps_no_order_mail(caplog: pytest.LogCaptureFixture) -> None:
    """The messages behind it are sent, and then the first error raises; the others are logged."""
    wrong = [message((AN, "bo@example.nl")), message(headers={"X-Privacy-Purpose": "spam"})]
    order = message(headers={"X-Privacy-Purpose": "account"})
    backend = EmailBackend(BACKEND=LOCMEM)
    with pytest.raises(PrivacyError, match="this one has 2"):
        backend.send_messages([*wrong, order])
    assert len(mail.outbox) == 1
    assert order.privacy_outcomes[0].sent
    assert "spam" in caplog.text
    assert AN not in caplog.text


def test_order_mail_goes_out_while_the_gate_fails(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    """With the database down, named or not; marketing does not."""

    def down() -> None:
        raise StoreDown("the database does not answer")

    monkeypatch.setattr(door, "get_privacy", down)
    assert message(headers={"X-Privacy-Purpose": "account"}).send() == 1
    assert message(headers={}).send() == 1
    with pytest.raises(StoreDown):
        message().send()
    assert all("X-Privacy-Purpose" not in sent.extra_headers for sent in mail.outbox)
    assert "the database does not answer" in caplog.text
    with override_settings(SHOPPRIVACY=conf(POLICY=FOLDER / "nowhere.toml")), pytest.raises(StoreDown):
        message(headers={"X-Privacy-Purpose": "account"}).send()


class ByMail(logging.Handler):
    """Mails what is logged to the admins, as Django's own handler does in many a shop."""

    def emit(self, record: logging.LogRecord) -> None:
        mail.mail_admins("Error", record.getMessage())


@pytest.fixture
def mailed_log() -> Iterator[None]:
    """A shop whose log is mailed."""
    handler = ByMail()
    logging.getLogger("shopprivacy").addHandler(handler)
    admins = ["admin@shop.example"] if django.VERSION >= (6, 0) else [("Admin", "admin@shop.example")]
    with override_settings(ADMINS=admins):
        yield
    logging.getLogger("shopprivacy").removeHandler(handler)


@pytest.mark.usefixtures("mailed_log")
def test_a_log_that_is_mailed_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error mail that says that the gate failed meets the same gate, and goes out without another one."""

    def down() -> None:
        raise StoreDown("the database does not answer")

    monkeypatch.setattr(door, "get_privacy", down)
    for _ in range(2):
        assert message(headers={}).send() == 1
    with pytest.raises(StoreDown):
        message().send()
    silent = EmailBackend(fail_silently=True, BACKEND="tests.adapters.test_django_mail.Silent")
    assert silent.send_messages([message()]) == 0
    assert [sent.subject.removeprefix("[Django] ") for sent in mail.outbox] == [
        *("Error", "News", "Error", "News"),
        "Error",
    ]


def test_a_mail_while_the_gate_is_made_goes_out() -> None:
    """What is logged and mailed by whoever makes it does not wait for it for ever."""
    mailed: list[int] = []

    def clock() -> datetime:
        if not mailed:
            mailed.append(0)
            mailed[0] = send_mail("Error", "Disk full", None, ["admin@shop.example"])
        return datetime.now(UTC)

    with override_settings(SHOPPRIVACY=conf(CLOCK=clock)):
        assert message(headers={}).send() == 1
        assert mailed == [1]
        assert [sent.subject for sent in mail.outbox] == ["Error", "News"]


def test_what_fails_while_it_is_judged_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that goes away in the middle holds marketing and nothing else."""

    def broken(*_: Any, **__: Any) -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr(get_privacy().mail.gate, "judge", broken)
    assert message(headers={}).send() == 1
    with pytest.raises(OperationalError):
        message().send()


def test_the_connection_is_opened_once_and_only_where_something_leaves() -> None:
    """A back end that wraps another keeps its connection for a list of messages."""
    backend = EmailBackend(BACKEND="tests.adapters.test_django_mail.Opened")
    Opened.said.clear()
    assert backend.send_messages([message()]) == 0
    assert Opened.said == []
    named = {"X-Privacy-Purpose": "account"}
    assert backend.send_messages([message(headers=named), message(), message(headers=named)]) == 2
    assert Opened.said == ["open", "send", "send", "close"]
    assert backend.open()
    backend.close()
    with pytest.raises(ConnectionRefusedError):
        EmailBackend(BACKEND="tests.adapters.test_django_mail.Refusing", alias=None).send_messages(
            [message(headers=named)]
        )


def test_who_is_let_out_unjudged_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is an outcome whatever was wrong; who sends silently reads in it that marketing was not sent."""

    def broken(*_: Any, **__: Any) -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr(get_privacy().mail.gate, "judge", broken)
    order, promotion = message(headers={"X-Privacy-Purpose": "account"}), message()
    silent = EmailBackend(fail_silently=True, BACKEND="tests.adapters.test_django_mail.Opened")
    assert silent.send_messages([order, promotion]) == 1
    assert [(one.sent, one.purpose) for one in order.privacy_outcomes] == [(True, "account")]
    assert [(one.sent, one.purpose) for one in promotion.privacy_outcomes] == [(False, "promotions")]


def test_what_the_server_did_not_take_is_not_told_as_sent() -> None:
    """A back end that fails silently says 0, any other raises; who catches that reads what to send again."""
    backend = EmailBackend(fail_silently=True, BACKEND="tests.adapters.test_django_mail.Silent")
    order = message(headers={"X-Privacy-Purpose": "account"})
    assert backend.send_messages([order]) == 0
    assert [one.sent for one in order.privacy_outcomes] == [False]
    refusing = EmailBackend(BACKEND="tests.adapters.test_django_mail.Refusing")
    with pytest.raises(ConnectionRefusedError):
        refusing.send_messages([order])
    assert [(one.sent, one.purpose) for one in order.privacy_outcomes] == [(False, "account")]


@pytest.mark.parametrize("to", [f"An <{AN}>, bo@example.nl", f"{AN}, bo@example.nl", f"{AN} bo@example.nl"])
def test_one_text_may_be_two_recipients(to: str) -> None:
    """django-anymail sends to each address in it: what An may have does not leave for Bo."""
    say_yes()
    with pytest.raises(PrivacyError, match="this one has 2"):
        message((to,)).send()
    assert mail.outbox == []


def test_alternatives_of_every_kind_are_judged() -> None:
    """AMP is HTML, too; and a back end that takes plain pairs gets what is right."""
    say_yes()
    written = message()
    written.alternatives.append(("<body>Hello</body>", "text/x-amp-html"))
    assert written.send() == 1
    written.alternatives.append(("<body>Hello</body>", "TEXT/HTML; charset=utf-8"))
    assert written.send() == 1
    assert [one[0].count("/u/") for one in mail.outbox[1].alternatives] == [1, 1, 1]


def test_threads_share_a_connection() -> None:
    """As with Django's own back end: no thread closes it while another sends by it."""
    backend = EmailBackend(BACKEND="tests.adapters.test_django_mail.Opened")
    Opened.said.clear()
    named = message(headers={"X-Privacy-Purpose": "account"})
    with ThreadPoolExecutor(2) as pool, backend._lock:
        other = pool.submit(backend.send_messages, [named])
        assert backend.send_messages([copy(named)]) == 1
        assert Opened.said == ["open", "send", "close"]
        assert not other.done()
    assert other.result() == 1
    assert Opened.said == ["open", "send", "close"] * 2


def test_a_message_that_was_sent_can_be_kept() -> None:
    """Copied and pickled, as it could before, with what became of it; and be sent again."""
    order = message(headers={"X-Privacy-Purpose": "account"})
    assert order.send() == 1
    for kept in (deepcopy(order), pickle.loads(pickle.dumps(order))):
        assert kept.privacy_outcomes == order.privacy_outcomes
        assert kept.send() == 1


def test_report_sends_what_cannot_be_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A header that cannot be read, and a gate that cannot start: a shop that only looks loses no message."""
    (FOLDER / "mail.toml").write_text((POLICY + PURPOSES).replace('cookies = "enforce"', 'mail = "report"'))
    forget()
    assert message(headers={"X-Privacy-Purpose": "promotions; colour=red"}).send() == 1

    def down() -> None:
        raise StoreDown("the database does not answer")

    monkeypatch.setattr(door, "get_privacy", down)
    assert message().send() == 1
    assert [one.extra_headers for one in mail.outbox] == [{}, {}]


def test_report_changes_nothing() -> None:
    """But the header is taken off."""
    (FOLDER / "mail.toml").write_text((POLICY + PURPOSES).replace('cookies = "enforce"', 'mail = "report"'))
    forget()
    held = message()
    assert held.send() == 1
    assert held.privacy_outcomes[0].why is Why.NOT_ALLOWED
    assert mail.outbox[0].body == "Hello"
    assert mail.outbox[0].extra_headers == {}
    assert message((AN, "bo@example.nl")).send() == 1


def test_the_library_s_own_way_keeps_everything() -> None:
    """privacy.mail.send in a Django shop: judged once, with HTML, attachments and header fields."""
    say_yes()
    written = StandardMessage()
    written["To"], written["From"], written["Subject"] = f"An <{AN}>", "shop@shop.example", "News é"
    written["Reply-To"], written["X-Mailer"] = "help@shop.example", "shop"
    written.set_content("Hello")
    written.add_alternative("<p>Hello</p>", subtype="html")
    written.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="terms.pdf")
    assert get_privacy().mail.send(written, "promotions")
    [left] = mail.outbox
    check_wire(left.message().as_bytes())
    assert (left.subject, left.to, left.reply_to) == ("News é", [f"An <{AN}>"], ["help@shop.example"])
    assert left.body.count("/u/") == left.alternatives[0][0].count("/u/") == 1
    assert [tuple(one)[:2] for one in left.attachments] == [("terms.pdf", b"%PDF")]
    assert left.extra_headers["X-Mailer"] == "shop"
    html = StandardMessage()
    html["To"] = AN
    html.set_content("<p>Hello</p>", subtype="html")
    assert get_privacy().mail.send(html)
    assert (mail.outbox[1].content_subtype, mail.outbox[1].body) == ("html", "<p>Hello</p>\n")
    empty = StandardMessage()
    empty["To"] = AN
    assert get_privacy().mail.send(empty)
    assert mail.outbox[2].body in {"", "\n"}


def test_marketing_waits_in_no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was judged leaves at once: behind the queue nobody knows what it is for, and a no meanwhile would not count.

    Order mail waits there as the shop's own does.
    """
    queue = SimpleNamespace(CeleryEmailBackend=Opened)
    monkeypatch.setitem(sys.modules, "djcelery_email", SimpleNamespace(backends=queue))
    monkeypatch.setitem(sys.modules, "djcelery_email.backends", queue)
    Opened.said.clear()
    waiting = "djcelery_email.backends.CeleryEmailBackend"
    mailer: dict[str, Any] = (
        {"MAILERS": {"default": {"BACKEND": waiting}}}
        if django.VERSION >= (6, 1)
        else {"EMAIL_BACKEND": waiting}
    )
    say_yes()
    with override_settings(CELERY_EMAIL_BACKEND=GATE, **mailer):
        assert get_privacy().mail.send(standard(), "promotions")
        assert [left.to for left in mail.outbox] == [[AN]]
        assert Opened.said == []
        assert get_privacy().mail.send(standard(), "account")
        assert Opened.said == ["send"]
    with override_settings(CELERY_EMAIL_BACKEND=SMTP, **mailer):
        assert get_privacy().mail.send(standard(), "promotions")
    assert len(mail.outbox) == 1


def test_the_library_s_own_way_keeps_pictures() -> None:
    """Those that HTML shows, several texts, a message inside, and what nobody can read: nothing is lost."""
    written = StandardMessage()
    written["To"] = AN
    written.set_content("<img src='cid:logo'>", subtype="html")
    written.add_related(b"GIF89a", "image", "gif", cid="<logo>")
    written.add_attachment("a,b", subtype="csv", filename="a.csv")
    inner = StandardMessage()
    inner["Subject"] = "Inside"
    inner.set_content("x")
    written.add_attachment(inner)
    assert get_privacy().mail.send(written)
    sent = message_from_bytes(mail.outbox[0].message().as_bytes())
    found = [part for part in sent.walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in found] == ["text/html", "image/gif", "text/csv", "text/plain"]
    assert (found[1]["Content-ID"], found[1].get_payload(decode=True)) == ("<logo>", b"GIF89a")
    mixed = StandardMessage()
    mixed["To"] = AN
    mixed.make_mixed()
    for text in ("one", "two"):
        part = StandardMessage()
        part.set_content(text)
        mixed.attach(part)
    strange = StandardMessage()
    strange.set_content("three")
    strange.replace_header("Content-Type", 'text/plain; charset="x-unknown"')
    mixed.attach(strange)
    assert get_privacy().mail.send(mixed)
    sent = message_from_bytes(mail.outbox[1].message().as_bytes())
    payloads = [str(part.get_payload()).strip() for part in sent.walk() if not part.is_multipart()]
    assert payloads == ["one", "two", "three"]


def test_the_shop_s_own_addresses_are_known() -> None:
    """What is for its admins is not looked at."""
    admins: Any = ["admin@shop.example"] if django.VERSION >= (6, 0) else [("Admin", "admin@shop.example")]
    with override_settings(ADMINS=admins):
        forget()
        assert send_mail("x", "Please send us your password.", "s@shop.example", ["Admin@shop.example"]) == 1
        assert send_mail("x", "Please send us your password.", "s@shop.example", [AN]) == 0
    with override_settings(ADMINS=["Admin <admin@shop.example>"]):
        assert own_addresses() == {"admin@shop.example"}


@pytest.mark.skipif(django.VERSION >= (6, 1), reason="one mailer, as it was before 6.1")
@pytest.mark.parametrize(
    ("setting", "changes", "found"),
    [
        (GATE, {}, []),
        (GATE, {"EMAIL_BACKEND": None}, []),
        (GATE, {"EMAIL_BACKEND": GATE}, ["E015"]),
        (GATE, {"EMAIL_BACKEND": "shop.nowhere.Backend"}, ["E015"]),
        (SMTP, {}, ["W010"]),
        ("shop.mail.Backend", {}, ["W010"]),
        (LOCMEM, {}, []),
        ("django.core.mail.backends.console.EmailBackend", {}, []),
    ],
)
def test_checks(setting: str, changes: dict[str, Any], found: list[str]) -> None:
    """What is wrong is named by an id, before anything is mailed."""
    with override_settings(EMAIL_BACKEND=setting, SHOPPRIVACY=conf(**changes)):
        told = check_mail()
    assert [str(one.id).removeprefix("shopprivacy.") for one in told] == found
    assert "W010" not in found or 'SHOPPRIVACY["EMAIL_BACKEND"] = ' in str(told[0].hint)


@pytest.mark.skipif(django.VERSION >= (6, 1), reason="one mailer, as it was before 6.1")
def test_the_gate_does_not_start_without_otherwise() -> None:
    """E014; and a queue inside it is warned of, one before it is not (W011)."""
    (FOLDER / "mail.toml").write_text((POLICY + PURPOSES).replace('otherwise = "account"', ""))
    with override_settings(EMAIL_BACKEND=GATE, SHOPPRIVACY=conf()):
        assert [str(one.id) for one in check_mail()] == ["shopprivacy.E014"]
    (FOLDER / "mail.toml").write_text(POLICY + PURPOSES)
    queue = "djcelery_email.backends.CeleryEmailBackend"
    with override_settings(EMAIL_BACKEND=queue, CELERY_EMAIL_BACKEND=GATE, SHOPPRIVACY=conf()):
        assert check_mail() == []
    behind = {"BACKENDS": {"default": GATE}}
    with override_settings(EMAIL_BACKEND="post_office.EmailBackend", POST_OFFICE=behind, SHOPPRIVACY=conf()):
        assert check_mail() == []
    with override_settings(EMAIL_BACKEND="post_office.EmailBackend", SHOPPRIVACY=conf()):
        assert [str(one.id) for one in check_mail()] == ["shopprivacy.W010"]
    with override_settings(EMAIL_BACKEND=GATE, SHOPPRIVACY=conf(EMAIL_BACKEND=queue)):
        assert "shopprivacy.W011" in [str(one.id) for one in check_mail()]
    with override_settings(SHOPPRIVACY={}):
        assert check_mail() == []


def test_each_alias_is_looked_at() -> None:
    """Django 6.1's mailers."""
    queue = "mailer.backend.DbBackend"
    mailers = {
        "default": {"BACKEND": GATE, "OPTIONS": {"BACKEND": LOCMEM}},
        "bulk": {},
        "later": {"BACKEND": GATE, "OPTIONS": {"BACKEND": queue}},
    }
    with override_settings(SHOPPRIVACY=conf(), MAILERS=mailers):
        found = check_mail()
        told = [(str(one.id)[-4:], one.msg.partition("]")[0]) for one in found]
    assert f'"OPTIONS": {{"BACKEND": "{SMTP}", …}}' in str(found[0].hint)
    assert told == [("W010", 'MAILERS["bulk"'), ("E015", 'MAILERS["later"'), ("W011", 'MAILERS["later"')]


ANYMAIL = "anymail.backends.test.EmailBackend"


def batch(*to: str, **attributes: Any) -> EmailMultiAlternatives:
    """A message of django-anymail's that goes to each recipient by itself."""
    made = message(to)
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def by_service(*messages: EmailMessage) -> tuple[int, list[dict[str, Any]]]:
    """Send by a mail service; return how many, and what it was told of each."""
    sent = EmailBackend(BACKEND=ANYMAIL).send_messages(messages)
    return sent, [one.anymail_test_params for one in mail.outbox]


def test_a_batch_goes_to_who_may_have_it() -> None:
    """One by one, each with its own links and data; the service counts nothing."""
    say_yes()
    say_yes("cy@example.nl")
    to = (AN, "bo@example.nl", "Cy <cy@example.nl>")
    data = {AN: {"name": "An"}, "cy@example.nl": {"name": "Cy"}}
    written = batch(*to, merge_data=data, merge_metadata={}, track_opens=True)
    sent, told = by_service(written)
    assert sent == 2
    assert [str(one["to"][0]) for one in told] == [AN, "Cy <cy@example.nl>"]
    assert [one["merge_data"] for one in told] == [{key: value} for key, value in data.items()]
    links = [one["extra_headers"]["List-Unsubscribe"] for one in told]
    assert len({*links}) == 2
    assert all(link.strip("<>") in one["text_body"] for link, one in zip(links, told, strict=True))
    assert [(one["track_opens"], one["track_clicks"]) for one in told] == [(False, False)] * 2
    assert [one.sent for one in written.privacy_outcomes] == [True, False, True]
    assert written.anymail_status.status == {"sent"}
    assert written.to == list(to)


def test_a_template_must_be_declared() -> None:
    """Nobody sees whether one at the service has the links, so the shop says so; the gate gives it both."""
    say_yes()
    with pytest.raises(PrivacyError, match="MAIL_TEMPLATES"):
        by_service(batch(AN, template_id="sale-1"))
    with override_settings(SHOPPRIVACY=conf(MAIL_TEMPLATES=["sale-1", 7])):
        get_privacy()
        for attributes in ({"template_id": "sale-1", "merge_global_data": {"a": 1}}, {"template_id": 7}):
            sent, told = by_service(batch(AN, **attributes))
            assert sent == 1
            given = told[-1]["merge_global_data"]
            assert f"<{given['privacy_unsubscribe']}>" == told[-1]["extra_headers"]["List-Unsubscribe"]
            assert given["privacy_change_data"] == "https://shop.example/me"
        assert told[0]["merge_global_data"]["a"] == 1
    receipt = batch(AN, "bo@example.nl", template_id="receipt", merge_data={})
    receipt.extra_headers = {"X-Privacy-Purpose": "account"}
    assert by_service(receipt)[0] == 1
    assert by_service(batch(AN, cc_of="x", template_id=None))[0] == 1


def test_tracking_is_allowed_by_its_purpose_alone() -> None:
    """A recipient who consents to what mail.tracking names may be counted; a service that knows none is left alone."""
    counted = message()
    counted.track_opens = True
    backend = EmailBackend(BACKEND=ANYMAIL).inner
    forbid_tracking(counted, backend, may_track=lambda: True)
    assert counted.track_opens is True

    def build(one: Any, _defaults: Any) -> None:
        if hasattr(one, "track_opens"):
            raise PrivacyError("does not support track_opens")

    service: Any = SimpleNamespace(build_message_payload=build)
    forbid_tracking(counted, service, may_track=lambda: False)
    assert not hasattr(counted, "track_opens")
    assert counted.track_clicks is False
    plain = message()
    forbid_tracking(plain, object(), may_track=lambda: False)
    assert not hasattr(plain, "track_clicks")


@pytest.mark.parametrize("kind", ["complained", "unsubscribed"])
def test_what_the_service_reports_counts(kind: str) -> None:
    """A complaint ends all marketing by e-mail; an opening does not."""
    from anymail.signals import AnymailTrackingEvent

    say_yes()
    for event_type, is_allowed in (("opened", True), (kind, False)):
        hear(AnymailTrackingEvent(event_type=event_type, timestamp=datetime.now(UTC), recipient=AN))
        assert get_privacy().mail.may(AN, "promotions").allowed is is_allowed
    hear(AnymailTrackingEvent(event_type=kind, timestamp=None, recipient=None))


def test_more_is_said_in_the_header() -> None:
    """The language of the links, and where the shop is developed."""
    say_yes()
    named = str(MailPurpose("promotions", language="nl", url="http://localhost:8000/u/"))
    assert message(headers={"X-Privacy-Purpose": named}).send() == 1
    assert "Afmelden: http://localhost:8000/u/" in mail.outbox[0].body
    assert settings.SHOPPRIVACY["EMAIL_BACKEND"] == LOCMEM
