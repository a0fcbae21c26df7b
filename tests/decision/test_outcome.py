"""Every answer says why, in the customer's language, in the statement's own sentence."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from shopprivacy.decision import Action, Code, PurposeDenied, may
from shopprivacy.decision.outcome import ALLOWING
from shopprivacy.policy import Basis
from shopprivacy.policy.texts import LANGUAGES, default_texts
from tests.decision.examples import BEFORE, EXAMPLES, RESTRICTED, example
from tests.decision.shop import NOON, POLICY, ask, policy, record, state


@pytest.mark.parametrize("code", Code)
def test_there_is_an_example_of_every_code(code: Code) -> None:
    """Each code is what its example gets, and says yes or no as it should."""
    decision = example(code)
    assert decision.code is code
    assert decision.allowed is bool(decision) is (code in ALLOWING)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", Code)
def test_every_reason_in_every_language(code: Code, language: str) -> None:
    """A reason tells what happened, then quotes a sentence of the statement, all in one language, filled in."""
    texts = default_texts(language)
    reason = example(code).reason_in(language)
    if code in texts.decision:
        words = re.split(r"\{\w+\}", texts.decision[code])
        assert all(part in reason for part in words)
    quoted = [
        sentence
        for name, sentence in texts.statement.items()
        if name not in {"says", "says_about"}
        and all(part in reason for part in re.split(r"\{\w+\}", sentence))
    ]
    assert quoted, reason
    assert "{" not in reason


def test_the_day_in_a_reason_is_that_of_the_shops_country() -> None:
    """Half an hour before midnight in UTC it is the next day already where the customers live."""
    late = NOON.replace(month=1, day=31, hour=23, minute=30)
    decision = ask("newsletter", state(record(Action.WITHDRAWN, "newsletter", late)))
    assert "on 1 February 2026" in decision.reason_in("en")


def test_the_reason_is_in_the_language_asked_for() -> None:
    """The language of the question, else the first of the policy; an unknown one falls back on that too."""
    assert may(POLICY, state(), "orders", at=NOON).reason.startswith("In onze privacyverklaring")
    assert may(POLICY, state(), "orders", at=NOON, language="fr").reason.startswith("Notre déclaration")
    assert may(POLICY, state(), "orders", at=NOON).reason_in("es").startswith("In onze privacyverklaring")


@pytest.mark.parametrize(
    "code",
    [code for code, (_, known, _) in EXAMPLES.items() if known.records and code is not Code.AGE_UNKNOWN],
)
def test_a_decision_dates_the_act_that_decided(code: Code) -> None:
    """Whatever act of the subject or of the shop decided, the decision tells when it was done."""
    assert example(code).since == BEFORE


def test_keeping_restricted_data_is_dated_by_the_restriction() -> None:
    """What is kept because processing is restricted tells since when."""
    assert ask("orders", state(RESTRICTED), storing=True).since == BEFORE


def test_consent_from_before_a_restriction_is_dated_by_the_restriction() -> None:
    """What stops an earlier consent is the restriction, so the decision tells when that was."""
    granted = record(Action.GRANTED, "newsletter", BEFORE - timedelta(days=1))
    decision = ask("newsletter", state(granted, RESTRICTED))
    assert decision.code is Code.RESTRICTED
    assert decision.since == BEFORE


def test_a_decision_names_the_basis_of_its_purpose() -> None:
    """The legal basis is the declared one; what is not declared has none, and no term either."""
    assert ask("orders").basis is Basis.CONTRACT
    assert ask("newsletter").basis is Basis.CONSENT
    undeclared = ask("resale_list")
    assert undeclared.basis is None
    assert undeclared.until is None


def test_an_objection_to_advertising_quotes_the_absolute_right() -> None:
    """For direct marketing the reason quotes the sentence that promises to stop at once."""
    decision = ask("promotions", state(record(Action.OBJECTED, "promotions")))
    assert decision.reason_in("en").endswith(
        "“You can object to advertising at any time and without giving a reason. We then stop at once.”"
    )


def test_a_review_that_is_due_is_quoted() -> None:
    """A purpose that lives until a review quotes the day of that review."""
    decision = ask("rescue", at=NOON.replace(year=2027))
    assert decision.code is Code.OVER
    assert "“On 1 January 2027 we decide anew whether we still need your data" in decision.reason_in("en")


def test_the_shops_own_words_are_quoted() -> None:
    """A title the shop wrote is the title in the reason."""
    own = policy(texts={"nl": {"purposes": {"newsletter": {"title": "Het weekblad"}}}})
    assert "“Het weekblad”" in may(own, state(), "newsletter", at=NOON).reason


def test_the_policys_own_age_is_told() -> None:
    """A shop that asks parents up to 18 says 18."""
    own = policy(children={"age": 18})
    known = state(record(Action.GRANTED, "newsletter", BEFORE), born=date(2008, 6, 1))
    decision = may(own, known, "newsletter", at=NOON, language="en")
    assert decision.code is Code.UNDER_AGE
    assert "younger than 18" in decision.reason


def test_decisions_are_equal_when_they_say_the_same() -> None:
    """Decisions compare by what they say, and one cannot be changed."""
    assert ask("orders") == ask("orders")
    assert ask("orders") != ask("accounting")
    with pytest.raises(AttributeError):
        ask("orders").allowed = False  # type: ignore[misc]


def test_a_decision_shows_neither_grounds_nor_the_policy() -> None:
    """The repr of a decision holds nothing that somebody wrote in free words."""
    shown = repr(example(Code.OVERRIDDEN))
    assert "attack" not in shown
    assert "Policy" not in shown
    assert "Code.OVERRIDDEN" in shown


def test_a_denial_raised_carries_its_reason() -> None:
    """PurposeDenied says what the decision says."""
    denied = PurposeDenied(example(Code.NO_CONSENT))
    assert str(denied) == example(Code.NO_CONSENT).reason
