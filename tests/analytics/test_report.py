"""The report: periods, rows that stand for no small group, and ratios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.analytics.report import (
    Consent,
    Counted,
    Number,
    Period,
    Report,
    RouteTime,
    Row,
    grouped,
    read_month,
    read_week,
    report_of,
)
from shopprivacy.policy import Policy
from tests.policy.files import base_with

NOVEMBER = read_month("2026-11")


def policy(**analytics: Any) -> Policy:
    """A shop that counts visits."""
    return Policy(
        **base_with(
            minimum_group=10,
            purposes={"visits": {"basis": "legitimate_interest", "interest": "knowing which pages work"}},
            cookies={},
            analytics={"purpose": "visits", **analytics},
        )
    )


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [("2026-11", (11, 1), (11, 30)), ("2026-12", (12, 1), (12, 31)), ("2026-02", (2, 1), (2, 28))],
)
def test_months(text: str, first: tuple[int, int], last: tuple[int, int]) -> None:
    """A month is all of its days."""
    period = read_month(text)
    assert (period.first, period.last) == (date(2026, *first), date(2026, *last))
    assert len(period.days) == last[1]


def test_weeks() -> None:
    """A week goes from Monday to Sunday, over the end of a year too."""
    assert read_week("2026-W48")[1:] == (date(2026, 11, 23), date(2026, 11, 29))
    assert read_week("2026-W53")[1:] == (date(2026, 12, 28), date(2027, 1, 3))
    assert [day.isoweekday() for day in read_week("2026-W01").days] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "9999-12", "0000-01", "2026-11-01", "x" * 99]
)
def test_no_months(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match="month"):
        read_month(text)


@pytest.mark.parametrize("text", ["", "2025-W53", "2026-W00", "2026-48", "W48", "9999-W52"])
def test_no_weeks(text: str) -> None:
    """A week that the year does not have is none."""
    with pytest.raises(ValueError, match="week"):
        read_week(text)


counts = st.dictionaries(st.sampled_from([*"abcdefghij", "other", ""]), st.integers(0, 60))


@given(counts, st.integers(2, 20), st.integers(1, 12))
def test_no_row_stands_for_a_small_group(found: Mapping[str, int], group: int, most: int) -> None:
    """Each row counts at least the group, all others too; rows are in order, and "other" has none."""
    rows = grouped(found, group, most)
    told = {row.key: row.number for row in rows}
    assert len(told) == len(rows) <= most + 1
    assert "other" not in told
    for key, number in told.items():
        counted = sum(found.values()) - sum(found[one] for one in told if one is not None)
        counted = counted if key is None else found[key]
        assert counted >= group
        assert abs(counted - number) <= group / 2
        assert number % group == 0
    assert all(row.key is not None for row in rows[:-1])
    assert bool(rows) is (sum(found.values()) >= group)


def test_other_takes_the_next_smallest() -> None:
    """Where the small ones together are too few, the smallest of the others joins them, and is not told."""
    assert grouped({"a": 50, "b": 20, "c": 3, "d": 2}, 10, 9) == [("a", 50), (None, 30)]
    assert grouped({"a": 50, "b": 20, "c": 8, "d": 2}, 10, 9) == [("a", 50), ("b", 20), (None, 10)]
    assert grouped({"a": 12, "b": 2}, 10, 9) == [(None, 10)]
    assert grouped({"a": 5, "b": 2}, 10, 9) == []


def test_rounding() -> None:
    """To the nearest multiple, and never from below the group up to it; nothing is nothing."""
    assert [Number.of(count, 10).value for count in (0, 1, 9, 10, 14, 15, 24, 25, 1234)] == [
        *(0, None, None, 10, 10, 20, 20, 30, 1230),
    ]


def numbers_of(part: object) -> Iterator[int]:
    """Every number of people or of what they did that a part of a report holds."""
    match part:
        case Number(value):
            yield from () if value is None else (value,)
        case RouteTime() | Period() | date():
            return
        case Row(_, number):
            yield number
        case Report():
            for field in fields(part):
                if field.name not in {"group", "knows_visits"}:
                    yield from numbers_of(getattr(part, field.name))
        case list() | tuple():
            for one in part:
                yield from numbers_of(one)
        case int() if not isinstance(part, bool):
            raise AssertionError(f"a number that is not rounded: {part}")


days = st.dictionaries(st.sampled_from(NOVEMBER.days[:5]), st.integers(0, 40))
small = st.integers(0, 40)


@given(st.data(), st.integers(2, 20))
def test_no_two_numbers_tell_a_small_one(data: st.DataObject, group: int) -> None:
    """Whatever two published numbers are added or subtracted, none or at least a group comes out; ratios tell no more.

    The counts are of one shop, whose pages, visits, steps, visitors and answers overlap in any way.
    """
    steps = ["POST /cart", "order", "gift"]
    tables: dict[str, Any] = {
        **{name: data.draw(days) for name in ("visits", "views", "visitors", "visitors_views")},
        **{name: data.draw(counts) for name in ("pages", "referrers", "devices", "browsers", "languages")},
        **{name: data.draw(small) for name in ("without_event", "dropped", "unread")},
        "campaigns": data.draw(counts),
        "failures": data.draw(st.dictionaries(st.tuples(st.sampled_from("abc"), st.just(404)), small)),
        "events": {name: data.draw(small) for name in [*steps, "sign_up"]},
        "consent": {name: Consent(data.draw(small), data.draw(small)) for name in ("ads", "video")},
    }
    counted = Counted(frozenset(NOVEMBER.days[:5]), **tables)
    said = policy(events=["order", "gift", "sign_up"], funnel=steps)
    report = report_of(counted, NOVEMBER, said.model_copy(update={"minimum_group": group}))
    published = [*numbers_of(report)]
    assert len(published) >= 14  # days without a file have nothing, which is told
    for one in published:
        for other in published:
            assert not 0 < abs(one - other) < group
    before = report.visits
    for step in report.funnel:
        assert (step.of_visits, step.of_before) == (
            step.number.ratio_to(report.visits),
            step.number.ratio_to(before),
        )
        before = step.number
    viewed = Number.of(sum(counted.visitors_views.values()), group)
    assert report.views_each == viewed.ratio_to(report.visitors)
    for rate, answers in zip(report.consent, counted.consent.values(), strict=True):
        yes, no = (Number.of(count, group).value for count in (answers.granted, answers.refused))
        expected = None if yes is None or no is None or not yes + no else yes / (yes + no)
        assert rate.rate == expected


def test_days() -> None:
    """Each day of the period is there, known or not, with its visits and visitors as they may be told."""
    first, second = NOVEMBER.days[:2]
    report = report_of(
        Counted(frozenset([first, second]), {first: 3, second: 27}, visitors={second: 14}), NOVEMBER, policy()
    )
    assert [day.date for day in report.days] == [*NOVEMBER.days]
    assert report.days[:3] == [
        (first, (None,), (None,), (None,), True),
        (second, (30,), (None,), (10,), True),
        (NOVEMBER.days[2], (0,), (0,), (0,), False),
    ]  # fmt: skip
    assert not report.is_empty
    assert report_of(Counted(), NOVEMBER, policy()).is_empty


def test_days_do_not_tell_each_others_numbers() -> None:
    """Nine days with one visit each look like one day with nine: else the first would follow from their sum."""
    days = frozenset(NOVEMBER.days)
    spread = report_of(Counted(days, dict.fromkeys(NOVEMBER.days[:9], 1)), NOVEMBER, policy())
    together = report_of(Counted(days, {NOVEMBER.first: 9}), NOVEMBER, policy())
    assert spread == together
    assert spread.visits == (None,)


def test_funnel() -> None:
    """A step is a ratio of the visits and of the step before, as these are told; what is small is not."""
    day = NOVEMBER.first
    counted = Counted(
        frozenset([day]),
        {day: 203},
        {day: 500},
        events={"POST /cart": 52, "GET /checkout": 9, "order": 12, "gift": 30},
    )
    report = report_of(
        counted,
        NOVEMBER,
        policy(events=["order", "gift"], funnel=["POST /cart", "GET /checkout", "order", "POST /pay"]),
    )
    assert report.funnel == [
        ("POST /cart", (50,), 0.25, 0.25),
        ("GET /checkout", (None,), None, None),
        ("order", (10,), 0.05, None),
        ("POST /pay", (0,), 0.0, 0.0),
    ]
    assert report.events == [("gift", 30)]


def test_failures() -> None:
    """Routes that failed, with the status, as all other rows."""
    counted = Counted(failures={("/cart", 500): 21, ("-", 404): 300, ("/cart", 403): 4})
    assert report_of(counted, NOVEMBER, policy()).failures == [(("-", 404), 300), (None, 30)]


def test_consent_times_and_visitors() -> None:
    """Rates are of all answers; what is of few is not told, nor a rate that tells of few who said no."""
    day = NOVEMBER.first
    counted = Counted(
        frozenset([day]),
        visitors={day: 12},
        visitors_views={day: 30},
        times=[RouteTime("/a", 10, 5, 90), RouteTime("/b", 9, 5, 900), RouteTime("/c", 99, 7, 91)],
        consent={
            "ads": Consent(3, 4),
            "video": Consent(),
            "statistics": Consent(10, 30),
            "club": Consent(39, 1),
        },
    )
    report = report_of(counted, NOVEMBER, policy())
    assert [one.route for one in report.times] == ["/c", "/a"]
    assert report.consent == [
        ("ads", (None,), None),
        ("club", (40,), None),
        ("statistics", (40,), 0.25),
        ("video", (0,), None),
    ]
    assert (report.visitors, report.views_each) == ((10,), 3.0)
    few = report_of(Counted(frozenset([day]), visitors={day: 9}, visitors_views={day: 9}), NOVEMBER, policy())
    assert (few.visitors.is_small, few.views_each) == (True, None)
