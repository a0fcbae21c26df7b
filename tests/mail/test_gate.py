"""The mail gate: marketing goes to who may have it, order mail always goes out, and the caller is told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage, Message
from typing import Any

import pytest

from shopprivacy import Action, PolicyError, Privacy, PrivacyError, StoreDown, UndeclaredName
from shopprivacy.decision import Code
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.ledger.journal_state import JournalState
from shopprivacy.mail.draft import Draft
from shopprivacy.mail.outcome import Cut, Outcome, Why
from shopprivacy.mail.purpose import PURPOSE_FIELD, MailPurpose
from shopprivacy.mail.wire import check_wire
from shopprivacy.policy import Policy
from shopprivacy.storage.memory import MemoryStore
from tests.gate.exchange import NOW, PURPOSES, make_policy
from tests.mail.desk import AN, MARKETING, PREFIX, Desk, desk

LATER = timedelta(hours=1)
BO = "bo@example.nl"
BLOCK = "<!--marketing-->Twenty per cent off<!--/marketing-->"
PIXEL = '<img src="https://count.example/p.gif" width="1" height="1">'


def policy_of(mode: str = "enforce", **mail: Any) -> Policy:
    """A shop's policy with a purpose for each class of mail."""
    return make_policy(
        purposes={
            **PURPOSES,
            **MARKETING,
            "orders": {"basis": "contract", "mail": "transactional"},
            "service": {"basis": "contract", "mail": "transactional"},
            "paper": {"basis": "contract", "mail": "transactional", "channels": ["post"]},
        },
        mail={
            "url": PREFIX,
            "otherwise": "service",
            "change_data": "https://shop.example/account",
            "tracking": "statistics",
            **mail,
        },
        mode={"mail": mode},
    )


@pytest.fixture
def shop() -> Iterator[Desk]:
    """A shop."""
    with desk(policy=policy_of()) as opened:
        yield opened


@pytest.fixture
def reporting() -> Iterator[Desk]:
    """A shop that does not enforce yet."""
    with desk(policy=policy_of("report")) as opened:
        yield opened


def letter(text: str = "Hello", to: str = AN, html: str | None = None, **fields: str) -> EmailMessage:
    """A message as a shop writes it."""
    message = EmailMessage()
    message["To"], message["From"], message["Subject"] = to, "shop@shop.example", "News"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


def send(shop: Desk, message: Message, purpose: str | None = None, **beside: Any) -> Outcome:
    """Send it through the gate."""
    return shop.privacy.mail.send(message, MailPurpose(purpose, **beside))


def restrict(shop: Desk, subject: str, action: Action = Action.RESTRICTED) -> None:
    """Note that a subject had processing restricted, now."""
    version = shop.privacy.policy.version
    row = Entry(shop.time, subject, None, action, version, None, None, CollectionMethod.ACCOUNT)
    shop.privacy.ledger.append([row])


def test_marketing_goes_to_who_said_yes(shop: Desk) -> None:
    """And to nobody before, nor after it was ended; the caller is told, and by which decision."""
    held = send(shop, letter(), "promotions")
    assert not held
    assert (held.sent, held.why, held.purpose) == (False, Why.NOT_ALLOWED, "promotions")
    assert held.decision is not None
    assert held.decision.code is Code.NO_CONSENT
    shop.privacy.mail.grant(AN, "promotions")
    sent = send(shop, letter(), "promotions")
    assert sent
    assert (sent.sent, sent.why, len(shop.sent)) == (True, None, 1)
    shop.privacy.mail.opted_out(AN, "promotions")
    assert send(shop, letter(), "promotions").why is Why.NOT_ALLOWED
    assert len(shop.sent) == 1


