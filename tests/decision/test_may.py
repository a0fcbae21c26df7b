"""What the decision answers, by example."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shopprivacy.decision import Action, Case, Code, Event, Notice, may
from shopprivacy.decision.data_subject import age
from shopprivacy.policy import Basis, Purpose
from tests.decision.shop import NOON, POLICY, ask, policy, record, state

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
GRANTED = record(Action.GRANTED, "newsletter")
RESTRICTED = record(Action.RESTRICTED, None)
OLD_ORDER = Event(datetime(2020, 2, 29, 10, tzinfo=UTC), "last_order")


def test_a_moment_needs_a_zone() -> None:
    """A question about a moment without a time zone is a mistake of the caller."""
    with pytest.raises(ValueError, match="time zone"):
        ask("orders", at=datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("data", ["contact", "Customer.email", ["contact", "Address.street"], (), None])
def test_declared_data_may_be_asked_for(data: object) -> None:
    """Data is named by category or by field, one or several; a field of "Table.*" is any column of that table."""
    assert ask("orders", data=data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("shoe_size", Code.UNDECLARED_DATA),
        ("Customer.birthday", Code.UNDECLARED_DATA),
        ("Customer", Code.UNDECLARED_DATA),
        ("", Code.UNDECLARED_DATA),
        ("messages", Code.OTHER_DATA),
        ("Message.text", Code.OTHER_DATA),
        (["contact", "visit"], Code.OTHER_DATA),
    ],
)
def test_other_data_is_refused(data: object, code: Code) -> None:
    """Data the policy does not declare, or not for this purpose, is refused, and named."""
    decision = ask("orders", data=data)
    assert decision.code is code
    assert decision.detail in (data if isinstance(data, list) else [data])


def test_consent_holds_from_its_moment_to_its_withdrawal() -> None:
    """Consent allows nothing before it was given and nothing from its withdrawal on; in between it stays lawful."""
    known = state(GRANTED, record(Action.WITHDRAWN, "newsletter", NOON + DAY))
    assert ask("newsletter", known, at=NOON - TICK).code is Code.NO_CONSENT
    assert ask("newsletter", known, at=NOON).code is Code.CONSENTED
    assert ask("newsletter", known, at=NOON + DAY - TICK).code is Code.CONSENTED
    assert ask("newsletter", known, at=NOON + DAY).code is Code.WITHDRAWN


def test_consent_is_for_one_purpose_in_one_meaning() -> None:
    """Consent to another purpose, to all at once, or to what a purpose meant before is no consent to it."""
    assert ask("newsletter", state(record(Action.GRANTED, "personalisation"))).code is Code.NO_CONSENT
    assert ask("newsletter", state(record(Action.GRANTED, None))).code is Code.NO_CONSENT
    without = state(record(Action.GRANTED, "newsletter", meaning=None))
    assert ask("newsletter", without).code is Code.STALE_CONSENT
    purposes = dict(POLICY.purposes)
    purposes["newsletter"] = purposes["newsletter"].changed(data=("identity", "contact", "address"))
    widened = policy(purposes=purposes)
    assert may(widened, state(GRANTED), "newsletter", at=NOON).code is Code.STALE_CONSENT


def test_a_later_yes_is_a_yes_again() -> None:
    """After a refusal, a withdrawal or a lapse the subject may consent anew."""
    for action in (Action.REFUSED, Action.WITHDRAWN, Action.EXPIRED, Action.OBJECTED):
        assert ask("newsletter", state(GRANTED, record(action, None))).code.value == action.value
        assert ask("newsletter", state(record(action, None, NOON - DAY), GRANTED)).code is Code.CONSENTED


def test_withdrawing_every_consent_leaves_the_contract() -> None:
    """Whoever takes every consent back still gets the order delivered, and its mails."""
    known = state(record(Action.WITHDRAWN, None), record(Action.REFUSED, None))
    assert ask("orders", known).code is Code.CONTRACT
    assert ask("security", known).code is Code.LEGITIMATE_INTEREST


def test_an_objection_holds_until_a_ground_is_recorded() -> None:
    """A legitimate interest stops at an objection and goes on once a ground that outweighs it is recorded."""
    objected = record(Action.OBJECTED, "security")
    assert ask("security", state(objected)).code is Code.OBJECTED
    assert ask("security", state(objected), at=NOON - DAY).code is Code.LEGITIMATE_INTEREST
    later = NOON + DAY
    for ground, code in ((None, Code.OBJECTED), ("", Code.OBJECTED), ("an attack", Code.OVERRIDDEN)):
        known = state(objected, record(Action.OVERRIDDEN, "security", later, ground=ground))
        assert ask("security", known, at=later).code is code
    for_all = record(Action.OVERRIDDEN, None, later, ground="an attack")
    assert ask("security", state(objected, for_all), at=later).code is Code.OBJECTED
    again = record(Action.OBJECTED, None, later + DAY)
    overridden = record(Action.OVERRIDDEN, "security", later, ground="an attack")
    assert ask("security", state(objected, overridden, again), at=later + DAY).code is Code.OBJECTED


def test_an_objection_to_marketing_cannot_be_overridden() -> None:
    """Direct marketing stops for good, whatever ground the shop has; only the subject can ask for it again."""
    objected = record(Action.OBJECTED, "promotions")
    overridden = record(Action.OVERRIDDEN, "promotions", NOON + DAY, ground="sales are low")
    assert ask("promotions", state(objected, overridden), at=NOON + DAY).code is Code.OBJECTED
    asked_again = record(Action.GRANTED, "promotions", NOON + DAY)
    assert ask("promotions", state(objected, asked_again), at=NOON + DAY).code is Code.LEGITIMATE_INTEREST
    stale = record(Action.GRANTED, "promotions", NOON + DAY, meaning="0" * 64)
    assert ask("promotions", state(objected, stale), at=NOON + DAY).code is Code.OBJECTED


def test_marketing_to_own_customers_may_be_objected_to_on_any_basis() -> None:
    """Art. 21(2) asks not on which basis direct marketing rests."""
    purposes = dict(POLICY.purposes)
    purposes["orders"] = purposes["orders"].changed(direct_marketing=True)
    decision = may(policy(purposes=purposes), state(record(Action.OBJECTED, "orders")), "orders", at=NOON)
    assert decision.code is Code.OBJECTED


def test_saying_no_to_an_interest_is_an_objection() -> None:
    """Whoever switches a legitimate interest off by its name has objected to it."""
    for action in (Action.REFUSED, Action.WITHDRAWN):
        assert ask("security", state(record(action, "security"))).code is Code.OBJECTED
        assert ask("security", state(record(action, None))).code is Code.LEGITIMATE_INTEREST


def test_what_cannot_be_objected_to_goes_on() -> None:
    """Contract, law and life do not end by an objection."""
    known = state(record(Action.OBJECTED, None))
    for purpose in ("orders", "accounting", "rescue"):
        assert ask(purpose, known)
    assert ask("register", known).code is Code.OBJECTED


def test_restriction_stops_what_the_law_does_not_leave() -> None:
    """A restriction stops contract, interest and earlier consent, and leaves storage and the declared exceptions."""
    known = state(record(Action.GRANTED, "newsletter", NOON - DAY), RESTRICTED)
    codes = {purpose: ask(purpose, known).code for purpose in ("orders", "security", "newsletter")}
    assert set(codes.values()) == {Code.RESTRICTED}
    assert ask("claims", known).code is Code.LEGAL_CLAIMS
    assert ask("rescue", known).code is Code.RIGHTS_OF_OTHERS
    assert ask("register", known).code is Code.PUBLIC_INTEREST
    assert ask("accounting", known).code is Code.STORED
    assert ask("orders", known, at=NOON - TICK).code is Code.CONTRACT
    lifted = state(*known.records, record(Action.LIFTED, None, NOON + DAY))
    assert ask("orders", lifted, at=NOON + DAY).code is Code.CONTRACT
    assert ask("newsletter", lifted, at=NOON + DAY).code is Code.CONSENTED


def test_a_restriction_of_one_purpose_stops_that_one() -> None:
    """Restricting one purpose leaves the others."""
    known = state(record(Action.RESTRICTED, "security"))
    assert ask("security", known).code is Code.RESTRICTED
    assert ask("orders", known).code is Code.CONTRACT


def test_declared_exceptions_still_need_their_basis() -> None:
    """That a purpose may go on under restriction does not make an objection undone."""
    known = state(RESTRICTED, record(Action.OBJECTED, "claims"))
    assert ask("claims", known).code is Code.OBJECTED


def test_the_subject_may_consent_after_restricting() -> None:
    """Art. 18(2) leaves what the subject consents to: consent given after the restriction, not before or with it."""
    again = record(Action.GRANTED, "newsletter", NOON + TICK)
    assert ask("newsletter", state(RESTRICTED, again), at=NOON + DAY).code is Code.CONSENTED
    assert ask("newsletter", state(RESTRICTED, GRANTED), at=NOON + DAY).code is Code.RESTRICTED
    assert ask("newsletter", state(RESTRICTED), at=NOON + DAY).code is Code.NO_CONSENT


def test_the_confirmation_of_a_new_order_still_goes_out() -> None:
    """An order placed after restricting is carried out; nothing about an earlier one is."""
    known = state(RESTRICTED)
    later = {"at": NOON + DAY}
    assert ask("orders", known, requested=NOON + TICK, **later).code is Code.REQUESTED
    assert ask("orders", known, requested=NOON, **later).code is Code.RESTRICTED
    assert ask("orders", known, requested=NOON + DAY + TICK, **later).code is Code.RESTRICTED
    assert ask("security", known, requested=NOON + TICK, **later).code is Code.RESTRICTED
    assert ask("orders", requested=NOON).code is Code.CONTRACT


def test_restricted_data_stays_where_it_is() -> None:
    """Storage goes on under restriction, past the end of the term and past a withdrawal; passing on does not."""
    known = state(RESTRICTED, record(Action.WITHDRAWN, "newsletter"), events=(OLD_ORDER,))
    for purpose in ("orders", "newsletter", "promotions"):
        decision = ask(purpose, known, storing=True, at=NOON.replace(year=2040))
        assert decision.code is Code.STORED
        assert decision.until is None
    books = state(RESTRICTED, events=(Event(NOON.replace(year=2018), "fiscal_year_end"),))
    assert ask("accounting", books).code is Code.OVER, "keeping is not using"
    assert ask("accounting", books, storing=True).code is Code.STORED
    assert ask("accounting", known, recipient="host", data="Order.total").code is Code.STORED
    shown = {"legal_reference": "AWR art. 53"}
    assert ask("accounting", known, recipient="tax_office", shown=shown).code is Code.RESTRICTED


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2010, 3, 2), date(2026, 3, 1), 15),
        (date(2010, 3, 2), date(2026, 3, 2), 16),
        (date(2008, 2, 29), date(2024, 2, 28), 15),
        (date(2008, 2, 29), date(2024, 2, 29), 16),
        (date(2008, 2, 29), date(2025, 2, 28), 16),
        (date(2008, 2, 29), date(2025, 3, 1), 17),
    ],
)
def test_birthdays(born: date, on: date, years: int) -> None:
    """A year is complete on the birthday; of a leap day, on 1 March of a common year."""
    assert age(born, on) == years


@pytest.mark.parametrize(
    ("jurisdiction", "born", "code"),
    [
        ("NL", date(2010, 3, 2), Code.CONSENTED),
        ("NL", date(2010, 3, 3), Code.UNDER_AGE),
        ("BE", date(2013, 3, 2), Code.CONSENTED),
        ("BE", date(2013, 3, 3), Code.UNDER_AGE),
    ],
)
def test_children_consent_from_their_countrys_age_on(jurisdiction: str, born: date, code: Code) -> None:
    """In the Netherlands one consents alone on the 16th birthday, in Belgium on the 13th."""
    assert (
        may(policy(jurisdiction=jurisdiction), state(GRANTED, born=born), "newsletter", at=NOON).code is code
    )


def test_a_guardian_makes_a_childs_consent_good() -> None:
    """A parent's authority counts from when it was given, also on later birthdays; growing up alone is no help."""
    child = {"born": date(2011, 1, 1)}
    known = state(GRANTED, guardian=NOON + DAY, **child)
    assert ask("newsletter", known, at=NOON).code is Code.UNDER_AGE
    assert ask("newsletter", known, at=NOON + DAY).code is Code.CONSENTED
    grown = NOON.replace(year=2027)
    assert ask("newsletter", known, at=grown).code is Code.CONSENTED
    assert ask("newsletter", state(GRANTED, **child), at=grown).code is Code.UNDER_AGE
    anew = record(Action.GRANTED, "newsletter", grown)
    assert ask("newsletter", state(GRANTED, anew, **child), at=grown).code is Code.CONSENTED


