"""Terms read back as they were written and end on the right day."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shopprivacy.policy.durations import LONGEST_YEARS, UNITS, Duration, RetentionPeriod

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

terms = st.builds(Duration, st.integers(1, 50), st.sampled_from(UNITS))
calendar_terms = terms.filter(lambda term: term.unit not in {"minutes", "hours"})
keeps = st.builds(RetentionPeriod, terms, st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True))
dates = st.dates(date(1900, 1, 1), date(2200, 1, 1))
moments = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, AMSTERDAM, timezone(timedelta(hours=-7))]),
)


class Declared(BaseModel):
    """A model as the policy has them."""

    life: Duration
    keep: RetentionPeriod | None = None


@given(terms)
def test_a_term_reads_back_as_written(term: Duration) -> None:
    """parse(str(term)) is the same term."""
    assert Duration.parse(str(term)) == term


@given(keeps)
def test_a_keep_reads_back_as_written(keep: RetentionPeriod) -> None:
    """parse(str(keep)) is the same keep."""
    assert RetentionPeriod.parse(str(keep)) == keep


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("1 month", Duration(1, "months")),
        ("13 months", Duration(13, "months")),
        ("1 years", Duration(1, "years")),
        ("10 working days", Duration(10, "working days")),
        ("30 minutes", Duration(30, "minutes")),
        ("2 weeks", Duration(2, "weeks")),
    ],
)
def test_what_a_term_looks_like(text: str, term: Duration) -> None:
    """Singular and plural are both understood."""
    assert Duration.parse(text) == term


@pytest.mark.parametrize(
    "text",
    [
        "", "long", "7", "years", "0 days", "-1 days", "1.5 years", "07 years", "7  years", " 7 years", "7 years ",
        "7 Years", "7 years\n", "seven years", "7 decades", "\u0667 years", "7 yearss", "1000000000 days",
    ],
)  # fmt: skip
def test_what_is_not_a_term(text: str) -> None:
    """A term without a number, a known unit or an end is refused, quoting it and saying how to write one."""
    with pytest.raises(ValueError, match="write a number and a unit, such as") as refused:
        Duration.parse(text)
    assert f'"{text}"' in str(refused.value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "1 minute"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (5400, "90 minutes"),
        (7200, "2 hours"),
        (86_400, "1 day"),
        (86_401, "2 days"),
        (31_536_000, "365 days"),
    ],
)
def test_the_shortest_term_that_covers(seconds: int, text: str) -> None:
    """A life seen in seconds is written as a person would write it, and never shorter."""
    assert str(Duration.covering(seconds)) == text


@pytest.mark.parametrize("text", ["51 years", "601 months", "99999 days", "999999999 minutes"])
def test_a_term_ends_within_a_lifetime(text: str) -> None:
    """A term beyond fifty years is no term; of fifty it is one."""
    assert Duration.parse("50 years") == Duration(50, "years")
    with pytest.raises(ValueError, match=f"longer than {LONGEST_YEARS} years"):
        Duration.parse(text)


def test_a_term_built_in_python_is_checked_too() -> None:
    """A count below one and an unknown unit are refused."""
    with pytest.raises(ValueError, match="at least 1"):
        Duration(0, "days")
    with pytest.raises(ValueError, match='unknown unit "decades"; one of minutes, hours'):
        Duration(1, "decades")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["after last_order", "7 years after", "7 years after Last Order", "long"])
def test_what_is_not_a_keep(text: str) -> None:
    """A keep without a term or an event is refused, quoting it and saying how to write one."""
    with pytest.raises(ValueError, match=f'"{text}" .*write it as "7 years after last_order"'):
        RetentionPeriod.parse(text)


def test_the_term_of_a_keep_is_read_as_a_term() -> None:
    """A keep with a bad term is refused for that term."""
    with pytest.raises(ValueError, match='"long" is not a term'):
        RetentionPeriod.parse("long after last_order")


@pytest.mark.parametrize("event", ["", "Last_order", "last order", "9lives", "é", "a\n"])
def test_an_event_is_a_lower_case_name(event: str) -> None:
    """Anything else as the event of a keep is refused."""
    with pytest.raises(ValueError, match="is not the name of an event"):
        RetentionPeriod(Duration(7, "years"), event)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("1 year", date(2024, 2, 29), date(2025, 2, 28)),
        ("4 years", date(2024, 2, 29), date(2028, 2, 29)),
        ("4 years", date(2096, 2, 29), date(2100, 2, 28)),
        ("7 years", date(2025, 2, 28), date(2032, 2, 28)),
        ("1 month", date(2025, 1, 31), date(2025, 2, 28)),
        ("1 month", date(2024, 1, 31), date(2024, 2, 29)),
        ("2 months", date(2025, 1, 31), date(2025, 3, 31)),
        ("13 months", date(2025, 12, 15), date(2027, 1, 15)),
        ("1 day", date(2024, 2, 28), date(2024, 2, 29)),
        ("1 week", date(2025, 12, 29), date(2026, 1, 5)),
        ("1 working day", date(2026, 1, 2), date(2026, 1, 5)),
        ("10 working days", date(2026, 1, 3), date(2026, 1, 16)),
        ("1 year", date(9998, 12, 31), date(9999, 12, 31)),
    ],
)
def test_terms_end_on_the_calendar(text: str, start: date, end: date) -> None:
    """Terms end where Regulation 1182/71 says, leap days and month ends included."""
    assert Duration.parse(text).after(start) == end


def test_holidays_are_no_working_days() -> None:
    """Ten working days from Maundy Thursday 2026 skip Good Friday, Easter Monday and both weekends."""
    holidays = {date(2026, 4, 3), date(2026, 4, 6)}
    assert Duration(10, "working days").after(date(2026, 4, 2), holidays=holidays) == date(2026, 4, 20)
    assert Duration(10, "working days").after(date(2026, 4, 2)) == date(2026, 4, 16)
    moment = datetime(2026, 4, 2, 12, tzinfo=AMSTERDAM)
    assert Duration(10, "working days").after(moment, holidays=holidays).date() == date(2026, 4, 20)


def test_a_keep_ends_when_its_term_does() -> None:
    """Keep.after counts the term from the event's moment, holidays included."""
    ordered = datetime(2025, 3, 1, 12, tzinfo=UTC)
    assert RetentionPeriod.parse("7 years after last_order").after(ordered) == datetime(
        2032, 3, 1, 12, tzinfo=UTC
    )
    short = RetentionPeriod.parse("1 working day after case_closed")
    assert short.after(date(2026, 4, 2), holidays={date(2026, 4, 3)}) == date(2026, 4, 6)


