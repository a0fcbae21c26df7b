"""Terms as a privacy statement writes them: ``13 months``, ``7 years after last_order``.

The arithmetic is that of Regulation (EEC, Euratom) 1182/71, art. 3(2)(c): a term in months or years ends on the
day of the same date, and where that day does not exist in the last month (31 April, 29 February in a common year)
on that month's last day. So 29 February plus one year is 28 February, and plus four years is 29 February again.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self, TypeVar, get_args

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

Unit = Literal["minutes", "hours", "days", "working days", "weeks", "months", "years"]
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)

LONGEST_YEARS: Final = 50
"""No term may be longer: "kept for 100 years" is for life, and not a term (GDPR art. 5(1)(e)). The longest
that laws set, as for files on exposure to asbestos, are of 30 and 40 years."""

_PER_YEAR: Final[dict[Unit, int]] = {
    "minutes": 527_040,
    "hours": 8_784,
    "days": 366,
    "working days": 262,
    "weeks": 53,
    "months": 12,
    "years": 1,
}
_TERM: Final = r"([1-9][0-9]{0,8}) (minute|hour|day|working day|week|month|year)s?"
_EVENT: Final = r"([a-z][a-z0-9_]{0,63})"
_KEEP: Final = rf"(.+?) after {_EVENT}"
_BY_NAME: Final[dict[str, Unit]] = {unit.removesuffix("s"): unit for unit in UNITS}

Moment = TypeVar("Moment", date, datetime)


@dataclass(frozen=True, slots=True)
class Duration:
    """A finite stretch of calendar time, such as ``7 years``.

    Two terms are equal when they are written alike: ``12 months`` and ``1 year`` are not equal, although
    :meth:`after` gives the same day for both.

    Raises:
        ValueError: the count is below 1 or the term is longer than fifty years.
    """

    EXAMPLE: ClassVar = "13 months"

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f'unknown unit "{self.unit}"; one of {", ".join(UNITS)}')
        if self.count < 1:
            raise ValueError(f"a term counts at least 1 of its unit, not {self.count}")
        if self.count > LONGEST_YEARS * _PER_YEAR[self.unit]:
            raise ValueError(
                f'"{self.count} {self.unit}" is longer than {LONGEST_YEARS} years; a term must be one that ends'
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``13 months``, ``1 year``, ``10 working days``.

        Raises:
            ValueError: the text is not a number and a unit; the message says what would be right.
        """
        found = re.fullmatch(_TERM, text)
        if found is None:
            raise ValueError(
                f'"{text}" is not a term; write a number and a unit, such as "{cls.EXAMPLE}" '
                f"(units: {', '.join(UNITS)})"
            )
        return cls(int(found[1]), _BY_NAME[found[2]])

    @classmethod
    def covering(cls, seconds: int) -> Self:
        """The shortest term in whole days, or in hours or minutes for less than a day, that ``seconds`` fit in."""
        if seconds >= 86_400:
            return cls(-(-seconds // 86_400), "days")
        if seconds >= 3600 and seconds % 3600 == 0:
            return cls(seconds // 3600, "hours")
        return cls(max(1, -(-seconds // 60)), "minutes")

    def __str__(self) -> str:
        """As it is written in the policy; :meth:`parse` reads it back."""
        return f"{self.count} {self.unit.removesuffix('s') if self.count == 1 else self.unit}"

    def after(self, start: Moment, *, holidays: Container[date] = ()) -> Moment:
        """The day or the moment at which this term, begun at ``start``, is over.

        Days, weeks, months and years are counted on the calendar of ``start``'s own time zone and keep its time
        of day; minutes and hours are elapsed time. Working days are all days but Saturdays, Sundays and those in
        ``holidays``; the day of ``start`` itself is not counted (Regulation 1182/71, art. 3(1)).

        Raises:
            ValueError: ``start`` is a datetime without a time zone, or a date where the term is in minutes or
                hours.
            OverflowError: the end lies beyond the year 9999.
        """
        if isinstance(start, datetime) and start.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        if self.unit == "months":
            return _add_months(start, self.count)
        if self.unit == "years":
            return _add_months(start, 12 * self.count)
        if self.unit == "working days":
            return _add_working_days(start, self.count, holidays)
        if self.unit == "days":
            return start + timedelta(days=self.count)
        if self.unit == "weeks":
            return start + timedelta(weeks=self.count)
        if not isinstance(start, datetime):
            raise ValueError(f'"{self}" can only be counted from a moment, not from a date')
        elapsed = timedelta(minutes=self.count if self.unit == "minutes" else 60 * self.count)
        return (start.astimezone(UTC) + elapsed).astimezone(start.tzinfo)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """In a pydantic model: accepts a term or its text, is written as text."""
        return _as_text(cls, rf"^{_TERM}$")


@dataclass(frozen=True, slots=True)
class RetentionPeriod:
    """How long data is kept: a term, and the event it begins to run at (``7 years after last_order``).

    Without an event it runs from when each item came about: what is counted goes 13 months after it was counted.

    Raises:
        ValueError: the event is not a lower-case name.
    """

    EXAMPLE: ClassVar = "7 years after last_order"

    term: Duration
    event: str | None = None

    def __post_init__(self) -> None:
        if self.event is not None and re.fullmatch(_EVENT, self.event) is None:
            raise ValueError(
                f'"{self.event}" is not the name of an event; write lower-case letters, digits and underscores, '
                'such as "last_order"'
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``7 years after last_order``, or ``13 months``.

        Raises:
            ValueError: the text is not of that form; the message says what would be right.
        """
        found = re.fullmatch(_KEEP, text)
        if found is None and re.fullmatch(_TERM, text):
            return cls(Duration.parse(text))
        if found is None:
            raise ValueError(
                f'"{text}" does not say how long and after which event; write it as "{cls.EXAMPLE}"'
            )
        return cls(Duration.parse(found[1]), found[2])

    def __str__(self) -> str:
        """As it is written in the policy; :meth:`parse` reads it back."""
        return f"{self.term} after {self.event}" if self.event else str(self.term)

    def after(self, start: Moment, *, holidays: Container[date] = ()) -> Moment:
        """The first day or moment at which nothing may be kept any more, when the event was at ``start``."""
        return self.term.after(start, holidays=holidays)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """In a pydantic model: accepts a keep or its text, is written as text."""
        return _as_text(cls, rf"^{_TERM}( after {_EVENT})?$")


def _add_months(start: Moment, months: int) -> Moment:
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    if year > date.max.year:
        raise OverflowError("the term ends beyond the year 9999")
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)


def _add_working_days(start: Moment, count: int, holidays: Container[date]) -> Moment:
    day = start
    while count:
        day += timedelta(days=1)
        plain = day.date() if isinstance(day, datetime) else day
        if plain.weekday() < calendar.SATURDAY and plain not in holidays:
            count -= 1
    return day


def _as_text(cls: type[Duration | RetentionPeriod], pattern: str) -> CoreSchema:
    """Text in TOML, JSON and the JSON schema; the parsed value in Python. One error for one mistake."""
    from pydantic_core import core_schema

    def read(value: object) -> object:
        if isinstance(value, cls):
            return value
        if not isinstance(value, str):
            raise ValueError(f'is not text; write it as "{cls.EXAMPLE}"')
        return cls.parse(value)

    return core_schema.no_info_plain_validator_function(
        read,
        json_schema_input_schema=core_schema.str_schema(pattern=pattern),
        serialization=core_schema.to_string_ser_schema(),
    )
