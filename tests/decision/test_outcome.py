"""Every answer says why, in the customer's language, in the statement's own sentence."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from shopprivacy.decision import Action, Code, Decision, Event, PurposeDenied, SubjectState, may
from shopprivacy.decision.outcome import ALLOWING
from shopprivacy.policy import Basis
from shopprivacy.policy.texts import LANGUAGES, default_texts
from tests.decision.shop import NOON, POLICY, ask, policy, record, state

BEFORE = NOON - timedelta(days=31)  # 30 January 2026
RESTRICTED = record(Action.RESTRICTED, None, BEFORE)

EXAMPLES: dict[Code, tuple[str, SubjectState, dict[str, Any]]] = {
    Code.CONSENTED: ("newsletter", state(record(Action.GRANTED, "newsletter", BEFORE)), {}),
    Code.CONTRACT: ("orders", state(), {}),
    Code.LEGAL_OBLIGATION: ("accounting", state(), {}),
    Code.VITAL_INTEREST: ("rescue", state(), {}),
    Code.PUBLIC_TASK: ("register", state(), {}),
    Code.LEGITIMATE_INTEREST: ("security", state(), {}),
    Code.OVERRIDDEN: (
        "security",
        state(record(Action.OVERRIDDEN, "security", BEFORE, ground="an attack is under way")),
        {},
    ),
    Code.STORED: ("accounting", state(RESTRICTED), {}),
    Code.REQUESTED: ("orders", state(RESTRICTED), {"requested": NOON}),
    Code.LEGAL_CLAIMS: ("claims", state(RESTRICTED), {}),
    Code.RIGHTS_OF_OTHERS: ("rescue", state(RESTRICTED), {}),
    Code.PUBLIC_INTEREST: ("register", state(RESTRICTED), {}),
    Code.UNDECLARED_PURPOSE: ("resale_list", state(), {}),
    Code.UNDECLARED_DATA: ("orders", state(), {"data": "shoe_size"}),
    Code.OTHER_DATA: ("newsletter", state(), {"data": ["identity", "sales"]}),
    Code.UNDECLARED_RECIPIENT: ("orders", state(), {"recipient": "ad_network"}),
    Code.OTHER_RECIPIENT: ("newsletter", state(), {"recipient": "carrier"}),
    Code.WITHHELD_DATA: ("orders", state(), {"recipient": "carrier", "data": "contact"}),
    Code.SEPARATE: ("everything", state(), {}),
    Code.NEEDS_CASE: ("fraud", state(), {}),
    Code.NEEDS_LEGAL_REFERENCE: ("accounting", state(), {"recipient": "tax_office"}),
    Code.NEEDS_EVENT: ("handover", state(), {"shown": {"event": "merger"}}),
    Code.NEEDS_OTHER: ("letter", state(), {}),
    Code.NO_NOTICE: ("research", state(), {}),
    Code.NO_CONSENT: ("newsletter", state(), {}),
    Code.REFUSED: ("newsletter", state(record(Action.REFUSED, "newsletter", BEFORE)), {}),
    Code.WITHDRAWN: ("newsletter", state(record(Action.WITHDRAWN, "newsletter", BEFORE)), {}),
    Code.EXPIRED: ("newsletter", state(record(Action.EXPIRED, "newsletter", BEFORE)), {}),
    Code.STALE_CONSENT: (
        "newsletter",
        state(record(Action.GRANTED, "newsletter", BEFORE, meaning="0" * 64)),
        {},
    ),
    Code.UNDER_AGE: (
        "newsletter",
        state(record(Action.GRANTED, "newsletter", BEFORE), born=date(2012, 1, 1)),
        {},
    ),
    Code.AGE_UNKNOWN: ("personalisation", state(record(Action.GRANTED, "personalisation", BEFORE)), {}),
    Code.OBJECTED: ("security", state(record(Action.OBJECTED, "security", BEFORE)), {}),
    Code.RESTRICTED: ("orders", state(RESTRICTED), {}),
    Code.OVER: (
        "orders",
        state(events=(Event(BEFORE.replace(year=2019), "last_order"),)),
        {},
    ),
}

ENGLISH = {
    Code.CONSENTED: (
        "You agreed to this on 30 January 2026. Our privacy statement says about “Newsletter”: “We do this only with "
        "your consent. You can withdraw it at any time, and we stop at once.”"
    ),
    Code.LEGAL_OBLIGATION: (
        "Our privacy statement says about “Accounting and tax”: “The law obliges us to do this: AWR art. 52.”"
    ),
    Code.LEGITIMATE_INTEREST: (
        "Our privacy statement says about “Security”: “We have a legitimate interest in this: a working shop. "
        "You can object.”"
    ),
    Code.OVERRIDDEN: (
        "You objected to “Security” on 30 January 2026. We continue, because this outweighs your objection: an attack "
        "is under way. Our privacy statement says: “When you object, we stop, unless we show you a ground that "
        "outweighs your interests.”"
    ),
    Code.UNDECLARED_PURPOSE: (
        "We do not use your data for “Resale list”. Our privacy statement says: “We use your data only for the "
        "purposes named here. For any other purpose we ask your consent first.”"
    ),
    Code.UNDECLARED_DATA: (
        "Our privacy statement names no data called “shoe_size”. Our privacy statement says: “For each purpose we use "
        "only the data named with it.”"
    ),
    Code.OTHER_DATA: (
        "For “Newsletter” we do not use: orders, invoices and payments. Our privacy statement says: “For each purpose "
        "we use only the data named with it.”"
    ),
    Code.UNDECLARED_RECIPIENT: (
        "We do not give your data to “Ad network”. Our privacy statement says: “We give your data only to the "
        "recipients named here, and only the data and for the purposes named with them.”"
    ),
    Code.WITHHELD_DATA: (
        "“PakketDienst” does not receive: e-mail address and telephone number. Our privacy statement says: “We give "
        "your data only to the recipients named here, and only the data and for the purposes named with them.”"
    ),
    Code.NEEDS_OTHER: (
        "For “Letter” something is needed that has not been shown: Signed order. Our privacy statement says about "
        "“Letter”: “We do this only when this is shown each time: Signed order.”"
    ),
    Code.UNDER_AGE: (
        "For “Newsletter” anyone younger than 16 needs the consent of a parent or guardian. We have none. Our privacy "
        "statement says: “Anyone younger than 16 needs the consent of a parent or guardian.”"
    ),
    Code.OVER: (
        "The time for which we keep your data for “Your orders” ended on 30 January 2026. Our privacy statement says "
        "about “Your orders”: “We keep your data for this until 7 years after your last order, and no longer.”"
    ),
}

WITHDRAWN = {
    "nl": (
        "U hebt uw toestemming voor “Nieuwsbrief” op 30 januari 2026 ingetrokken. In onze privacyverklaring staat bij "
        "“Nieuwsbrief”: “Wij doen dit alleen met uw toestemming. U kunt die altijd intrekken, en dan stoppen wij "
        "meteen.”"
    ),
    "fr": (
        "Vous avez retiré votre consentement pour « Lettre d’information » le 30 janvier 2026. Notre déclaration de "
        "confidentialité dit sous « Lettre d’information » : « Nous ne le faisons qu’avec votre consentement. Vous "
        "pouvez le retirer à tout moment, et nous arrêtons aussitôt. »"
    ),
    "de": (
        "Sie haben Ihre Einwilligung in „Newsletter“ am 30. Januar 2026 widerrufen. In unserer Datenschutzerklärung "
        "steht unter „Newsletter“: „Wir tun dies nur mit Ihrer Einwilligung. Sie können sie jederzeit widerrufen, "
        "und wir hören sofort auf.“"
    ),
    "en": (
        "You withdrew your consent to “Newsletter” on 30 January 2026. Our privacy statement says about “Newsletter”: "
        "“We do this only with your consent. You can withdraw it at any time, and we stop at once.”"
    ),
}


def example(code: Code) -> Decision:
    """The decision with this code."""
    purpose, known, question = EXAMPLES[code]
    return ask(purpose, known, **question)


def plain(text: str) -> str:
    """Text with all its blanks alike."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


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


@pytest.mark.parametrize("code", ENGLISH)
def test_reasons_in_full(code: Code) -> None:
    """These are the whole reasons, in English."""
    assert example(code).reason_in("en") == ENGLISH[code]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reason_in_full_in_every_language(language: str) -> None:
    """This is a whole reason in each language."""
    assert plain(example(Code.WITHDRAWN).reason_in(language)) == WITHDRAWN[language]


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