def test_a_shop_may_refuse_guardians_and_count_the_unknown_as_children() -> None:
    """The policy says whether a parent can consent, and what someone counts as whose age is not known."""
    no_parents = policy(children={"guardian": "refuse"})
    known = state(GRANTED, born=date(2011, 1, 1), guardian=NOON)
    assert may(no_parents, known, "newsletter", at=NOON).code is Code.UNDER_AGE
    careful = policy(children={"unknown_age": "child"})
    assert may(careful, state(GRANTED), "newsletter", at=NOON).code is Code.UNDER_AGE
    assert may(careful, state(GRANTED, guardian=NOON), "newsletter", at=NOON).code is Code.CONSENTED
    assert ask("newsletter", state(GRANTED)).code is Code.CONSENTED


def test_no_profile_without_an_age() -> None:
    """Profiling needs a known age, and a parent's authority below the country's."""
    granted = record(Action.GRANTED, "personalisation")
    assert ask("personalisation", state(granted)).code is Code.AGE_UNKNOWN
    assert ask("personalisation", state(granted, born=date(1980, 1, 1))).code is Code.CONSENTED
    assert ask("personalisation", state(granted, born=date(2012, 1, 1))).code is Code.UNDER_AGE
    assert ask("personalisation", state(granted, born=date(2010, 3, 3))).code is Code.UNDER_AGE
    assert ask("personalisation", state(granted, born=date(2010, 3, 2))).code is Code.CONSENTED
    with_parent = state(granted, born=date(2012, 1, 1), guardian=NOON)
    assert ask("personalisation", with_parent).code is Code.CONSENTED


