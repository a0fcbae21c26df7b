"""Who may be written to, and the rows that an opt-out and a sign-up are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy import Action, KeysetError, PrivacyError, PurposeDenied, StoreDown, UndeclaredName
from shopprivacy.decision import Code, Record, SubjectState, may
from shopprivacy.errors import PolicyError
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.ledger.pruning import PruningRules
from shopprivacy.mail.address import Letterbox
from shopprivacy.mail.confirmation import Confirmation
from shopprivacy.mail.lists import Lists
from shopprivacy.mail.voices import ended_after
from shopprivacy.policy import Policy
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.samples import sample_keyset
from tests.gate.exchange import NOW, PURPOSES, make_policy
from tests.mail.desk import AN, MARKETING, POLICY, PREFIX, Desk, desk, only
from tests.privacy.shop import Failing

HOME = Letterbox("NL", "1234AB", "7")
LATER = timedelta(hours=1)


@pytest.fixture
def shop() -> Iterator[Desk]:
    """A shop."""
    with desk() as opened:
        yield opened


def test_nobody_is_written_to_who_was_not_asked(shop: Desk) -> None:
    """Marketing needs a yes of the address, or a sale to it where the law lets that do; orders need neither."""
    mail = shop.privacy.mail
    found = {name: mail.may(AN, name).code for name in ("newsletter", "promotions", "offers", "orders")}
    assert found == {
        "newsletter": Code.NO_CONSENT,
        "promotions": Code.NO_CONSENT,
        "offers": Code.NEEDS_EVENT,
        "orders": Code.CONTRACT,
    }


def test_a_soft_opt_in_holds_where_something_was_sold(shop: Desk) -> None:
    """To this address, up to now, until it says no; a yes does as well (directive 2002/58 art. 13(2))."""
    mail = shop.privacy.mail
    assert mail.may(AN, "offers", sold_at=NOW)
    assert not mail.may(AN, "offers", sold_at=NOW + LATER)
    assert [*mail.audience("offers", [AN, "bo@example.nl"], sold_at={AN: NOW})] == [AN]
    mail.opted_out(AN, "offers")
    assert mail.may(AN, "offers", sold_at=NOW).code is Code.OBJECTED
    shop.time += LATER
    shop.confirm(AN, "offers")
    assert mail.may(AN, "offers")


def test_a_yes_is_for_one_purpose_and_one_address(shop: Desk) -> None:
    """S05, S29: however the address is written, and for no other purpose, channel or address."""
    mail = shop.privacy.mail
    mail.grant(" AN@Example.nl", "promotions")
    assert mail.may(AN, "promotions").code is Code.CONSENTED
    assert not mail.may(AN, "newsletter")
    assert not mail.may("an+x@example.nl", "promotions")
    assert not mail.may(HOME, "promotions", channel="post")
    mail.opted_out(AN, "promotions")
    assert mail.may(AN, "promotions").code is Code.WITHDRAWN


WRITTEN = [
    f'"An" <{AN}>',
    f"An Jansen < {AN} >",
    f"<{AN}>",
    f"mailto:{AN}",
    f"<MAILTO:{AN}?subject=x>",
    f"'{AN}'",
    f'"{AN}"\n',
]


@pytest.mark.parametrize("written", WRITTEN)
def test_a_name_around_an_address_makes_nobody_else_of_it(shop: Desk, written: str) -> None:
    """Every method means the bare address: what a one-click opt-out ends stays ended however the address is written."""
    mail = shop.privacy.mail
    assert mail.link(written) == mail.link(AN)
    mail.grant(written, "promotions")
    assert mail.may(AN, "promotions")
    assert [*mail.audience("promotions", [written, AN], customers={written: 7})] == [written]
    shop.ask("POST", shop.path(purpose="promotions"))
    assert not mail.may(written, "promotions")
    assert not [*mail.audience("promotions", [written])]
    mail.opted_out(written)
    assert mail.may(AN, "newsletter").code is Code.OBJECTED
    mail.moved(written, "Bo <bo@example.nl>")
    assert mail.may("bo@example.nl", "newsletter").code is Code.OBJECTED
    mail.ask(written, "newsletter")
    mail.mail_link(written, "nl")
    assert [message["To"] for message in shop.sent] == [AN, AN]


NO_ADDRESSES = [
    "an@example.nl.",
    "an\u200b@example.nl",
    '"an"@example.nl',
    f"A <{AN}>, B <bo@example.nl>",
    "an",
    "",
]


@pytest.mark.parametrize("written", NO_ADDRESSES)
def test_what_can_be_no_address_is_never_written_to(shop: Desk, written: str) -> None:
    """Nobody says yes for it, the error does not repeat it, and its no is kept. Mail about an order goes there."""
    mail = shop.privacy.mail
    with pytest.raises(
        PrivacyError, match=r'^"promotions": mail goes to one address, and this is none'
    ) as refused:
        mail.grant(written, "promotions")
    assert "example" not in str(refused.value)
    assert not shop.rows()
    shop.confirm(written, "promotions")
    decision = mail.may(written, "promotions")
    assert (decision.allowed, decision.code, decision.detail) == (False, Code.NEEDS_OTHER, "address")
    assert "address" in decision.reason
    assert mail.may(written, "orders")
    assert not [*mail.audience("promotions", [written])]
    shop.time += LATER
    mail.opted_out(written)
    assert mail.may(written, "promotions").code is Code.OBJECTED


def test_channels_end_each_by_itself(shop: Desk) -> None:
    """D32: the catalogue, the telephone and e-mail, and each channel has an all of its own."""
    mail = shop.privacy.mail
    mail.grant(AN, "promotions")
    mail.grant(HOME, "promotions", channel="post")
    mail.grant("020 123 4567", "promotions", channel="phone")
    mail.opted_out(HOME, channel="post", how=CollectionMethod.OPERATOR)
    assert not mail.may(Letterbox("nl", "1234 ab", "7"), "promotions", channel="post")
    assert mail.may(AN, "promotions")
    assert mail.may("+31201234567", "promotions", channel="phone")
    with pytest.raises(UndeclaredName, match="channel of the purpose"):
        mail.may(HOME, "newsletter", channel="post")


def test_all_marketing_is_that_of_later_policies_too(shop: Desk) -> None:
    """Who wants none at all gets none for a purpose that is declared next year; a later yes to it counts."""
    mail = shop.privacy.mail
    mail.opted_out(AN)
    state = SubjectState(records=shop.privacy.ledger.records_of(mail.subject(AN)))
    grown = {"interest": "selling", "basis": "legitimate_interest", "mail": "marketing"}
    next_year = make_policy(purposes={**PURPOSES, **MARKETING, "catalogue": grown}, mail={"url": PREFIX})
    assert may(next_year, state, "catalogue", at=NOW).code is Code.OBJECTED
    assert may(next_year, state, "counting", at=NOW).allowed
    meaning = next_year.purpose_fingerprint("catalogue")
    yes = Record(NOW + LATER, "catalogue", Action.GRANTED, meaning, seq=99)
    again = SubjectState(records=(*state.records, yes))
    assert may(next_year, again, "catalogue", at=NOW + LATER).allowed


def test_an_override_ends_no_objection_to_all_marketing() -> None:
    """GDPR art. 21(3): there is no ground that outweighs it; nor does a yes to all open anything."""
    policy = make_policy(
        purposes={
            **PURPOSES,
            "ad": {"basis": "legitimate_interest", "interest": "x", "direct_marketing": True},
        }
    )
    no = Record(NOW, "direct_marketing", Action.OBJECTED)
    for other in (Action.OVERRIDDEN, Action.GRANTED):
        later = Record(NOW + LATER, "direct_marketing", other, policy.fingerprint, "claims")
        state = SubjectState(records=(no, later))
        assert may(policy, state, "ad", at=NOW + LATER).code is Code.OBJECTED


def test_the_account_can_only_say_no(shop: Desk) -> None:
    """Its yes is none of the address; its no counts, until the address says yes later."""
    mail, privacy = shop.privacy.mail, shop.privacy
    mail.grant("bo@example.nl", "promotions", customer=7)
    assert not mail.may(AN, "promotions", customer=7)
    mail.grant(AN, "promotions")
    shop.time += LATER
    privacy.withdraw(7, "promotions")
    assert mail.may(AN, "promotions", customer=7).code is Code.WITHDRAWN
    assert mail.may(AN, "promotions", customer=8)
    assert [*mail.audience("promotions", [AN], customers={AN: 7})] == []
    shop.time += LATER
    mail.opted_out(AN, "promotions")
    shop.time += LATER
    shop.confirm(AN, "promotions")
    assert mail.may(AN, "promotions", customer=7)


def test_the_audience_is_who_may_be_written_to(shop: Desk) -> None:
    """D35: each address once, however it is written, and no suppressed one: of a list that leaves as well."""
    mail = shop.privacy.mail
    for address in ("an@example.nl", "bo@example.nl", "cas@example.nl"):
        mail.grant(address, "promotions")
    mail.opted_out("BO@example.nl")
    asked = ["An@Example.nl", "an@example.nl", "bo@example.nl", "cas@example.nl", "dirk@example.nl"]
    assert [*mail.audience("promotions", asked)] == ["An@Example.nl", "cas@example.nl"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["yes", "no", "all"])), max_size=12))
def test_the_last_word_of_each_address_decides(acts: list[tuple[str, str]]) -> None:
    """Whatever the order of sign-ups and opt-outs, the campaign reaches exactly those whose last word is yes."""
    last: dict[str, str] = {}
    with desk() as shop:
        for who, act in acts:
            last[who] = act
            address = f"{who}@example.nl"
            if act == "yes":
                shop.confirm(address, "promotions")
            else:
                shop.privacy.mail.opted_out(address, "promotions" if act == "no" else None)
        reached = [*shop.privacy.mail.audience("promotions", [f"{who}@example.nl" for who in "abc"])]
    assert reached == [f"{who}@example.nl" for who in "abc" if last.get(who) == "yes"]


def test_a_yes_that_nobody_said_is_refused(shop: Desk) -> None:
    """An operator's, one without its confirmation, and one that names an account instead of an address."""
    mail = shop.privacy.mail
    with pytest.raises(PrivacyError, match=r"call mail\.ask"):
        mail.grant(AN, "newsletter")
    with pytest.raises(PrivacyError, match="for somebody else"):
        mail.grant(AN, "promotions", how=CollectionMethod.OPERATOR)
    with pytest.raises(PrivacyError, match=r"privacy\.mail\.grant"):
        shop.privacy.grant(7, "promotions")
    with pytest.raises(UndeclaredName):
        mail.grant(AN, "orders")
    assert shop.rows() == []


