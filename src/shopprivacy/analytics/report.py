"""The report of a week or a month: what was counted, without any group so small that it points to somebody.

What is smaller than ``minimum_group`` is not told, and every other number is rounded to the nearest multiple of it.
Whatever is then added and subtracted, within a table or between two, of one report or of several, is a multiple as
well: no small number can be reckoned, and no number has to be held back for the sake of another one. Ratios are ratios
of such numbers, so that they say nothing more. Statistical offices round counts to a base for the same reason.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

Key = TypeVar("Key", bound=Hashable)

OTHER: Final = "other"
"""What events have in the place of a value that is on no list; in a report it is never a row of its own."""
NO_REFERRER: Final = ""
"""The referrer of who typed the address in, or came from where none is told."""
MOST_ROWS: Final = 12
SLOWEST: Final = 5

_WEEK: Final = re.compile(r"([0-9]{4})-W([0-9]{2})")
_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})")


class Period(NamedTuple):
    """A week (ISO 8601, from Monday) or a month, both ends included; days are days in UTC."""

    name: str
    """As it was asked for: ``2026-W48`` or ``2026-11``."""
    first: date
    last: date

    @property
    def days(self) -> Sequence[date]:
        """All of them."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


def read_week(text: str) -> Period:
    """Read ``2026-W48``. Raises ValueError for anything else, and for a week that the year does not have."""
    found = _WEEK.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text[:20]}" is not a week; write it as "2026-W48"')
    try:
        first, last = (date.fromisocalendar(int(found[1]), int(found[2]), day) for day in (1, 7))
    except ValueError:
        raise ValueError(f"{found[1]} has no week {found[2]}") from None
    return Period(text, first, last)


