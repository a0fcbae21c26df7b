"""Hypothesis strategies for policies with every kind of purpose, for what happened to a subject, and for questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from shopprivacy.decision import Action, Case, Decision, Event, Notice, Record, SubjectState, may
from shopprivacy.decision.state import WIDENING
from shopprivacy.policy import Basis, Policy
from tests.strategies import policy_of

thorough = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Drawing a whole policy takes a while on a busy machine."""

START = datetime(2024, 2, 28, 23, 30, tzinfo=UTC)
EVENTS = ("last_order", "last_login", "account_closed", "account_opened", "case_opened", "case_closed")
NARROWING = [action for action in Action if action not in WIDENING]

# Few and far apart: acts often fall on one moment, and terms of days as of years run out in between.
MOMENTS = [START + timedelta(days=days) for days in (0, 1, 2, 30, 366, 1500, 3000)]
moments = st.sampled_from(MOMENTS)


CATEGORIES = {
    "identity": ["Customer.name", "Customer.company"],
    "contact": ["Customer.email"],
    "address": ["Address.*"],
    "messages": ["Message.*"],
}
KEEPS = ["7 years after last_order", "30 days after account_closed", "1 year after case_closed"]

categories = st.lists(st.sampled_from([*CATEGORIES]), unique=True, max_size=3)


@st.composite
def _purpose(draw: st.DrawFn, /) -> dict[str, Any]:
    purpose: dict[str, Any] = {
        "basis": draw(st.sampled_from([Basis.CONSENT, *Basis])).value,
        "law": "AWR art. 52",
        "interest": "stop abuse",
        "data": draw(categories),
        "profiling": draw(st.integers(0, 4)) == 0,
        "notice": draw(st.integers(0, 4)) == 0,
        "combines": draw(st.sampled_from([[], ["apart"]])),
    }
    if draw(st.integers(0, 4)) == 0:
        purpose["review"] = draw(st.sampled_from(MOMENTS)).date()
    else:
        purpose["keep"] = draw(st.sampled_from(KEEPS))
    if mail := draw(st.sampled_from([None, "transactional", "marketing"])):
        purpose["mail"] = mail
    if ground := draw(
        st.sampled_from([None, None, "storage", "legal_claims", "rights_of_others", "public_interest"])
    ):
        purpose["restriction"] = ground
    if needs := draw(st.sampled_from([None, None, "case", "legal_reference", "event", "ticket"])):
        purpose["needs"] = needs
    return purpose


@st.composite
def _declaration(draw: st.DrawFn, /) -> dict[str, Any]:
    names = ["orders", "newsletter", "fraud", "statistics"][: draw(st.integers(1, 4))]
    recipient = {
        "role": draw(st.sampled_from(["processor", "controller", "authority"])),
        "for": draw(st.lists(st.sampled_from(names), unique=True, min_size=1)),
        "data": draw(categories),
        "country": "NL",
        "sealed": draw(st.booleans()),
    }
    if recipient["role"] == "authority":
        recipient["needs"] = "legal_reference"
    return {
        "effective": date(2024, 1, 1),
        "jurisdiction": draw(st.sampled_from(["NL", "BE"])),
        "languages": ["nl", "fr", "de", "en"],
        "controller": {"name": "Shop", "address": "Street 1", "email": "privacy@shop.example"},
        "data": CATEGORIES,
        "purposes": {name: draw(_purpose()) for name in names},
        "recipients": {"carrier": recipient},
        "separate": {"apart": draw(st.sampled_from([["contact"], ["contact", "messages"]]))},
        "children": {
            "guardian": draw(st.sampled_from(["operator", "refuse"])),
            "unknown_age": draw(st.sampled_from(["adult", "child"])),
        },
    }


def policies() -> st.SearchStrategy[Policy]:
    """Valid policies in which purposes need, notify, profile, combine and go on under restriction."""
    return _declaration().map(policy_of)