@pytest.mark.parametrize("ended", ["newsletter", "brief", "promotions", None])
def test_nobody_else_opens_an_address_that_said_no(shop: Desk, ended: str | None) -> None:
    """Whoever types an address cannot undo its no: the link mailed to it does; a no to another purpose bars nothing."""
    mail = shop.privacy.mail
    mail.opted_out(AN, ended)
    mail.opted_out(HOME, channel="post")
    shop.time += LATER
    if ended in ("promotions", None):
        with pytest.raises(PrivacyError, match=r"call mail\.ask") as refused:
            mail.grant(AN.upper(), "promotions", customer=7)
        assert AN not in str(refused.value).lower()
        assert not mail.may(AN, "promotions")
        shop.confirm(AN, "promotions")
    mail.grant(AN, "promotions")
    mail.grant(HOME, "promotions", channel="post")
    assert mail.may(AN, "promotions")


def test_only_marketing_is_opted_out_of(shop: Desk) -> None:
    """Order mail always arrives: nobody can be kept from it by name."""
    mail = shop.privacy.mail
    for asked in ("orders", "anything", "direct_marketing"):
        with pytest.raises(UndeclaredName):
            mail.opted_out(AN, asked)
        with pytest.raises(UndeclaredName):
            mail.link(AN, asked)
    mail.opted_out(AN)
    assert mail.may(AN, "orders")
    with pytest.raises(PurposeDenied):
        shop.privacy.require(7, "promotions")