def read_month(text: str) -> Period:
    """Read ``2026-11``. Raises ValueError for anything else."""
    found = _MONTH.fullmatch(text)
    try:
        first = date(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        first = None
    if first is None or first.year == date.max.year:
        raise ValueError(f'"{text[:20]}" is not a month; write it as "2026-11"')
    return Period(text, first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


# What was counted


@dataclass(frozen=True)
class Consent:
    """Answers to a purpose that visitors were asked for."""

    granted: int = 0
    refused: int = 0


class RouteTime(NamedTuple):
    """How long a route's pages took to begin, in milliseconds."""

    route: str
    views: int
    median: int
    slow: int
    """One in twenty took longer."""


@dataclass(frozen=True)
class Counted:
    """What the events of a period say, by what. Visits are page views that are an entry."""

    days: frozenset[date] = frozenset()
    """Days of which there is a file."""
    visits: Mapping[date, int] = field(default_factory=dict)
    views: Mapping[date, int] = field(default_factory=dict)
    visitors: Mapping[date, int] = field(default_factory=dict)
    """Visitors of the day, who agreed to be told from others."""
    visitors_views: Mapping[date, int] = field(default_factory=dict)
    """Their page views."""
    failures: Mapping[tuple[str, int], int] = field(default_factory=dict)
    """Navigations that were answered with an error, by route and status."""
    pages: Mapping[str, int] = field(default_factory=dict)
    """Page views by route."""
    referrers: Mapping[str, int] = field(default_factory=dict)
    """Visits by the host they came from."""
    devices: Mapping[str, int] = field(default_factory=dict)
    browsers: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    campaigns: Mapping[str, int] = field(default_factory=dict)
    """Visits by source, medium and campaign, as far as they are named: "newsletter / email"."""
    events: Mapping[str, int] = field(default_factory=dict)
    """Events and steps by name, page views aside."""
    times: Sequence[RouteTime] = ()
    consent: Mapping[str, Consent] = field(default_factory=dict)
    """By purpose."""
    without_event: int = 0
    """Page views of visitors who objected, refused, or were not asked yet."""
    dropped: int = 0
    unread: int = 0
    """Lines that are no whole event."""


# What is shown


class Number(NamedTuple):
    """A number that a report shows; ``value`` is None where the group is too small for it."""

    value: int | None

    @classmethod
    def of(cls, count: int, group: int) -> Number:
        """How a count is told: rounded to the nearest multiple of the group, or not at all."""
        return cls((count + group // 2) // group * group if count >= group or count <= 0 else None)

    @property
    def is_small(self) -> bool:
        """Whether there is a number, and it is not told."""
        return self.value is None

    def ratio_to(self, whole: Number) -> float | None:
        """How many of these there are for each of the whole; None where either is not told, or the whole is nothing."""
        return None if self.value is None or not whole.value else self.value / whole.value


class Row(NamedTuple, Generic[Key]):
    """A row of a table or a bar of a chart; ``key`` is None for all that are not told apart."""

    key: Key | None
    number: int


class Day(NamedTuple):
    """A day of the chart. ``is_known``: there is a file of it."""

    date: date
    visits: Number
    views: Number
    visitors: Number
    is_known: bool


class Step(NamedTuple):
    """A step of the funnel: how often, of how many visits, and of how many of the step before."""

    name: str
    number: Number
    of_visits: float | None
    of_before: float | None


class ConsentRate(NamedTuple):
    """How many of those who answered agreed to a purpose."""

    purpose: str
    answers: Number
    rate: float | None


@dataclass(frozen=True)
class Report:
    """What the page shows, in its order."""

    period: Period
    group: int
    knows_visits: bool
    """Whether events say what an entry is: the policy may leave that out of their fields."""
    visits: Number
    views: Number
    days: Sequence[Day]
    pages: Sequence[Row[str]]
    referrers: Sequence[Row[str]]
    campaigns: Sequence[Row[str]]
    devices: Sequence[Row[str]]
    browsers: Sequence[Row[str]]
    languages: Sequence[Row[str]]
    funnel: Sequence[Step]
    events: Sequence[Row[str]]
    consent: Sequence[ConsentRate]
    times: Sequence[RouteTime]
    failures: Sequence[Row[tuple[str, int]]]
    visitors: Number
    """Visitors of all days together: who comes on two days counts twice."""
    views_each: float | None
    """Page views of a visitor in a day."""
    without_event: Number
    """Page views of visitors who objected, refused, or were not asked yet."""
    dropped: Number
    unread: Number

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted."""
        return not any(day.is_known for day in self.days)


def report_of(counted: Counted, period: Period, policy: Policy) -> Report:
    """Return the report of what was counted in a period."""
    group = policy.minimum_group

    def total(by_day: Mapping[date, int]) -> Number:
        return Number.of(sum(by_day.values()), group)

    def of_day(by_day: Mapping[date, int], day: date) -> Number:
        # Days add up to a number that is told, too: were it told on which of them nobody came, nine days with somebody
        # in a month with fewer than ten would have had one each.
        is_small = day in counted.days and by_day.get(day, 0) < group
        return Number(None) if is_small else Number.of(by_day.get(day, 0), group)

    def rows(counts: Mapping[Key, int]) -> list[Row[Key]]:
        return grouped(counts, group, MOST_ROWS)

    visits, visitors = total(counted.visits), total(counted.visitors)
    steps = frozenset(policy.analytics.funnel)
    return Report(
        period,
        group,
        not policy.analytics.fields or "entry" in policy.analytics.fields,
        visits,
        total(counted.views),
        [
            Day(
                day,
                of_day(counted.visits, day),
                of_day(counted.views, day),
                of_day(counted.visitors, day),
                day in counted.days,
            )
            for day in period.days
        ],
        pages=rows(counted.pages),
        referrers=rows(counted.referrers),
        campaigns=rows(counted.campaigns),
        devices=rows(counted.devices),
        browsers=rows(counted.browsers),
        languages=rows(counted.languages),
        funnel=_funnel(policy.analytics.funnel, counted.events, visits, group),
        events=rows({name: count for name, count in counted.events.items() if name not in steps}),
        consent=[_rate(name, given, group) for name, given in sorted(counted.consent.items())],
        times=sorted(
            (one for one in counted.times if one.views >= group), key=lambda one: one.slow, reverse=True
        )[:SLOWEST],
        failures=rows(counted.failures),
        visitors=visitors,
        views_each=total(counted.visitors_views).ratio_to(visitors),
        without_event=Number.of(counted.without_event, group),
        dropped=Number.of(counted.dropped, group),
        unread=Number.of(counted.unread, group),
    )


def grouped(counts: Mapping[Key, int], group: int, most: int) -> list[Row[Key]]:
    """Return rows from the largest to the smallest, at most ``most``, and behind them one for all others.

    None stands for fewer than ``group``; where all others together do not reach it, the next smallest joins them, so
    that they are not passed over in silence.
    """
    ordered = sorted(
        ((key, count) for key, count in counts.items() if count),
        key=lambda one: (-one[1], str(one[0])),
    )
    told = [(key, count) for key, count in ordered if count >= group and key != OTHER][:most]
    rest = sum(count for _, count in ordered) - sum(count for _, count in told)
    while told and 0 < rest < group:
        rest += told.pop()[1]
    numbers = [*((key, Number.of(count, group)) for key, count in told), (None, Number.of(rest, group))]
    return [Row(key, number.value) for key, number in numbers if number.value]


def _funnel(steps: Sequence[str], events: Mapping[str, int], visits: Number, group: int) -> list[Step]:
    found: list[Step] = []
    before = visits
    for name in steps:
        number = Number.of(events.get(name, 0), group)
        found.append(Step(name, number, number.ratio_to(visits), number.ratio_to(before)))
        before = number
    return found


def _rate(name: str, given: Consent, group: int) -> ConsentRate:
    """Return the rate; it is not told where only a few agreed, or only a few did not."""
    answers = Number.of(given.granted + given.refused, group)
    granted, refused = (Number.of(count, group) for count in (given.granted, given.refused))
    if granted.value is None or refused.value is None:
        return ConsentRate(name, answers, None)
    return ConsentRate(name, answers, granted.ratio_to(Number(granted.value + refused.value)))