def test_data_is_kept_to_the_moment() -> None:
    """Seven years after an order on a leap day end on 28 February, at the order's time of day."""
    end = datetime(2027, 2, 28, 10, tzinfo=UTC)
    known = state(events=(OLD_ORDER,))
    assert ask("orders", known).until == end
    assert ask("orders", known, at=end - DAY).allowed
    assert ask("orders", known, at=end - TICK).allowed
    over = ask("orders", known, at=end)
    assert over.code is Code.OVER
    assert over.since == over.until == end
    assert not ask("orders", known, at=end + DAY)
    assert ask("orders", known, at=end, storing=True).code is Code.OVER


def test_a_new_event_moves_the_end() -> None:
    """A later order begins the term anew; as long as none has happened there is no end."""
    newer = Event(NOON, "last_order")
    assert ask("orders", state(events=(OLD_ORDER, newer))).until == NOON.replace(year=2033)
    assert ask("orders", state(events=(OLD_ORDER, newer)), at=NOON - TICK).until == datetime(
        2027, 2, 28, 10, tzinfo=UTC
    )
    assert ask("orders").until is None


def test_an_order_being_placed_begins_the_term_anew() -> None:
    """Whoever orders again after all these years is served, before the order has been recorded as an event."""
    long_ago = state(events=(Event(NOON.replace(year=2000), "last_order"),))
    assert ask("orders", long_ago).code is Code.OVER
    served = ask("orders", long_ago, requested=NOON)
    assert served.code is Code.CONTRACT
    assert served.until == NOON.replace(year=2033)