@st.composite
def records(draw: st.DrawFn, /, policy: Policy, actions: list[Action] | None = None) -> Record:
    """One act about a purpose of the policy, or about all."""
    purpose = draw(st.sampled_from([None, *policy.purposes, *policy.purposes]))
    current = policy.purpose_fingerprint(purpose) if purpose else None
    return Record(
        draw(moments),
        purpose,
        draw(st.sampled_from(actions or [Action.GRANTED, *Action])),
        meaning=draw(st.sampled_from([current, current, current, "0" * 64, None])),
        ground=draw(st.sampled_from([None, "a pending claim"])),
        seq=draw(st.integers(0, 2)),
    )


@st.composite
def states(draw: st.DrawFn, /, policy: Policy) -> SubjectState:
    """Anything that may have happened to a subject."""
    cases = st.builds(
        lambda number, opened, days: Case(
            str(number), opened, None if days is None else opened + timedelta(days=days)
        ),
        st.integers(1, 2),
        moments,
        st.sampled_from([None, 0, 10, 1000]),
    )
    notices = st.builds(
        lambda at, purpose, fresh: Notice(
            at, purpose, policy.purpose_fingerprint(purpose) if fresh else "0" * 64
        ),
        moments,
        st.sampled_from([*policy.purposes]),
        st.booleans(),
    )
    return SubjectState(
        records=tuple(draw(st.lists(records(policy), max_size=8))),
        events=tuple(draw(st.lists(st.builds(Event, moments, st.sampled_from(EVENTS)), max_size=4))),
        born=draw(st.one_of(st.none(), st.dates(date(2005, 1, 1), date(2014, 1, 1)))),
        guardian=draw(st.one_of(st.none(), moments)),
        cases=draw(st.one_of(st.none(), st.lists(cases, max_size=2).map(tuple))),
        notices=tuple(draw(st.lists(notices, max_size=4))),
        context=draw(st.sampled_from([None, None, None, "apart", "elsewhere"])),
    )


@dataclass(frozen=True)
class Question:
    """A question about a state, apart from the state."""

    policy: Policy
    purpose: str
    at: datetime
    more: dict[str, Any] = field(default_factory=dict)

    def ask(self, state: SubjectState, **changes: Any) -> Decision:
        """The decision about this state."""
        return may(self.policy, state, self.purpose, at=self.at, **{**self.more, **changes})


@st.composite
def questions(draw: st.DrawFn, /, policy: Policy, **fixed: Any) -> Question:
    """Questions about declared and undeclared purposes, data and recipients."""
    fields = [entry.fields[0].replace("*", "any") for entry in policy.data.values()]
    data = st.lists(st.sampled_from([*policy.data, *fields, "nothing", "No.where"]), max_size=3)
    more: dict[str, Any] = {
        "data": draw(st.one_of(st.none(), data)),
        "recipient": draw(st.sampled_from([None, None, None, *policy.recipients, "nobody"])),
        "shown": draw(
            st.dictionaries(
                st.sampled_from(["case", "legal_reference", "event", "ticket"]),
                st.sampled_from(["1", "last_order", " "]),
            )
        ),
        "requested": draw(st.one_of(st.none(), moments)),
        "storing": draw(st.integers(0, 4)) == 0,
        **fixed,
    }
    purpose = draw(st.sampled_from([*policy.purposes, *policy.purposes, "undeclared"]))
    return Question(policy, purpose, draw(moments), more)


@st.composite
def asked(draw: st.DrawFn, /, **fixed: Any) -> tuple[Question, SubjectState]:
    """A question and the state it is about."""
    policy = draw(policies())
    return draw(questions(policy, **fixed)), draw(states(policy))


def seen_at(state: SubjectState, at: datetime) -> SubjectState:
    """The state with everything left out that is later than a moment."""
    past: Callable[[Any], bool] = lambda entry: entry.at <= at  # noqa: E731
    return replace(
        state,
        records=tuple(filter(past, state.records)),
        events=tuple(filter(past, state.events)),
        notices=tuple(filter(past, state.notices)),
        guardian=state.guardian if state.guardian and state.guardian <= at else None,
        cases=None
        if state.cases is None
        else tuple(
            replace(case, closed=case.closed if case.closed and case.closed <= at else None)
            for case in state.cases
            if case.opened <= at
        ),
    )
