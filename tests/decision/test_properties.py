"""What holds for every policy, every history and every question."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.decision import Action, Code, Record, SubjectState
from shopprivacy.decision.outcome import ALLOWING
from shopprivacy.policy import Basis
from tests.decision.histories import MOMENTS, NARROWING, Question, asked, records, seen_at, thorough


def with_records(state: SubjectState, *more: Record) -> SubjectState:
    """The state with more acts in it."""
    return replace(state, records=(*state.records, *more))


@thorough
@given(asked())
def test_default_deny(case: tuple[Question, SubjectState]) -> None:
    """A yes is only ever said to a declared purpose, with data declared for it and a recipient declared for both."""
    question, state = case
    decision = question.ask(state)
    assert decision.allowed == bool(decision) == (decision.code in ALLOWING)
    if not decision:
        return
    purpose = question.policy.purposes[question.purpose]
    for name in question.more["data"] or ():
        category = name if name in question.policy.data else None
        assert category in purpose.data or "." in name
        assert name not in {"nothing", "No.where"}
    if question.more["recipient"] is not None:
        recipient = question.policy.recipients[question.more["recipient"]]
        assert question.purpose in recipient.for_
        assert all(name in recipient.data or "." in name for name in question.more["data"] or ())


@thorough
@given(asked())
def test_nobody_known_has_consented(case: tuple[Question, SubjectState]) -> None:
    """About a subject of whom nothing is known no consent purpose is allowed."""
    question, _ = case
    decision = question.ask(SubjectState())
    assert not (decision and decision.basis is Basis.CONSENT)


@thorough
@given(asked())
def test_the_future_is_not_seen(case: tuple[Question, SubjectState]) -> None:
    """Nothing that is later than the moment asked about changes the answer: consent given later, an order, a case."""
    question, state = case
    assert question.ask(state) == question.ask(seen_at(state, question.at))


@thorough
@given(asked(storing=False))
def test_consent_comes_first(case: tuple[Question, SubjectState]) -> None:
    """A consent purpose is allowed only after a grant in its present meaning that nothing has ended since."""
    question, state = case
    decision = question.ask(state)
    if not decision or decision.basis is not Basis.CONSENT:
        return
    grants = [
        record.at
        for record in state.records
        if record.action is Action.GRANTED
        and record.purpose == question.purpose
        and record.meaning == question.policy.purpose_fingerprint(question.purpose)
    ]
    assert any(at <= question.at for at in grants)
    ends = {Action.REFUSED, Action.WITHDRAWN, Action.OBJECTED, Action.EXPIRED}
    for record in state.records:
        if record.action in ends and record.purpose in (question.purpose, None) and record.at <= question.at:
            assert any(record.at <= at <= question.at for at in grants)


@thorough
@given(st.data(), asked(storing=False))
def test_narrowing_never_widens(data: st.DataObject, case: tuple[Question, SubjectState]) -> None:
    """Refusing, withdrawing, objecting, lapsing and restricting turn no no into a yes, whenever they happened."""
    question, state = case
    acts = data.draw(st.lists(records(question.policy, NARROWING), min_size=1, max_size=3))
    if question.ask(with_records(state, *acts)):
        assert question.ask(state)


@thorough
@given(asked(storing=False), st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_refusing_is_monotone(case: tuple[Question, SubjectState], fewer: set[int], more: set[int]) -> None:
    """Whoever refuses more purposes is allowed no more than whoever refuses fewer."""
    question, state = case
    purposes = [*question.policy.purposes]

    def allowed(refused: set[int]) -> set[str]:
        acts = [
            Record(question.at, purposes[index % len(purposes)], Action.REFUSED, seq=9) for index in refused
        ]
        after = with_records(state, *acts)
        return {name for name in purposes if replace(question, purpose=name).ask(after)}

    assert allowed(fewer | more) <= allowed(fewer) <= allowed(set())


@thorough
@given(asked(storing=False), st.sampled_from(MOMENTS))
def test_restriction_leaves_what_the_law_leaves(case: tuple[Question, SubjectState], since: datetime) -> None:
    """After restricting, only declared exceptions, newer consent and newer orders go on (GDPR art. 18(2))."""
    question, state = case
    question = replace(question, at=max(question.at, since))
    lifts = {Action.LIFTED}
    state = replace(state, records=tuple(record for record in state.records if record.action not in lifts))
    decision = question.ask(with_records(state, Record(since, None, Action.RESTRICTED, seq=9)))
    if not decision:
        return
    purpose = question.policy.purposes[question.purpose]
    if decision.code is Code.CONSENTED:
        assert decision.since is not None
        assert decision.since > since
    elif decision.code is Code.REQUESTED:
        assert since < question.more["requested"] <= question.at
        assert purpose.basis in {Basis.CONTRACT, Basis.LEGAL_OBLIGATION}
    elif decision.code is Code.STORED:
        assert purpose.restriction == "storage"
        assert question.more["recipient"] is None
    else:
        assert decision.code.value == purpose.restriction


@thorough
@given(asked(storing=True), st.sampled_from(MOMENTS))
def test_restricted_data_is_kept(case: tuple[Question, SubjectState], since: datetime) -> None:
    """While a restriction holds nothing that was rightly there may be erased for the end of its term."""
    question, state = case
    question = replace(question, at=max(question.at, since))
    lifts = {Action.LIFTED}
    state = replace(state, records=tuple(record for record in state.records if record.action not in lifts))
    before = question.ask(state)
    after = question.ask(with_records(state, Record(since, None, Action.RESTRICTED, seq=9)))
    if before.allowed or before.code in {Code.OVER, Code.WITHDRAWN, Code.OBJECTED, Code.REFUSED}:
        assert after.code is Code.STORED
        assert after.until is None


@thorough
@given(asked())
def test_lifting_restores(case: tuple[Question, SubjectState]) -> None:
    """A restriction that was lifted leaves no trace in later decisions."""
    question, state = case
    restrictions = {Action.RESTRICTED, Action.LIFTED}
    state = replace(state, records=tuple(r for r in state.records if r.action not in restrictions))
    before = question.at - timedelta(hours=1)
    there_and_back = (Record(before, None, Action.RESTRICTED), Record(question.at, None, Action.LIFTED))
    assert question.ask(with_records(state, *there_and_back)) == question.ask(state)


@thorough
@given(st.data(), asked(storing=False))
def test_an_objection_to_marketing_is_final(data: st.DataObject, case: tuple[Question, SubjectState]) -> None:
    """No override brings direct marketing back after an objection (GDPR art. 21(3))."""
    question, state = case
    purpose = question.policy.purposes.get(question.purpose)
    if purpose is None or not purpose.absolute_objection:
        return
    state = replace(state, records=tuple(r for r in state.records if r.action is not Action.GRANTED))
    objection = Record(data.draw(st.sampled_from(MOMENTS)), question.purpose, Action.OBJECTED)
    overrides = data.draw(st.lists(records(question.policy, [Action.OVERRIDDEN]), max_size=3))
    question = replace(question, at=max(question.at, objection.at))
    assert not question.ask(with_records(state, objection, *overrides))


@thorough
@given(st.data(), asked())
def test_the_order_of_entries_does_not_matter(
    data: st.DataObject, case: tuple[Question, SubjectState]
) -> None:
    """A state is a set of facts: in whatever order they stand, the answer is the same, also within one moment."""
    question, state = case
    shuffled = replace(
        state,
        records=tuple(data.draw(st.permutations(state.records))),
        events=tuple(data.draw(st.permutations(state.events))),
        notices=tuple(data.draw(st.permutations(state.notices))),
    )
    assert question.ask(shuffled).code is question.ask(state).code
    assert question.ask(shuffled).until == question.ask(state).until
    assert question.ask(shuffled).since == question.ask(state).since


@thorough
@given(asked())
def test_asking_for_less_is_never_refused_more(case: tuple[Question, SubjectState]) -> None:
    """What is allowed for some data is allowed for any part of it, and without a recipient."""
    question, state = case
    data = question.more["data"] or []
    if question.ask(state):
        for index in range(len(data) if len(data) > 1 else 0):
            assert question.ask(state, data=data[:index] + data[index + 1 :])
        assert question.ask(state, recipient=None)


@thorough
@given(asked())
def test_no_yes_outlives_its_term(case: tuple[Question, SubjectState]) -> None:
    """Whatever is allowed is allowed before its end, and no longer from that moment on unless something happens."""
    question, state = case
    decision = question.ask(state)
    if decision and decision.until is not None:
        assert question.at < decision.until
        later = replace(question, at=decision.until)
        assert not later.ask(seen_at(state, question.at), requested=question.more["requested"])


@thorough
@given(asked(), st.sampled_from(["nl", "fr", "de", "en", "nl-BE", "es"]))
def test_every_answer_gives_a_reason(case: tuple[Question, SubjectState], language: str) -> None:
    """Every decision can say why in every language, with nothing left to fill in."""
    question, state = case
    reason = question.ask(state).reason_in(language)
    assert reason
    assert "{" not in reason
    assert not any(
        gap in reason for gap in ("“”", "«\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}»", "„“", " .", ": .")
    )
