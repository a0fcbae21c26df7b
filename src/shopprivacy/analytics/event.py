"""Events: what a shop learns from one request, at two levels, each a type of its own and a JSON line of its own.

An exempt event says what happened in which hour, of whomever; a consented one names the minute and the visitor of the
day. The type of the lower level has no place for what only the higher one may hold: a whole hour cannot say a minute,
and there is no visitor. The lines are fixed by ``docs/formats/events.md``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from json import JSONEncoder
from typing import ClassVar, Final, Literal, NamedTuple, Self

Level = Literal["exempt", "consented"]
PAGE: Final = "page"
"""The event of a page view."""
FAILURE: Final = "failure"
"""The event of a navigation that was answered with 4xx or 5xx, and of a form with 5xx: one with mistakes is none."""
ALWAYS: Final = ("time", "event")
"""Fields that every line has, whatever the policy names."""

_encode: Final = JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


@lru_cache(16)  # many events lie in the same few
def _written(seconds: int) -> tuple[date, str]:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.date(), f"{moment:%Y-%m-%dT%H:%M:%SZ}"


class _Moment(int):
    """A stretch of time, counted from 1970 in UTC; it cannot say which of its seconds."""

    SECONDS: ClassVar[int]

    @classmethod
    def of(cls, moment: float) -> Self:
        """The one that a moment (POSIX seconds) lies in."""
        return cls(moment // cls.SECONDS)

    def __str__(self) -> str:
        """Its beginning, as RFC 3339 has it: ``2026-11-29T14:00:00Z``."""
        return _written(self * self.SECONDS)[1]

    @property
    def day(self) -> date:
        """The day (UTC) it lies in."""
        return _written(self * self.SECONDS)[0]


class Hour(_Moment):
    """An hour. It cannot say which of its minutes."""

    SECONDS = 3600


class Minute(_Moment):
    """A minute."""

    SECONDS = 60


class ExemptEvent(NamedTuple):
    """What may be written of a visitor who was asked nothing, and has not objected."""

    time: Hour
    event: str
    """``page``, ``failure``, a name that the policy declares, or a step of its funnel such as ``POST /cart``."""
    site: str | None = None
    """The host that was asked."""
    route: str | None = None
    """The route's template: ``/products/{slug}``; ``-``: no route."""
    parameters: Mapping[str, str] | None = None
    """Parameters of the route that the policy keeps."""
    status: int | None = None
    duration: int | None = None
    """Milliseconds to the head of the response."""
    entry: bool | None = None
    """Whether the visitor came from elsewhere, or typed the address in."""
    referrer: str | None = None
    """The host that an entry came from; ``-`` where that is an address."""
    campaign: Mapping[str, str] | None = None
    """``source``, ``medium`` and ``campaign`` of the address, as far as the policy names them, else ``other``."""
    browser: str | None = None
    """Family and major version, from a closed list: ``Firefox/128``; else ``other``."""
    device: str | None = None
    """``desktop``, ``phone``, ``tablet`` or ``other``."""
    language: str | None = None
    """The one of the policy's languages that the browser likes best."""


class ConsentedEvent(NamedTuple):
    """The same of a visitor who agreed to be told from others for a day: pseudonymous personal data."""

    time: Minute
    event: str
    site: str | None = None
    route: str | None = None
    parameters: Mapping[str, str] | None = None
    status: int | None = None
    duration: int | None = None
    entry: bool | None = None
    referrer: str | None = None
    campaign: Mapping[str, str] | None = None
    browser: str | None = None
    device: str | None = None
    language: str | None = None
    visitor: str | None = None
    """The visitor of the day: 16 hexadecimal digits that are others tomorrow."""


Event = ExemptEvent | ConsentedEvent
FIELDS: Final = ConsentedEvent._fields
"""The closed list: all that an event of any level may hold."""


def level_of(event: Event) -> Level:
    """The level that an event is of."""
    return "exempt" if isinstance(event, ExemptEvent) else "consented"


def line(event: Event, fields: Collection[str] = FIELDS) -> bytes:
    """The line of an event, with its end: the fields that hold something and that ``fields`` names."""
    values: Iterable[tuple[str, object]] = zip(event._fields, event, strict=True)
    told = {name: value for name, value in values if value is not None and (name in fields or name in ALWAYS)}
    told["time"] = str(event.time)
    return f"{_encode(told)}\n".encode()
