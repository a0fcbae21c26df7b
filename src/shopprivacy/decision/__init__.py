"""The one decision: may this data of this subject be used for this purpose, by this recipient, at this moment."""

from shopprivacy.decision.decide import may
from shopprivacy.decision.outcome import Code, Decision, PurposeDenied
from shopprivacy.decision.state import Action, Case, Event, Notice, Record, SubjectState

__all__ = [
    "Action",
    "Case",
    "Code",
    "Decision",
    "Event",
    "Notice",
    "PurposeDenied",
    "Record",
    "SubjectState",
    "may",
]
