"""The consent of a request where no gate stands around it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from shopprivacy.consent.choices import BrowserPolicy, Choice, Choices, ConsentStatus, Withdrawals
from shopprivacy.consent.context import ConsentContext, NobodysConsent
from shopprivacy.errors import UndeclaredName
from tests.gate.exchange import NOW, choices, elsewhere, make_policy
from tests.http.heads import head

POLICY = make_policy()


@dataclass
class Signed:
    """A consent cookie as read."""

    choices: Choices


def test_a_context_without_a_gate_answers_by_choices() -> None:
    """What the visitor chose counts, then what they choose now; nothing is too late where no response leaves."""
    known = Signed(choices(POLICY, statistics=Choice.GRANTED))
    consent = ConsentContext(BrowserPolicy(POLICY), head(), NOW, known)
    assert consent.choices is known.choices
    assert consent.allows("statistics")
    assert consent.asked
    assert consent.undecided() == ("ads",)
    refused = choices(POLICY, statistics=Choice.WITHDRAWN, ads=Choice.REFUSED)
    consent.choose(refused)
    assert consent.choices is refused
    assert not consent.allows("statistics")
    assert consent.statuses["ads"] is ConsentStatus.DENIED
    with pytest.raises(UndeclaredName):
        consent.allows("orders")


ACCOUNT, OTHER = b"a" * 20, b"o" * 20
PURPOSES = BrowserPolicy(POLICY).purposes


def recognised(
    chosen: Choices | None, known: dict[bytes, Withdrawals | None], account: bytes = ACCOUNT
) -> ConsentContext:
    """Return the consent of a request whose account was told after the consent cookie was read."""
    signed = Signed(chosen) if chosen else None
    consent = ConsentContext(BrowserPolicy(POLICY), head(), NOW, signed, lambda of: known.get(of, {}))
    consent.recognise(account)
    return consent


def test_a_cookie_that_is_not_the_accounts_reopens_nothing() -> None:
    """Of no account or of another one: what the account that is signed in said no to is denied, and stays so."""
    no = {ACCOUNT: elsewhere({"ads": 1, "counting": 1})}
    granted = replace(choices(POLICY, statistics=Choice.GRANTED, ads=Choice.GRANTED), consent_id=b"c" * 16)
    for chosen in (granted, granted.tied_to(OTHER), granted.tied_to(OTHER, b"counti\0\1")):
        consent = recognised(chosen, no)
        assert [consent.allows(name) for name in PURPOSES] == [True, False, False]
        assert consent.choices is not None
        assert consent.choices.account == ACCOUNT
        again = ConsentContext(
            BrowserPolicy(POLICY), head(), NOW, Signed(consent.choices), lambda _of: no[ACCOUNT]
        )
        assert [again.allows(name) for name in PURPOSES] == [True, False, False]


def test_what_is_the_accounts_own_stays_as_it_is() -> None:
    """So does a browser in which there is nothing to end, and one on which nobody is signed in."""
    no = {ACCOUNT: elsewhere({"ads": 1})}
    granted = choices(POLICY, statistics=Choice.GRANTED, ads=Choice.GRANTED)
    own = granted.tied_to(ACCOUNT, b"ads   \0\1")
    for consent in (
        recognised(own, no),
        recognised(granted, no, b""),
        recognised(choices(POLICY, ads=Choice.REFUSED), no),
        recognised(None, no),
    ):
        assert consent.chosen is None
    assert recognised(own, no).allows("ads")


def test_what_the_other_account_ended_is_not_opened_for_this_one() -> None:
    """On a shared computer a cookie changes hands with what its owner had said no to; unknown, it does not yet."""
    granted = choices(POLICY, statistics=Choice.GRANTED, ads=Choice.GRANTED).tied_to(OTHER)
    consent = recognised(granted, {OTHER: elsewhere({"ads": 1})})
    assert not consent.allows("ads")
    assert consent.chosen is not None
    assert consent.chosen.answers[PURPOSES["ads"].id].choice is Choice.WITHDRAWN
    assert recognised(granted, {OTHER: None}).chosen is None


def test_an_account_of_which_nobody_knows_now_is_tied_all_the_same() -> None:
    """Until somebody knows, nothing of that is allowed."""
    consent = recognised(choices(POLICY, ads=Choice.GRANTED), {ACCOUNT: None})
    assert not consent.allows("ads")
    assert consent.chosen is not None
    assert consent.chosen.account == ACCOUNT


def test_nobodys_consent_allows_and_takes_nothing() -> None:
    """Of a request that nobody sent: no purpose, no question, no choice, no account; names are checked all the same."""
    consent = NobodysConsent(BrowserPolicy(POLICY))
    consent.choose(choices(POLICY, ads=Choice.GRANTED))
    consent.recognise(ACCOUNT)
    assert not any(consent.allows(name) for name in PURPOSES)
    assert {*consent.statuses.values()} == {ConsentStatus.UNKNOWN}
    assert (consent.undecided(), consent.choices, consent.holds_something) == ((), None, False)
    assert (consent.head.header("host"), consent.head.hostname, consent.head.path) == (None, "", "/")
    with pytest.raises(UndeclaredName):
        consent.allows("orders")