def test_a_refusal_moves_with_an_address_and_a_yes_does_not(shop: Desk) -> None:
    """The new address, once verified, is not written to for what the old one ended, nor for what it wanted."""
    mail = shop.privacy.mail
    mail.grant(AN, "promotions")
    mail.grant(AN, "offers")
    mail.opted_out(AN, "offers")
    mail.moved(AN, "new@example.nl")
    assert mail.may("new@example.nl", "offers", sold_at=NOW).code is Code.OBJECTED
    assert mail.may("new@example.nl", "promotions").code is Code.NO_CONSENT


def test_an_address_that_moves_to_itself_loses_nothing(shop: Desk) -> None:
    """Who only writes it in another way keeps the yes that came after a no to everything."""
    mail = shop.privacy.mail
    mail.opted_out(AN)
    shop.time += LATER
    shop.confirm(AN, "newsletter")
    shop.time += LATER
    mail.moved(AN, "An <AN@Example.nl>")
    assert mail.may(AN, "newsletter")


@pytest.mark.parametrize("written", [None, b"an@example.nl", 31201234567])
@pytest.mark.parametrize("channel", ["email", "phone"])
def test_what_is_no_text_is_nobody(shop: Desk, written: Any, channel: Any) -> None:
    """A no of it would be recorded of somebody else, and be lost; so it is refused, and not repeated."""
    with pytest.raises(PrivacyError, match=r"is text \(str\)$"):
        shop.privacy.mail.opted_out(written, channel=channel)
    with pytest.raises(PrivacyError, match=r"is text \(str\)$"):
        shop.privacy.mail.may(written, "promotions", channel=channel)
    assert not shop.rows()