def test_marketing_gets_its_links(shop: Desk) -> None:
    """D50, A20: both at the foot of text and HTML, and the header fields for one click, whole on the wire."""
    shop.privacy.mail.grant(AN, "promotions")
    written = letter("Hello", html="<html><body>Hello</body></html>")
    assert send(shop, written, "promotions", language="nl")
    [sent] = shop.sent
    link = shop.privacy.mail.link(AN, "promotions")
    check_wire(sent.as_bytes())
    assert sent["List-Unsubscribe"] == f"<{link}>"
    assert sent["List-Id"] == "<promotions.shop.example>"
    for kind in ("plain", "html"):
        text = sent.get_body((kind,)).get_content()  # type: ignore[union-attr]
        assert [text.count(link), text.count("https://shop.example/account")] == [1, 1]
        assert "Afmelden" in text
    assert "List-Unsubscribe" not in written
    assert "shop.example/u/" not in written.as_string()


def test_who_develops_has_other_links(shop: Desk) -> None:
    """Under the address that the call names."""
    shop.privacy.mail.grant(AN, "promotions")
    send(shop, letter(), "promotions", url="http://localhost:8000/u/", change_data="http://localhost:8000/me")
    text = shop.sent[0].get_content()
    assert "http://localhost:8000/u/" in text
    assert "http://localhost:8000/me" in text


def test_a_template_may_have_the_links(shop: Desk) -> None:
    """Then only the header fields are added."""
    shop.privacy.mail.grant(AN, "promotions")
    draft = Draft((AN,), "News", ())
    judged = shop.privacy.mail.gate.judge(draft, MailPurpose("promotions"), has_links=True)
    assert judged.outcome
    assert sorted(judged.draft.fields) == ["List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"]
    with pytest.raises(PrivacyError, match="needs text or HTML"):
        shop.privacy.mail.gate.judge(draft, MailPurpose("promotions"))


def test_order_mail_always_goes_out(shop: Desk) -> None:
    """D37, K07, O05, O09: whatever its reader has ended or objected to, and as it was written."""
    shop.privacy.mail.opted_out(AN)
    assert send(shop, letter("Your order"), "orders")
    assert send(shop, letter("Your order", to=f"{AN}, {BO}"), "orders")
    for sent in shop.sent:
        assert sent.get_content() == "Your order\n"
        assert "List-Unsubscribe" not in sent


class Silent(MemoryStore):
    """A store that does not answer who asks about a subject."""

    down = False

    def rows_of(self, subject: str) -> Any:
        if self.down:
            raise StoreDown("the database does not answer")
        return super().rows_of(subject)


def test_order_mail_needs_no_database() -> None:
    """Nor does what says when its order was placed: only marketing waits for the ledger."""
    with desk(policy=policy_of(), store=(store := Silent())) as failing:
        store.down = True
        assert send(failing, letter(), "orders")
        assert send(failing, letter(), "orders", requested=NOW)
        assert send(failing, letter(html=PIXEL), "orders").cut == (Cut.PIXEL,)
        with pytest.raises(StoreDown):
            send(failing, letter(), "promotions")
        assert len(failing.sent) == 3
        store.down = False


def test_a_message_without_a_purpose_is_transactional(shop: Desk) -> None:
    """It is one of ``mail.otherwise``."""
    assert send(shop, letter()).purpose == "service"
    assert shop.sent[0].get_content() == "Hello\n"


def test_the_header_names_the_purpose(shop: Desk) -> None:
    """And what the gate must know beside it. It never leaves; what the code says is nearer."""
    outcome = send(shop, letter(X_Privacy_Purpose="promotions"))
    assert (outcome.sent, outcome.purpose) == (False, "promotions")
    named = str(MailPurpose("promotions", language="fr", change_data="https://shop.example/moi?a=1&b=2"))
    shop.privacy.mail.grant(AN, "promotions")
    assert send(shop, letter(**{"x-privacy-purpose": named}))
    assert "Se désinscrire" in shop.sent[0].get_content()
    assert "https://shop.example/moi?a=1&b=2" in shop.sent[0].get_content()
    assert send(shop, letter(X_Privacy_Purpose="newsletter"), "orders").purpose == "orders"
    assert all(PURPOSE_FIELD not in sent for sent in shop.sent)
    twice = letter(X_Privacy_Purpose="promotions")
    twice[PURPOSE_FIELD] = "orders"
    with pytest.raises(PrivacyError, match="is there twice"):
        send(shop, twice)


