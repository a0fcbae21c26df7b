"""Events: two levels, and no place in the lower one for what only the higher one may hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.analytics.event import (
    ALWAYS,
    FIELDS,
    ConsentedEvent,
    ExemptEvent,
    Hour,
    Minute,
    level_of,
    line,
)

MOMENTS = st.floats(31_536_000, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
TEXTS = st.none() | st.text(max_size=20)
REST = st.fixed_dictionaries(
    {
        "event": st.text(max_size=20),
        **dict.fromkeys(("site", "route", "referrer", "browser", "device", "language"), TEXTS),
        "parameters": st.none() | st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
        "campaign": st.none() | st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
        "status": st.none() | st.integers(100, 599),
        "duration": st.none() | st.integers(0, 10**6),
        "entry": st.none() | st.booleans(),
    }
)


@given(MOMENTS, REST, st.sets(st.sampled_from(FIELDS)))
def test_an_exempt_line_says_an_hour_and_nobody(
    moment: datetime, rest: dict[str, object], fields: set[str]
) -> None:
    """Whatever an exempt event is made of, its line says no minute and no visitor, whichever fields are asked for."""
    event = ExemptEvent(Hour.of(moment.timestamp()), **rest)  # type: ignore[arg-type]
    written = line(event, fields)
    read = json.loads(written)
    assert level_of(event) == "exempt"
    assert "visitor" not in read
    assert read["time"] == f"{moment:%Y-%m-%dT%H}:00:00Z"
    assert read.keys() <= {*fields, *ALWAYS}
    assert written.endswith(b"\n")
    assert written.count(b"\n") == 1


@given(MOMENTS, REST)
def test_a_consented_line_says_the_minute(moment: datetime, rest: dict[str, object]) -> None:
    """A consented event says the minute, and no second of it."""
    event = ConsentedEvent(Minute.of(moment.timestamp()), **rest, visitor="0123456789abcdef")  # type: ignore[arg-type]
    read = json.loads(line(event))
    assert level_of(event) == "consented"
    assert read["time"] == f"{moment:%Y-%m-%dT%H:%M}:00Z"
    assert read["visitor"] == "0123456789abcdef"
    assert event.time.day == moment.date()


def test_no_place_for_a_higher_level() -> None:
    """An exempt event takes no visitor, and none can be put on it; an hour holds no minutes."""
    with pytest.raises(TypeError):
        ExemptEvent(Hour(0), "page", visitor="0123456789abcdef")  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        ExemptEvent(Hour(0), "page").visitor = "0123456789abcdef"  # type: ignore[attr-defined]
    assert {*ConsentedEvent._fields} - {*ExemptEvent._fields} == {"visitor"}
    assert str(Hour.of(1764428399)) == str(Hour.of(1764424800)) == "2025-11-29T14:00:00Z"


def test_a_line_as_the_format_has_it() -> None:
    """The line that the page on the format shows."""
    event = ExemptEvent(
        Hour.of(1795961520),
        "page",
        site="shop.example",
        route="/products/{slug}",
        parameters={"slug": "teapot"},
        status=200,
        duration=12,
        entry=True,
        referrer="search.example",
        campaign={"source": "newsletter", "medium": "email"},
        browser="Firefox/128",
        device="phone",
        language="nl",
    )
    page = Path("docs/formats/events.md").read_text(encoding="utf-8")
    assert line(event).decode() in page