@pytest.mark.parametrize(
    "url",
    ["https://shop.example/u", "https://shop.example/", "shop.example/u/", "https://shop.example/u/?t="],
)
def test_a_link_begins_with_a_prefix(shop: Desk, url: str) -> None:
    """Nobody would answer it else, and a mail that was sent cannot be mended."""
    with pytest.raises(PrivacyError, match=r"^url: cannot begin an unsubscribe link"):
        shop.privacy.mail.link(AN, "newsletter", url=url)
    with pytest.raises(PrivacyError, match=r"^url: cannot begin an unsubscribe link"):
        shop.privacy.mail.ask(AN, "newsletter", url=url)


def test_a_moment_needs_a_time_zone(shop: Desk) -> None:
    """Whatever takes one says which it was."""
    mail, naive = shop.privacy.mail, NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match=r"^at: a moment needs a time zone"):
        mail.opted_out(AN, at=naive)
    with pytest.raises(ValueError, match=r"^sold_at: a moment needs a time zone"):
        mail.may(AN, "offers", sold_at=naive)
    with pytest.raises(ValueError, match=r"^sold_at: a moment needs a time zone"):
        next(mail.audience("offers", [AN], sold_at={AN: naive, f" {AN}": NOW}))


def test_an_opt_out_needs_no_database(tmp_path: Path) -> None:
    """It holds where only the journal can be written; a yes then is none."""
    store = Failing()
    with desk(store=store, journal=JournalFile(tmp_path / "journal")) as shop:
        mail = shop.privacy.mail
        mail.grant(AN, "promotions")
        store.down = True
        mail.opted_out(AN, "promotions")
        with pytest.raises(StoreDown):
            mail.grant("bo@example.nl", "promotions")
        store.down = False
        shop.privacy._effects.catch_up()
        assert mail.may(AN, "promotions").code is Code.WITHDRAWN