def test_terms_are_counted_in_the_zone_of_the_event() -> None:
    """An order placed late on a February evening in Amsterdam is kept to that evening, not to UTC's next day."""
    amsterdam = ZoneInfo("Europe/Amsterdam")
    placed = datetime(2024, 2, 29, 23, 30, tzinfo=amsterdam)
    until = ask("promotions", state(events=(Event(placed, "last_order"),))).until
    assert until == datetime(2025, 2, 28, 23, 30, tzinfo=amsterdam)


def test_a_purpose_without_data_has_no_term() -> None:
    """A purpose that only sets cookies or loads third parties keeps nothing, so nothing runs out."""
    purposes = {**POLICY.purposes, "video": Purpose(basis=Basis.CONSENT)}
    showing = policy(purposes=purposes)
    granted = record(Action.GRANTED, "video", meaning=showing.purpose_fingerprint("video"))
    decision = may(showing, state(granted), "video", at=NOON)
    assert decision.code is Code.CONSENTED
    assert decision.until is None


def test_a_review_ends_a_purpose_that_nobody_reviewed() -> None:
    """A purpose with a review date lives up to that day and not into it."""
    first_of_january = datetime(2027, 1, 1, tzinfo=UTC)
    assert ask("rescue").until == first_of_january
    assert ask("rescue", at=first_of_january - TICK)
    assert ask("rescue", at=first_of_january).code is Code.OVER


