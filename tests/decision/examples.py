"""A decision with each code there is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from shopprivacy.decision import Action, Code, Decision, Event, SubjectState
from tests.decision.shop import NOON, ask, record, state

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


def example(code: Code) -> Decision:
    """The decision with this code."""
    purpose, known, question = EXAMPLES[code]
    return ask(purpose, known, **question)