@pytest.mark.parametrize(
    "address", ["an@example.nl, bo@example.nl", "an@example.nl\nBcc: bo@example.nl", "an"]
)
def test_one_address_is_asked(shop: Desk, address: str) -> None:
    """What is none, or several, is mailed nothing, and the error does not repeat it."""
    with pytest.raises(PrivacyError, match="mail goes to one address") as refused:
        shop.privacy.mail.ask(address, "newsletter")
    assert "example.nl" not in str(refused.value)
    assert shop.sent == []


def test_asking_needs_a_mailer_and_a_url() -> None:
    """Both are named where they are missing; nothing is written."""
    with desk(transport=False) as shop, pytest.raises(PrivacyError, match=r"privacy\.mail\.transport"):
        shop.privacy.mail.ask(AN, "newsletter")
    without = make_policy(purposes={**PURPOSES, **MARKETING})
    with desk(policy=without) as shop:
        with pytest.raises(PrivacyError, match=r"mail\.url: is missing"):
            shop.privacy.mail.link(AN)
        shop.privacy.mail.ask(AN, "newsletter", url="http://127.0.0.1:8000/u/")
        shop.privacy.mail.ask(AN, "newsletter", url="http://127.0.0.1:8000/u/")
        [message] = shop.sent
        assert "http://127.0.0.1:8000/privacy/confirm/" in message.get_content()
        assert shop.rows() == []


def test_each_purpose_is_asked_about_once_a_day(shop: Desk) -> None:
    """Who was asked about one, or was mailed their own link, can still be asked about another."""
    for _ in range(2):
        shop.privacy.mail.mail_link(AN, "nl")
        shop.privacy.mail.ask(AN, "newsletter")
        shop.privacy.mail.ask(AN.upper(), "promotions")
    assert len(shop.sent) == 3


def test_a_mail_that_was_not_sent_is_still_to_come(shop: Desk) -> None:
    """Where the mailer fails nobody has had today's mail: who tries again gets it, once, and others keep their turn."""
    working = shop.privacy.mail.transport

    def broken(_message: object) -> None:
        raise ConnectionRefusedError

    shop.privacy.mail.ask("bo@example.nl", "newsletter")
    shop.privacy.mail.transport = broken
    shop.privacy.mail.ask(AN, "newsletter")
    shop.privacy.mail.mail_link(AN, "nl")
    shop.privacy.mail.transport = working
    for _ in range(2):
        shop.privacy.mail.ask(AN, "newsletter")
        shop.privacy.mail.mail_link(AN, "nl")
        shop.privacy.mail.ask("bo@example.nl", "newsletter")
    assert [message["To"] for message in shop.sent] == ["bo@example.nl", AN, AN]


def test_a_shop_that_is_reached_by_telephone_writes_no_from() -> None:
    """Where the policy has no e-mail address of the shop's, the mailer says whose mail it is."""
    phone = {"name": "Shop", "address": "Street 1", "phone": "1"}
    with desk(policy=make_policy(purposes={**PURPOSES, **MARKETING}, controller=phone)) as shop:
        shop.privacy.mail.ask(AN, "newsletter", url=PREFIX)
        assert shop.sent[0]["From"] is None


def test_a_shop_with_a_domain_in_any_script_writes_its_from() -> None:
    """As IDNA writes it: an encoded word in an address is none, and many servers take no other alphabet."""
    shop = {"name": "Bücher", "address": "Street 1", "email": "info@bücher.example"}
    with desk(policy=make_policy(purposes={**PURPOSES, **MARKETING}, controller=shop)) as opened:
        opened.privacy.mail.ask(AN, "newsletter", url=PREFIX)
        assert b"<info@xn--bcher-kva.example>\n" in opened.sent[0].as_bytes()


@pytest.mark.parametrize("end", ["\n", "\u2028"])
def test_a_title_on_two_lines_stops_no_mail(end: str) -> None:
    """A file may have one, and the subject of a message stands on one line."""
    texts = {"nl": {"purposes": {"newsletter": {"title": f"Nieuws{end}brief"}}}}
    with desk(policy=make_policy(purposes={**PURPOSES, **MARKETING}, texts=texts)) as shop:
        shop.privacy.mail.ask(AN, "newsletter", url=PREFIX)
        assert "Nieuws brief" in shop.sent[0]["Subject"]


