"""What is known of one data subject: choices, objections, restrictions, age, and what happened when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Final

from shopprivacy.policy.vocabulary import DIRECT_MARKETING


class Action(StrEnum):
    """What a subject, or the shop towards a subject, did about a purpose. The ledger records exactly these."""

    GRANTED = "granted"
    """The subject consented (GDPR art. 4(11))."""
    REFUSED = "refused"
    """The subject was asked and said no."""
    WITHDRAWN = "withdrawn"
    """The subject took consent back (art. 7(3))."""
    OBJECTED = "objected"
    """The subject objected (art. 21)."""
    OVERRIDDEN = "overridden"
    """The shop showed a ground that outweighs an objection (art. 21(1))."""
    RESTRICTED = "restricted"
    """The subject had processing restricted (art. 18(1))."""
    LIFTED = "lifted"
    """A restriction ended; the subject was told before (art. 18(3))."""
    EXPIRED = "expired"
    """Consent lapsed by itself."""


WIDENING: Final = frozenset({Action.GRANTED, Action.OVERRIDDEN, Action.LIFTED})
"""Actions after which more may be allowed than before. All others can only narrow."""

_RESTRICTING: Final = frozenset({Action.RESTRICTED, Action.LIFTED})


@dataclass(frozen=True, slots=True)
class Record:
    """One act. ``purpose`` None means every purpose, which only narrowing acts and ``lifted`` can mean:
    consent and overrides are for one purpose each.

    ``meaning`` is :meth:`Policy.purpose_fingerprint` as it was when the act was done; ``ground`` is why an objection is
    overridden; ``seq`` is the place in the ledger, which decides between acts of the same moment.

    Raises:
        ValueError: ``at`` has no time zone.
    """

    at: datetime
    purpose: str | None
    action: Action
    meaning: str | None = None
    ground: str | None = None
    seq: int = 0

    def __post_init__(self) -> None:
        aware(self.at)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the subject, such as ``last_order``. The same may happen again later.

    An event ``NAME_opened`` undoes an earlier ``NAME_closed``: who opens a new account is no former customer.

    Raises:
        ValueError: ``at`` has no time zone.
    """

    at: datetime
    name: str

    def __post_init__(self) -> None:
        aware(self.at)


@dataclass(frozen=True, slots=True)
class Case:
    """A case file, such as an investigation of fraud, by the id that staff name when they work on it.

    Raises:
        ValueError: a moment has no time zone.
    """

    id: str
    opened: datetime
    closed: datetime | None = None

    def __post_init__(self) -> None:
        aware(self.opened)
        if self.closed is not None:
            aware(self.closed)


@dataclass(frozen=True, slots=True)
class Notice:
    """The subject was told of a purpose, in the meaning it then had, when data was collected (art. 13).

    Raises:
        ValueError: ``at`` has no time zone.
    """

    at: datetime
    purpose: str
    meaning: str

    def __post_init__(self) -> None:
        aware(self.at)