def test_fraud_data_is_opened_for_a_case_only() -> None:
    """Without the id of a case the answer is no; where the shop lists its cases, the id must be of one."""
    case = {"shown": {"case": "2026-17"}}
    assert ask("fraud").code is Code.NEEDS_CASE
    assert ask("fraud", shown={"case": "  "}).code is Code.NEEDS_CASE
    assert ask("fraud", state(), **case).code is Code.LEGITIMATE_INTEREST
    assert ask("fraud", state(cases=()), **case).code is Code.NEEDS_CASE
    listed = state(cases=(Case("2026-17", NOON),))
    assert ask("fraud", listed, **case).code is Code.LEGITIMATE_INTEREST
    assert ask("fraud", listed, at=NOON - TICK, **case).code is Code.NEEDS_CASE
    assert ask("fraud", state(record(Action.OBJECTED, "fraud")), **case).code is Code.OBJECTED


def test_fraud_data_is_kept_by_case() -> None:
    """Each case has its own end; data stays until the last of them."""
    one, two = Case("1", NOON, NOON + DAY), Case("2", NOON, NOON + 9 * DAY)
    known = state(cases=(one, two))
    later = NOON + 10 * DAY
    assert ask("fraud", known, at=later, shown={"case": "1"}).until == datetime(2031, 3, 3, 12, tzinfo=UTC)
    assert ask("fraud", known, at=later, storing=True).until == datetime(2031, 3, 11, 12, tzinfo=UTC)
    assert ask("fraud", known, at=NOON + 5 * DAY, storing=True).until is None
    assert ask("fraud", storing=True).code is Code.NEEDS_CASE
    closed = state(events=(Event(NOON, "case_closed"),))
    assert ask("fraud", closed, storing=True).until == NOON.replace(year=2031)


def test_storing_asks_for_nothing_to_be_shown() -> None:
    """Whether data may still be kept does not hang on a reference somebody would have to show."""
    assert ask("letter", storing=True).code is Code.CONTRACT
    assert ask("letter", shown={"signed_order": "scan 4"}).code is Code.CONTRACT
    assert ask("letter").code is Code.NEEDS_OTHER


def test_an_event_must_have_happened() -> None:
    """Naming an event is not enough."""
    merger = {"shown": {"event": "merger"}}
    assert ask("handover").code is Code.NEEDS_EVENT
    assert ask("handover", state(), **merger).code is Code.NEEDS_EVENT
    happened = state(events=(Event(NOON, "merger"),))
    assert ask("handover", happened, **merger).code is Code.CONTRACT
    assert ask("handover", happened, at=NOON - TICK, **merger).code is Code.NEEDS_EVENT