def test_a_start_with_other_subjects_stops() -> None:
    """Under another ring nobody who objected would be found again, and all of them mailed."""
    store = MemoryStore()
    with desk(store=store):
        pass
    with desk(store=store):
        pass
    from shopprivacy import Privacy

    with pytest.raises(KeysetError, match='another ring "subjects"'):
        Privacy(POLICY, keyset=sample_keyset(), store=store)


@pytest.mark.parametrize(
    ("url", "is_right"),
    [
        ("https://shop.example/u/", True),
        ("https://shop.example:8443/nl/afmelden/", True),
        ("http://127.0.0.1:8000/u/", True),
        ("http://localhost/u/", True),
        ("http://shop.example/u/", False),
        ("https://shop.example/u", False),
        ("https://shop.example/", False),
        ("https://shop.example/ü/", False),
        ("https://user@shop.example/u/", False),
        ("https://shop.example/u/?x=/", False),
        ("shop.example/u/", False),
        ("https://shop.example/../u/", False),
        ("https://shop.example/nl/./", False),
        ("https://shop.example/.u/", True),
        ("https://shop.example/privacy/", False),
        ("https://shop.example/privacy/confirm/x/", False),
        ("https://shop.example/privacy/u/", True),
    ],
)
def test_what_a_link_may_begin_with(url: str, is_right: bool) -> None:
    """https, and a path that ends in a slash: what a header holds without encoding it (RFC 8058)."""
    if is_right:
        assert only("news", url).mail.url == url
    else:
        with pytest.raises(PolicyError, match=r"mail\.url"):
            only("news", url)


def test_the_reserved_name_is_no_purpose() -> None:
    """``direct_marketing`` stands for all of it in the ledger."""
    with pytest.raises(PolicyError, match="means all direct marketing"):
        only("direct_marketing")


def _colliding() -> tuple[str, str]:
    from shopprivacy.policy.fingerprint import link_tag_of

    seen: dict[bytes, str] = {}
    for number in range(100_000):
        name = f"list_{number}"
        if (other := seen.setdefault(link_tag_of(name), name)) != name:
            return other, name
    raise AssertionError


def test_two_purposes_with_one_tag_are_refused() -> None:
    """A link would end the wrong one; a former name counts, too."""
    one, other = _colliding()
    consent = {"basis": "consent", "mail": "marketing"}
    for purposes in ({one: consent, other: consent}, {one: consent, "b": {**consent, "formerly": [other]}}):
        with pytest.raises(PolicyError) as refused:
            make_policy(purposes=purposes, cookies={})
        assert [problem.code for problem in refused.value.problems] == ["link-tag-collision"]
    apart: Policy = make_policy(purposes={one: consent, other: {"basis": "consent"}}, cookies={})
    assert apart.purposes[other].mail is None


def test_a_no_from_a_clock_ahead_holds_at_once(shop: Desk) -> None:
    """A provider whose clock is an hour ahead reports an opt-out, and the next mail is not sent."""
    mail = shop.privacy.mail
    mail.grant(AN, "promotions")
    mail.opted_out(AN, "promotions", at=NOW + LATER)
    assert mail.may(AN, "promotions").code is Code.WITHDRAWN


@pytest.mark.parametrize("who", ["address", "account"])
def test_a_no_on_a_machine_whose_clock_is_ahead_holds_at_once(shop: Desk, who: str) -> None:
    """What another machine has acknowledged is not mailed over until this one's clock gets there."""
    mail = shop.privacy.mail
    mail.grant(AN, "promotions")
    shop.time = NOW + LATER
    if who == "address":
        assert shop.post(shop.path(AN, "promotions")).status == 200
    else:
        shop.privacy.withdraw(7, "promotions")
    shop.time = NOW + LATER / 2
    assert mail.may(AN, "promotions", customer=7).code is Code.WITHDRAWN
    assert [*mail.audience("promotions", [AN], customers={AN: 7})] == []
    assert mail.may(AN, "promotions", customer=7, at=NOW)