@dataclass(frozen=True)
class SubjectState:
    """Everything about one subject that a decision looks at. Order of the entries does not matter.

    Whatever lies after the moment a decision is about is not seen by it, so one state answers for now and for
    every earlier moment.

    Raises:
        ValueError: ``guardian`` has no time zone.
    """

    records: tuple[Record, ...] = ()
    events: tuple[Event, ...] = ()
    born: date | None = None
    """None: the age is not known."""
    guardian: datetime | None = None
    """When a holder of parental responsibility authorised the child's consent (art. 8(1)); None: nobody did."""
    cases: tuple[Case, ...] | None = None
    """None: the shop keeps no list of cases, so any case id that staff name is taken."""
    notices: tuple[Notice, ...] = ()
    context: str | None = None
    """The separate context whose pseudonym this state was found under; None: not said."""

    def __post_init__(self) -> None:
        if self.guardian is not None:
            aware(self.guardian)

    @cached_property
    def _newest_first(self) -> tuple[Record, ...]:
        # At one moment the ledger's order decides; where there is none, narrowing beats widening.
        return tuple(
            sorted(self.records, key=lambda r: (r.at, r.seq, r.action not in WIDENING), reverse=True)
        )

    @cached_property
    def _choices(self) -> dict[tuple[str, bool, tuple[str, ...]], tuple[Record, ...]]:
        return {}

    @cached_property
    def _restrictions(self) -> tuple[Record, ...]:
        return tuple(record for record in self._newest_first if record.action in _RESTRICTING)

    @cached_property
    def _moments(self) -> dict[str, tuple[datetime, ...]]:
        moments: dict[str, list[datetime]] = {}
        for event in self.events:
            moments.setdefault(event.name, []).append(event.at)
        return {name: tuple(sorted(ats, reverse=True)) for name, ats in moments.items()}

    def choices(
        self, purpose: str, at: datetime, *, marketing: bool = False, formerly: tuple[str, ...] = ()
    ) -> Iterator[Record]:
        """What the subject chose about a purpose, and what was decided about an objection, newest first.

        Only what had been done at ``at``. Restrictions are no choices about a purpose: see :meth:`restriction`. With
        ``marketing`` an objection to all direct marketing is one about the purpose. What narrowed it under one of the
        names that it had ``formerly`` still does; what widened it then does not.
        """
        key = (purpose, marketing, formerly)
        records = self._choices.get(key)
        if records is None:
            about = (purpose, None, DIRECT_MARKETING) if marketing else (purpose, None)
            records = self._choices[key] = tuple(
                replace(record, purpose=purpose) if record.purpose in formerly else record
                for record in self._newest_first
                if record.action not in _RESTRICTING
                and (
                    record.purpose in about or (record.purpose in formerly and record.action not in WIDENING)
                )
            )
        return (record for record in records if record.at <= at)

    def restriction(self, purpose: str, at: datetime) -> Record | None:
        """The restriction that holds for a purpose at ``at``, the newest where there are several.

        Lifting ends what it names: the restriction of one purpose, or that of all; one does not end the other.
        """
        lifted = set()
        for record in self._restrictions:
            if record.at > at or record.purpose not in (purpose, None):
                continue
            if record.action is Action.LIFTED:
                lifted.add(record.purpose)
            elif record.purpose not in lifted:
                return record
        return None

    def last(self, event: str, at: datetime) -> datetime | None:
        """When an event last happened up to ``at``; None if it did not, or was undone by its ``_opened``."""
        moment = self._last(event, at)
        if moment is not None and event.endswith("_closed"):
            reopened = self._last(f"{event.removesuffix('_closed')}_opened", at)
            if reopened is not None and reopened > moment:
                return None
        return moment

    def _last(self, event: str, at: datetime) -> datetime | None:
        return next((moment for moment in self._moments.get(event, ()) if moment <= at), None)

    def case(self, case_id: str, at: datetime) -> Case | None:
        """The case of this id, if it had been opened by ``at``."""
        return next((case for case in self._opened(at) if case.id == case_id), None)

    def any_case(self, at: datetime) -> bool:
        """Whether there had been any case by ``at``."""
        if self.cases is None:
            return any(self._last(event, at) for event in ("case_opened", "case_closed"))
        return any(True for _ in self._opened(at))

    def case_closed(self, case_id: str, at: datetime) -> datetime | None:
        """When the case was closed, or the last of all cases where "" names none; None: one is still open."""
        cases = [case for case in self._opened(at) if case_id in ("", case.id)]
        closed = [case.closed for case in cases if case.closed is not None and case.closed <= at]
        return max(closed) if closed and len(closed) == len(cases) else None

    def _opened(self, at: datetime) -> Iterator[Case]:
        return (case for case in self.cases or () if case.opened <= at)

    def was_told(self, purpose: str, meaning: str, at: datetime) -> bool:
        """Whether the subject had been told of a purpose in this meaning by ``at``."""
        return any(
            notice.purpose == purpose and notice.meaning == meaning and notice.at <= at
            for notice in self.notices
        )


def aware(moment: datetime) -> None:
    """Refuse a moment that could mean a different one elsewhere.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone; use datetime.now(UTC)")