def test_a_former_name_is_today_s(shop: Desk) -> None:
    """A message in a queue may name what its purpose was called then."""
    shop.confirm(AN, "newsletter")
    assert send(shop, letter(), "brief").purpose == "newsletter"


@pytest.mark.parametrize(
    ("to", "count"),
    [(f"{AN}, {BO}", 2), ("", 0), ("undisclosed-recipients:;", 0)],
    ids=["two", "none", "hidden"],
)
def test_marketing_has_one_recipient(shop: Desk, to: str, count: int) -> None:
    """Each has a link of its own. What is wrong names nobody."""
    shop.privacy.mail.grant(AN, "promotions")
    with pytest.raises(PrivacyError, match=f"this one has {count}") as error:
        send(shop, letter(to=to), "promotions")
    assert AN not in str(error.value)
    carbon = letter()
    carbon["Bcc"] = BO
    with pytest.raises(PrivacyError, match="this one has 2"):
        send(shop, carbon, "promotions")
    assert shop.sent == []


def test_what_cannot_be_judged_raises(shop: Desk) -> None:
    """A purpose that is not declared, one that sends no mail, one that is not for e-mail."""
    with pytest.raises(UndeclaredName):
        send(shop, letter(), "spam")
    with pytest.raises(PrivacyError, match=r"purposes\.ads: sends no mail"):
        send(shop, letter(), "ads")
    assert send(shop, letter(), "paper", requested=NOW)
    shop.privacy.mail.transport = None
    with pytest.raises(PrivacyError, match="nothing sends mail"):
        send(shop, letter(), "orders")


def test_a_policy_says_what_is_meant() -> None:
    """Without ``mail.otherwise`` the gate does not start, and without ``change_data`` no marketing leaves."""
    with desk(policy=policy_of(otherwise=None, change_data=None)) as shop:
        with pytest.raises(PolicyError) as error:
            shop.privacy.mail.gate.check_start()
        assert [(found.path, found.code) for found in error.value.problems] == [
            ("mail.otherwise", "no-otherwise")
        ]
        with pytest.raises(PrivacyError, match=r"mail\.otherwise is missing"):
            send(shop, letter())
        with pytest.raises(PrivacyError, match=r"mail\.change_data: is missing"):
            send(shop, letter(), "promotions")
    with desk(policy=policy_of()) as shop:
        shop.privacy.mail.gate.check_start()