def test_a_yes_that_is_confirmed_again_beats_the_no_of_its_account(shop: Desk) -> None:
    """Who said yes, no in the account, and yes again is mailed; the same click twice is one yes."""
    mail = shop.privacy.mail
    for _ in range(2):
        shop.confirm(AN, "promotions")
    assert len(shop.rows()) == 1
    shop.time += LATER
    shop.privacy.withdraw(7, "promotions")
    shop.time += LATER
    assert not mail.may(AN, "promotions", customer=7)
    shop.confirm(AN, "promotions")
    assert mail.may(AN, "promotions", customer=7)


def test_an_audience_knows_accounts_however_their_address_is_written(shop: Desk) -> None:
    """One no of the accounts behind an address, written otherwise there, keeps it out; a sale is found likewise."""
    mail = shop.privacy.mail
    mail.grant(AN, "promotions")
    shop.time += LATER
    shop.privacy.withdraw(7, "promotions")
    for customers in ({"AN@example.nl": 7}, {"An@example.nl": 8, " an@example.NL": 7}):
        assert [*mail.audience("promotions", [AN], customers=customers)] == []
    assert [*mail.audience("promotions", [AN], customers={"An@example.nl": 8})] == [AN]
    assert [*mail.audience("offers", [AN], sold_at={"AN@example.nl": NOW})] == [AN]


def test_a_state_can_only_say_no(shop: Desk) -> None:
    """What the shop hands over of somebody opens no address, and a no or a restriction in it closes one."""
    mail = shop.privacy.mail
    meaning = POLICY.purpose_fingerprint("promotions")
    yes = Record(NOW, "promotions", Action.GRANTED, meaning)
    assert not mail.may(AN, "promotions", state=SubjectState(records=(yes,)))
    mail.grant(AN, "promotions")
    shop.time += LATER
    held, lifted = Record(shop.time, None, Action.RESTRICTED), Record(shop.time, None, Action.LIFTED, seq=1)
    for record in (Record(shop.time, "promotions", Action.REFUSED), held):
        assert not mail.may(AN, "promotions", state=SubjectState(records=(record,)))
    assert mail.may(AN, "promotions", state=SubjectState(records=(held, lifted)))


def test_who_signs_up_again_is_written_to_again(shop: Desk) -> None:
    """The account that withdrew, and then ticks the box anew, has taken its own no back."""
    mail = shop.privacy.mail
    mail.grant(AN, "promotions", customer=7)
    shop.time += LATER
    shop.privacy.withdraw(7, "promotions")
    assert not mail.may(AN, "promotions", customer=7)
    shop.time += LATER
    mail.grant(AN, "promotions", customer=7)
    assert mail.may(AN, "promotions", customer=7)


def test_a_yes_after_a_moved_no_counts(shop: Desk) -> None:
    """It repeats no yes from before the address took over an objection to all marketing."""
    mail = shop.privacy.mail
    mail.grant("new@example.nl", "promotions")
    shop.time += LATER
    shop.privacy.ledger.append(
        [
            e
            for e in mail.marketing.opt_out(
                mail.subject(AN), "email", None, at=shop.time, how=CollectionMethod.PROVIDER
            )
            if e.purpose == "direct_marketing"
        ]
    )
    mail.moved(AN, "new@example.nl")
    assert not mail.may("new@example.nl", "promotions")
    shop.time += LATER
    for _ in range(2):
        shop.confirm("new@example.nl", "promotions")
    assert mail.may("new@example.nl", "promotions")
    assert [purpose for purpose, action, _ in shop.said() if action == "granted"] == [
        "promotions",
        "promotions",
    ]


def _renamed(**changes: object) -> Policy:
    """The policy of next year, in which the purpose offers has the name deals."""
    deals = {**MARKETING["offers"], "formerly": ["offers"], **changes}
    others = {name: purpose for name, purpose in MARKETING.items() if name != "offers"}
    return make_policy(purposes={**PURPOSES, **others, "deals": deals}, mail={"url": PREFIX})