def test_days_keep_the_time_of_day_and_hours_elapse() -> None:
    """Over the change to summer time a day ends at the same hour, and 24 hours an hour later."""
    evening = datetime(2026, 3, 28, 20, tzinfo=AMSTERDAM)
    assert Duration(1, "days").after(evening) == datetime(2026, 3, 29, 20, tzinfo=AMSTERDAM)
    assert Duration(24, "hours").after(evening) == datetime(2026, 3, 29, 21, tzinfo=AMSTERDAM)
    assert Duration(90, "minutes").after(evening) == datetime(2026, 3, 28, 21, 30, tzinfo=AMSTERDAM)


def test_what_cannot_be_counted_from() -> None:
    """A moment without a zone, hours from a date, and an end beyond the calendar are refused."""
    with pytest.raises(ValueError, match=r"^a moment needs a time zone$"):
        Duration(1, "days").after(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match='"2 hours" can only be counted from a moment'):
        Duration(2, "hours").after(date(2026, 1, 1))
    with pytest.raises(OverflowError, match=r"^the term ends beyond the year 9999$"):
        Duration(1, "years").after(date(9999, 1, 1))
    with pytest.raises(OverflowError):
        Duration(100, "days").after(date(9999, 12, 1))


@given(calendar_terms, dates)
def test_a_term_always_ends_later(term: Duration, start: date) -> None:
    """No term is over on the day it begins."""
    assert term.after(start) > start


@given(terms, moments)
def test_a_term_from_a_moment_always_ends_later_in_the_same_zone(term: Duration, start: datetime) -> None:
    """A term from a moment ends later, and in the zone it began in."""
    end = term.after(start)
    assert end.astimezone(UTC) > start.astimezone(UTC)
    assert end.tzinfo is start.tzinfo


@given(calendar_terms, moments)
def test_a_moment_ends_on_the_day_its_date_ends(term: Duration, start: datetime) -> None:
    """Dates and moments are counted alike."""
    assert term.after(start).date() == term.after(start.date())


@given(calendar_terms, dates, st.integers(0, 400))
def test_a_later_start_never_ends_earlier(term: Duration, start: date, days: int) -> None:
    """A new order can only move the end of its term further away."""
    assert term.after(start + timedelta(days=days)) >= term.after(start)


@given(st.integers(1, 50), dates)
def test_years_are_twelve_months(count: int, start: date) -> None:
    """A year and twelve months end on the same day."""
    assert Duration(count, "years").after(start) == Duration(12 * count, "months").after(start)


@given(st.integers(1, 600), dates)
def test_months_keep_the_day_or_end_with_the_month(count: int, start: date) -> None:
    """The day of the month is kept; where the last month lacks it, the term ends on that month's last day."""
    end = Duration(count, "months").after(start)
    assert end.day == start.day or (
        end.day < start.day and end.day == calendar.monthrange(end.year, end.month)[1]
    )
    assert (end.year - start.year) * 12 + end.month - start.month == count


@given(keeps)
def test_a_model_holds_terms_as_text(keep: RetentionPeriod) -> None:
    """A pydantic model takes text or the value, writes text, and its JSON schema agrees."""
    declared = Declared.model_validate({"life": str(keep.term), "keep": str(keep)})
    assert declared == Declared(life=keep.term, keep=keep)
    written = declared.model_dump(mode="json")
    assert written == {"life": str(keep.term), "keep": str(keep)}
    jsonschema.validate(written, Declared.model_json_schema())
    assert Declared.model_validate_json(declared.model_dump_json()) == declared


@pytest.mark.parametrize(
    ("value", "words"), [("long", '"long" is not a term'), (7, 'write it as "13 months"')]
)
def test_a_model_says_once_what_is_wrong(value: object, words: str) -> None:
    """One mistake is one error at one path."""
    with pytest.raises(ValidationError) as refused:
        Declared.model_validate({"life": value})
    (error,) = refused.value.errors()
    assert error["loc"] == ("life",)
    assert words in error["msg"]


def test_the_schema_refuses_what_the_parser_refuses() -> None:
    """The JSON schema of a term is a string with its pattern."""
    schema = Declared.model_json_schema()
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"life": "long"}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"life": "1 year", "keep": "1 year after"}, schema)
