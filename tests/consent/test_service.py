"""The consent of accounts: asked, recorded, withdrawn, and brought together with a browser's at sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from shopprivacy import Privacy, PrivacyError, PurposeDenied, StoreDown, UndeclaredName
from shopprivacy.consent.choices import Choice
from shopprivacy.consent.consent_record import BROWSER_KIND, text_hash
from shopprivacy.crypto import pseudonym
from shopprivacy.decision import Action
from shopprivacy.gate.response_filter import release
from shopprivacy.ledger.entry import CollectionMethod, Entry
from tests.gate.exchange import KEYSET, NOW, choices
from tests.privacy.shop import POLICY, Clock, Failing, context, entries, granted


@pytest.fixture
def clock() -> Clock:
    """A clock at NOW."""
    return Clock()


@pytest.fixture
def privacy(clock: Clock) -> Iterator[Privacy]:
    """A shop's Privacy, whose ``consent`` is the service."""
    made = Privacy(POLICY, keyset=KEYSET, store=Failing(), clock=clock)
    yield made
    made.close()


def test_require_reads_the_ledger_not_the_cookie(privacy: Privacy) -> None:
    """An account's purpose is allowed when the account granted it, and not a moment after it withdrew."""
    with pytest.raises(PurposeDenied) as denied:
        privacy.require(7, "newsletter")
    assert denied.value.decision.reason
    privacy.grant(7, "newsletter", language="fr")
    assert privacy.require(7, "newsletter").allowed
    assert not privacy.may(8, "newsletter").allowed
    privacy.withdraw(7, "newsletter")
    assert not privacy.may(7, "newsletter").allowed


def test_was_allowed_answers_for_any_past_moment(privacy: Privacy, clock: Clock) -> None:
    """What was done before a withdrawal stays lawful, and can be shown (GDPR art. 7(1), 7(3))."""
    for days, act in ((1, privacy.grant), (2, privacy.withdraw)):
        clock.time = NOW + timedelta(days=days)
        act(7, "newsletter")
    allowed = [privacy.was_allowed(7, "newsletter", NOW + timedelta(days=d, hours=1)) for d in range(4)]
    assert allowed == [False, True, False, False]
    assert privacy.may(7, "newsletter", at=NOW + timedelta(days=1, hours=1)).allowed


def test_the_newest_choice_wins_within_one_moment(privacy: Privacy) -> None:
    """Granted and withdrawn by one clock tick: the ledger's order decides."""
    privacy.grant(7, "newsletter")
    privacy.withdraw(7, "newsletter")
    assert not privacy.may(7, "newsletter").allowed
    privacy.grant(7, "newsletter")
    assert privacy.may(7, "newsletter").allowed


def test_an_undeclared_purpose_is_an_error_everywhere(privacy: Privacy) -> None:
    """A literal in the shop's code that the policy does not know."""
    for asked in (privacy, privacy.consent):
        for ask in (asked.may, asked.require, asked.grant, asked.withdraw, asked.object_to):
            with pytest.raises(UndeclaredName, match="newletter"):
                ask(7, "newletter")
    assert entries(privacy) == []


def test_privacy_lends_what_its_service_does(privacy: Privacy) -> None:
    """A short cut and the service's method write and read the same choices of the same customer."""
    privacy.consent.grant(7, "newsletter")
    assert privacy.may(7, "newsletter") == privacy.consent.may(7, "newsletter")
    assert privacy.subject(7) == privacy.consent.subject(7)
    privacy.withdraw(7, "newsletter")
    assert not privacy.consent.may(7, "newsletter").allowed


def test_an_objection_is_recorded_and_obeyed(privacy: Privacy) -> None:
    """A purpose on legitimate interest is allowed until the customer objects."""
    assert privacy.may(7, "counting").allowed
    privacy.object_to(7, "counting")
    assert not privacy.may(7, "counting").allowed