def test_a_notice_must_have_been_shown() -> None:
    """A purpose that must be told at collection is refused until it was told in its present meaning."""
    told = Notice(NOON, "research", POLICY.purpose_fingerprint("research"))
    assert ask("research").code is Code.NO_NOTICE
    assert ask("research", state(notices=(told,))).code is Code.CONTRACT
    assert ask("research", state(notices=(told,)), at=NOON - TICK).code is Code.NO_NOTICE


@pytest.mark.parametrize(
    ("purpose", "recipient", "data", "code"),
    [
        ("orders", "carrier", None, Code.CONTRACT),
        ("orders", "carrier", ["identity", "Address.street"], Code.CONTRACT),
        ("orders", "carrier", "Customer.name", Code.CONTRACT),
        ("orders", "carrier", "Customer.company", Code.WITHHELD_DATA),
        ("orders", "carrier", "Customer.email", Code.WITHHELD_DATA),
        ("orders", "carrier", "sales", Code.WITHHELD_DATA),
        ("accounting", "carrier", None, Code.OTHER_RECIPIENT),
        ("accounting", "host", "Order.total", Code.LEGAL_OBLIGATION),
        ("accounting", "tax_office", "sales", Code.NEEDS_LEGAL_REFERENCE),
        ("security", "partner", None, Code.OTHER_RECIPIENT),
        ("orders", "ad_network", None, Code.UNDECLARED_RECIPIENT),
        ("orders", "", None, Code.UNDECLARED_RECIPIENT),
    ],
)
def test_recipients_get_what_is_declared(purpose: str, recipient: str, data: object, code: Code) -> None:
    """A recipient receives the declared fields for the declared purposes and nothing else."""
    assert ask(purpose, recipient=recipient, data=data).code is code


def test_an_authority_receives_on_a_legal_reference() -> None:
    """The tax office receives the books once the law that demands it is named."""
    shown = {"legal_reference": "AWR art. 53"}
    assert ask("accounting", recipient="tax_office", data="sales", shown=shown).code is Code.LEGAL_OBLIGATION


def test_contexts_are_not_joined() -> None:
    """Messages stay among messages: no decision spans the separate context and the shop's own records."""
    assert ask("support", data=["contact", "messages"])
    assert ask("orders", data=["contact", "sales"]), "an address given with an order is order data"
    granted = state(record(Action.GRANTED, "everything"))
    assert ask("everything", granted).code is Code.SEPARATE
    assert ask("everything", granted, data=["messages", "sales"]).code is Code.SEPARATE
    assert ask("everything", granted, data="messages").code is Code.CONSENTED
    assert ask("everything", granted, storing=True).code is Code.CONSENTED


def test_all_of_the_shops_own_records_are_one_context() -> None:
    """A purpose may use everything that lies outside the separate contexts together."""
    purposes = dict(POLICY.purposes)
    purposes["orders"] = purposes["orders"].changed(data=("identity", "contact", "address", "sales", "visit"))
    assert may(policy(purposes=purposes), state(), "orders", at=NOON).code is Code.CONTRACT


def test_a_state_of_one_context_answers_for_that_one() -> None:
    """A pseudonym of the support context opens support data and nothing else."""
    assert ask("support", state(context="support"))
    assert ask("orders", state(context="support")).code is Code.SEPARATE
    assert ask("support", state(context="elsewhere")).code is Code.SEPARATE


def test_a_purpose_may_combine_what_it_declares() -> None:
    """A purpose that names the context it joins may join it."""
    purposes = dict(POLICY.purposes)
    purposes["everything"] = purposes["everything"].changed(combines=("support",))
    combining = policy(purposes=purposes)
    granted = record(Action.GRANTED, "everything", meaning=combining.purpose_fingerprint("everything"))
    assert may(combining, state(granted), "everything", at=NOON)