def test_marketing_is_cut_out_of_order_mail(shop: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """D37: what is marked as marketing stays behind, in text and HTML, and that is told once; marketing keeps it."""
    for _ in range(2):
        written = letter(
            f"Your order\n\n{BLOCK}\n\nThank you", html=f"<p>Your order</p>{BLOCK}<p>Thank you</p>"
        )
        outcome = send(shop, written, "orders")
        assert (outcome.sent, outcome.cut) == (True, (Cut.MARKETING,))
    sent = shop.sent[0]
    assert sent.get_body(("plain",)).get_content() == "Your order\n\nThank you\n"  # type: ignore[union-attr]
    assert sent.get_body(("html",)).get_content() == "<p>Your order</p><p>Thank you</p>\n"  # type: ignore[union-attr]
    assert caplog.text.count("marked as marketing") == 1
    shop.privacy.mail.grant(AN, "promotions")
    assert send(shop, letter(BLOCK), "promotions").cut == ()
    assert shop.sent[-1].get_content().startswith("Twenty per cent off\n")


@pytest.mark.parametrize("purpose", ["orders", "promotions", None])
def test_no_mail_asks_for_a_secret(shop: Desk, purpose: str | None) -> None:
    """D42: of either class; what the shop writes to itself asks no customer."""
    shop.privacy.mail.grant(AN, "promotions")
    written = letter("Please send us your password.")
    assert send(shop, written, purpose).why is Why.ASKS_FOR_SECRET
    assert shop.sent == []
    assert send(shop, letter("POST: please send us your password.", to="P@Shop.example"))
    shop.privacy.mail.gate.own_addresses.add("admin@shop.example")
    assert send(
        shop, letter("Please send us your password.", to="Admin <admin@shop.example>, p@shop.example")
    )


def test_pixels_stay_behind(shop: Desk) -> None:
    """Unless its reader allows what ``mail.tracking`` names."""
    shop.privacy.mail.grant(AN, "promotions")
    page = f"<p>Hello</p>{PIXEL}"
    assert send(shop, letter(html=page), "promotions").cut == (Cut.PIXEL,)
    assert "count.example" not in shop.sent[0].as_string()
    yes = Entry(
        shop.time,
        shop.privacy.mail.subject(AN),
        "statistics",
        Action.GRANTED,
        shop.privacy.policy.version,
        shop.privacy.policy.purpose_fingerprint("statistics"),
        "0" * 64,
        CollectionMethod.PREFERENCE_PAGE,
    )
    shop.privacy.ledger.append([yes])
    assert send(shop, letter(html=page), "promotions").cut == ()
    assert "count.example" in shop.sent[1].as_string()
    assert not shop.privacy.mail.gate.may_track(Draft((), "", ()), MailPurpose())
    with desk(policy=policy_of(tracking=None)) as other:
        assert send(other, letter(html=page), "orders").cut == (Cut.PIXEL,)


def test_older_than_a_restriction_is_held(shop: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """O09: about an order from before it, whether address or account restricted; each time it is told, never silent."""
    heard: list[Outcome] = []
    shop.privacy.on_held_mail(heard.append)
    order, mail = {"requested": NOW - LATER}, shop.privacy.mail
    assert send(shop, letter(), "orders", **order)
    restrict(shop, mail.subject(AN))
    held = send(shop, letter(), "orders", **order)
    assert (held.sent, held.why) == (False, Why.RESTRICTED)
    assert send(shop, letter(to=f"{BO}, {AN}"), "orders", **order).why is Why.RESTRICTED
    assert caplog.text.count("an operator decides") == 2
    assert [one.why for one in heard] == [Why.RESTRICTED] * 2
    shop.time += LATER
    assert send(shop, letter(), "orders", requested=shop.time)
    assert send(shop, letter(), "orders")
    assert send(shop, letter())
    restrict(shop, mail.subject(AN), Action.LIFTED)
    assert send(shop, letter(), "orders", **order)
    restrict(shop, shop.privacy.subject(17))
    assert send(shop, letter(), "orders", customer=17, **order).why is Why.RESTRICTED
    assert send(shop, letter(), "orders", **order)


def test_an_account_can_only_say_no(shop: Desk) -> None:
    """And a sale lets a soft opt-in through."""
    shop.privacy.mail.grant(AN, "promotions")
    shop.time += LATER
    shop.privacy.withdraw(17, "promotions")
    assert not send(shop, letter(), "promotions", customer=17)
    assert send(shop, letter(), "promotions")
    assert send(shop, letter(), "offers").why is Why.NOT_ALLOWED
    assert send(shop, letter(), "offers", sold_at=NOW)


@contextmanager
def waiting(mode: str = "enforce", **mail: Any) -> Iterator[Desk]:
    """A shop with a subscriber and a journal on another machine, which was seen two minutes ago."""
    with desk(policy=policy_of(mode, **mail)) as opened:
        opened.privacy.mail.grant(AN, "promotions")
        with opened.privacy.ledger.store.writing() as writer:
            writer.note_journal(JournalState("ff" * 16, opened.time - timedelta(minutes=2), empty=True))
        yield opened


def test_marketing_waits_for_journals_and_order_mail_does_not() -> None:
    """An opt-out may stand in one: StoreDown, for as long as the policy says; nothing else asks."""
    with waiting() as shop:
        with pytest.raises(StoreDown, match="may contain an opt-out"):
            send(shop, letter(), "promotions")
        assert send(shop, letter(), "orders")
        assert send(shop, letter(), "orders", requested=NOW - LATER)
        assert send(shop, letter(html=f"<p>Hello</p>{PIXEL}"), "orders").cut == (Cut.PIXEL,)
        shop.privacy.ledger.retire_journal("ff" * 16)
        assert send(shop, letter(), "promotions")
    with waiting(wait_for_journals="1 minute") as shop:
        assert send(shop, letter(), "promotions")


def test_report_says_that_marketing_would_wait(caplog: pytest.LogCaptureFixture) -> None:
    """And sends."""
    with waiting("report") as shop:
        for _ in range(3):
            assert send(shop, letter(), "promotions")
            shop.time += timedelta(seconds=7)
    assert caplog.text.count("would be refused") == 1


def test_report_changes_nothing(reporting: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Every message goes out as it was written, but for the header; what would be held is said once."""
    shop = reporting
    for _ in range(2):
        outcome = send(shop, letter(f"Hello {BLOCK}", X_Privacy_Purpose="promotions"))
        assert (outcome.sent, outcome.why) == (True, Why.NOT_ALLOWED)
        assert send(shop, letter(f"Hello {BLOCK}"), "orders").cut == (Cut.MARKETING,)
        assert send(shop, letter(to=f"{AN}, {BO}"), "promotions")
        assert send(shop, letter(), "spam")
        assert send(shop, letter(X_Privacy_Purpose="promotions; colour=red"))
        assert send(shop, letter(), "promotions", customer="")
    assert len(shop.sent) == 12
    assert shop.sent[0].get_content() == shop.sent[1].get_content() == f"Hello {BLOCK}\n"
    assert all("List-Id" not in sent and PURPOSE_FIELD not in sent for sent in shop.sent)
    assert caplog.text.count("would be held") == 1
    assert caplog.text.count("would be cut out of") == 1
    assert caplog.text.count("would be refused") == 4
    assert AN not in caplog.text


def test_what_is_prepared_holds_for_a_minute(shop: Desk) -> None:
    """For who hands it over themselves."""
    shop.privacy.mail.grant(AN, "promotions")
    prepared = shop.privacy.mail.prepare(letter(), "promotions")
    assert prepared
    assert prepared.until == NOW + timedelta(seconds=60)
    assert prepared.message is not None
    check_wire(prepared.message.as_bytes())
    held = shop.privacy.mail.prepare(letter(to=BO), "promotions")
    assert (bool(held), held.message, held.outcome.why) == (False, None, Why.NOT_ALLOWED)
    assert AN not in repr(prepared)
    assert shop.sent == []


def test_errors_of_the_mailer_are_the_caller_s(shop: Desk) -> None:
    """What a mail server refuses was not sent."""

    def refuse(_message: EmailMessage) -> None:
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        shop.privacy.mail.send(letter(), "orders", transport=refuse)


def test_a_listener_that_fails_stops_nothing(shop: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the message stays held."""

    @shop.privacy.on_held_mail
    def fail(_outcome: Outcome) -> None:
        raise ZeroDivisionError

    assert not send(shop, letter(), "promotions")
    assert "on_held_mail" in caplog.text


def test_logs_are_of_one_logger(shop: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """So that a shop can send what is held somewhere by itself."""
    with caplog.at_level(logging.WARNING):
        send(shop, letter(), "promotions")
    assert {record.name for record in caplog.records} == {"shopprivacy.mail"}


def test_moments_have_a_time_zone(shop: Desk) -> None:
    """Another moment elsewhere is none, and neither is a day, or text."""
    for wrong in (datetime(2026, 1, 1), date(2026, 1, 1), "2026-01-01"):  # noqa: DTZ001
        with pytest.raises(ValueError, match="requested: a moment needs a time zone"):
            send(shop, letter(), "orders", requested=wrong)
    assert isinstance(shop.privacy, Privacy)
    assert send(shop, letter(), "orders", requested=datetime(2026, 1, 1, tzinfo=UTC))