@pytest.mark.parametrize("customer", [None, True, 7.0, b"7", object(), ("customer", 7)])
def test_a_customer_is_named_by_an_id(privacy: Privacy, customer: object) -> None:
    """A whole record, or None, would be spelled as somebody else, whose no nobody finds; 7 and its text are one."""
    for ask in (privacy.withdraw, privacy.object_to, privacy.may, privacy.grant):
        with pytest.raises(PrivacyError, match="give the id"):
            ask(customer, "newsletter")
    assert not list(privacy.ledger.store.rows())
    assert privacy.consent.subject(7) == privacy.consent.subject("7")


def test_no_raw_identifier_reaches_the_ledger(privacy: Privacy) -> None:
    """The customer's id is in no field of any row."""
    privacy.grant("an@shop.example", "newsletter")
    assert "an@" not in repr(list(privacy.ledger.store.rows()))


def test_signing_in_narrows_both_sides(privacy: Privacy) -> None:
    """What the account closed closes in the browser; what the browser refused closes for the account."""
    privacy.withdraw(7, "statistics")
    chosen = choices(POLICY, statistics=Choice.GRANTED, ads=Choice.REFUSED)
    arriving = context(privacy, replace(chosen, consent_id=b"i" * 16))
    privacy.sign_in(arriving, "7")
    assert not arriving.allows("statistics")
    assert any(value.startswith(b"__Host-consent=") for _, value in release(arriving, []))
    assert [(e.purpose, e.action, e.how.value) for e in entries(privacy)][1:] == [
        ("ads", Action.WITHDRAWN, "sign_in")
    ]


def test_signing_in_narrows_the_browser_although_the_ledger_is_down(
    privacy: Privacy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the account refused is closed here, whatever becomes of the row about what this browser refused."""
    privacy.withdraw(7, "statistics")

    def down(_entries: object) -> None:
        raise StoreDown("the database does not answer")

    monkeypatch.setattr(privacy.consent, "_write", down)
    arriving = context(privacy, granted(statistics=Choice.GRANTED, ads=Choice.REFUSED))
    with pytest.raises(StoreDown):
        privacy.sign_in(arriving, "7")
    assert not arriving.allows("statistics")


def test_signing_in_loses_none_of_several_withdrawals(
    privacy: Privacy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are written at once, so that none is forgotten because the one before could not be kept."""
    written: list[list[str | None]] = []
    monkeypatch.setattr(privacy.consent, "_write", lambda new: written.append([e.purpose for e in new]))
    privacy.sign_in(context(privacy, granted(statistics=Choice.REFUSED, ads=Choice.REFUSED)), "7")
    assert [sorted(map(str, purposes)) for purposes in written] == [["ads", "statistics"]]


def test_what_was_refused_while_a_sign_in_was_on_its_way_stays_refused(privacy: Privacy) -> None:
    """The sign-in brings the cookie from before; neither browser nor account gets back what was in it."""
    before = replace(choices(POLICY, statistics=Choice.GRANTED, ads=Choice.GRANTED), consent_id=b"i" * 16)
    subject = pseudonym(KEYSET, BROWSER_KIND, before.consent_id.hex())
    said = [("statistics", Action.GRANTED), ("ads", Action.GRANTED), ("ads", Action.WITHDRAWN)]
    for name, action in said:
        meaning, text = POLICY.purpose_fingerprint(name), text_hash(POLICY, name, "en")
        how, proof = CollectionMethod.BANNER, subject.partition(":")[2] if action is Action.GRANTED else None
        privacy.ledger.append([Entry(NOW, subject, name, action, POLICY.version, meaning, text, how, proof)])
    arriving = context(privacy, before)
    privacy.sign_in(arriving, "7")
    assert not arriving.allows("ads")
    assert arriving.allows("statistics")
    assert [(e.purpose, e.action) for e in entries(privacy)[3:]] == [("ads", Action.WITHDRAWN)]