def test_a_no_outlives_the_name_of_its_purpose() -> None:
    """An objection under a former name is one to the purpose, which no pruning forgets; a yes under it is none."""
    store = MemoryStore()
    with desk(store=store) as before:
        before.privacy.mail.opted_out(AN, "offers")
        before.privacy.mail.grant("bo@example.nl", "offers")
    with desk(policy=_renamed(), store=store) as shop:
        mail, ledger = shop.privacy.mail, shop.privacy.ledger
        assert mail.may(AN, "deals", sold_at=NOW).code is Code.OBJECTED
        assert mail.may("bo@example.nl", "deals").code is Code.NEEDS_EVENT
        assert ledger.prunable(PruningRules.of(_renamed()), NOW + timedelta(days=36500)) == []
        shop.time += LATER
        shop.confirm(AN, "deals")
        assert mail.may(AN, "deals")
    consented = make_policy(
        purposes={"deals": {"basis": "consent", "mail": "marketing", "formerly": ["offers"]}},
        cookies={},
        mail={"url": PREFIX},
    )
    state = SubjectState(records=(Record(NOW, "offers", Action.REFUSED),))
    assert may(consented, state, "deals", at=NOW).code is Code.REFUSED


def test_an_opt_out_by_a_former_name_ends_the_purpose(shop: Desk) -> None:
    """What a provider reports by the name of last year is not lost, nor is a link to confirm valid after one."""
    shop.privacy.mail.opted_out(AN, "brief")
    assert shop.said() == [("newsletter", "withdrawn", "provider")]
    no = Record(NOW, "brief", Action.WITHDRAWN, seq=1)
    said = Confirmation(b"", b"", NOW, 0)
    assert ended_after(said, [no], shop.privacy.mail.marketing.about("newsletter"))


def test_a_no_that_would_end_nothing_is_refused() -> None:
    """By a channel that a purpose does not use: whoever records it learns so, and no link or list promises it."""
    catalogue = {"basis": "consent", "mail": "marketing", "channels": ["post"], "formerly": ["booklet"]}
    policy = make_policy(purposes={**PURPOSES, **MARKETING, "catalogue": catalogue}, mail={"url": PREFIX})
    with desk(policy=policy) as shop:
        mail = shop.privacy.mail
        book = Lists(policy, shop.privacy.ledger, mail.marketing, mail.subject, shop.time)
        for refused in (
            lambda: mail.opted_out(AN, "catalogue"),
            lambda: mail.opted_out(AN, "booklet"),
            lambda: mail.opted_out(HOME, "newsletter", channel="post"),
            lambda: mail.link(AN, "catalogue"),
            lambda: book.suppressions([], "00" * 8, "catalogue"),
            lambda: book.subscribers([], "00" * 8, "catalogue", None, None),
        ):
            with pytest.raises(UndeclaredName, match="channel of the purpose"):
                refused()
        assert shop.rows() == []
        mail.opted_out(HOME, "booklet", channel="post")
        assert [purpose for purpose, _, _ in shop.said()] == ["catalogue"]


def test_a_link_reaches_an_address_in_any_script(shop: Desk) -> None:
    """Its domain is written in ASCII, which every mail server takes; what is none is mailed nothing."""
    mail = shop.privacy.mail
    mail.ask("An <An@m\u00fcnchen.example>", "newsletter")
    mail.mail_link("an@M\u00dcNCHEN.example", "nl")
    mail.mail_link("zo\u00eb@x.nl", "nl")
    to = ["An@xn--mnchen-3ya.example", "an@xn--mnchen-3ya.example", "zo\u00eb@x.nl"]
    assert [message["To"] for message in shop.sent] == to
    for none in ("nobody", "an@x.nl, bo@x.nl"):
        with pytest.raises(PrivacyError, match="one address") as refused:
            mail.mail_link(none, "nl")
        assert none not in str(refused.value)
