"""Values as bytes: one spelling for each, equal and of the same type on reading, and no value in an error."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from enum import IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.sealing.values import Unfit, decode, encode

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
VALUES = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes(timezones=st.just(UTC))
    | st.booleans()
    | st.lists(JSON, max_size=3)
    | st.dictionaries(st.text(), JSON, max_size=3)
)


@given(VALUES)
def test_values_come_back(value: Any) -> None:
    """What is read is equal to what was written, and of the same type; Decimals have the same digits."""
    content = encode(value)
    if isinstance(content, Unfit):
        assert "surrogate" in content
        return
    back = decode(content)
    assert (type(back), back) == (type(value), value)
    if isinstance(value, Decimal):
        assert back.as_tuple() == value.as_tuple()


@given(VALUES, VALUES)
def test_types_do_not_meet(one: Any, other: Any) -> None:
    """Values of different types never have the same bytes: 0, False and "" are three."""
    if type(one) is not type(other):
        assert encode(one) != encode(other)


@given(st.binary(min_size=1, max_size=40))
def test_there_is_one_spelling(content: bytes) -> None:
    """Whatever bytes are read as a value are those that the value is written as; JSON is the exception."""
    value = decode(content)
    if not isinstance(value, Unfit) and content[0] != 8:
        assert encode(value) == content


@pytest.mark.parametrize(
    "text",
    [
        *("null", "true", '"Anna"', "NaN", "[NaN]", "[Infinity]", "[1e999]", " [1]", "[1]\n", "[1, 2]"),
        *('{"a":1,"a":2}', r'["\u00e9"]', r'["\ud800"]', "[tru]", "\ufeff[1]", '{"a" :1}'),
    ],
)
def test_json_has_one_spelling(text: str) -> None:
    """Blanks, escapes, double names, what is no JSON, and what has a type of its own are refused."""
    assert isinstance(decode(b"\x08" + text.encode()), Unfit)


@pytest.mark.parametrize("coding", ["utf-16", "utf-32", "utf-8-sig", "latin-1"])
def test_json_is_utf_8(coding: str) -> None:
    """Other codings, which Python's reader would take, are refused."""
    assert isinstance(decode(b"\x08" + '["é"]'.encode(coding)), Unfit)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("1e2", 100.0), ("[1.50,-0,1E+2]", [1.5, 0, 100.0]), ('{"1.0":"2.0"}', {"1.0": "2.0"})],
)
def test_json_numbers(text: str, value: object) -> None:
    """They have several spellings, as other programs write them."""
    assert decode(b"\x08" + text.encode()) == value


@pytest.mark.parametrize("value", ["", b"", 0, False, {}, [], Decimal(0), 0.0])
def test_what_is_falsy_is_a_value(value: Any) -> None:
    """Nothing falsy is lost, or becomes another falsy value."""
    content = encode(value)
    assert isinstance(content, bytes)
    back = decode(content)
    assert (type(back), back) == (type(value), value)


def test_a_moment_is_told_in_utc() -> None:
    """One moment has one spelling, whatever the time zone it was given in."""
    there = datetime(2026, 7, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert encode(there) == encode(there.astimezone(UTC)) == b"\x062026-07-01T00:00:00.000000Z"


def test_decimals_ignore_the_threads_context() -> None:
    """A shop's decimal context changes no byte."""
    number = Decimal("1E+3")
    usual = encode(number)
    with localcontext() as context:
        context.capitals, context.prec = 0, 1
        assert encode(number) == usual == b"\x041E3"
        assert decode(b"\x041E3") == number


class Text(StrEnum):
    ONE = "one"


class Number(IntEnum):
    ONE = 1


def test_enums_are_their_values() -> None:
    """A member of an Enum of strings or numbers is sealed as its value."""
    assert (encode(Text.ONE), encode(Number.ONE)) == (encode("one"), encode(1))


def test_buffers_are_bytes() -> None:
    """What drivers give for bytes is sealed as bytes."""
    assert encode(memoryview(b"x")) == encode(bytearray(b"x")) == encode(b"x")


CANARY = "canary"


@pytest.mark.parametrize(
    "value",
    [
        *(None, object(), (CANARY,), {CANARY}, 1j, Decimal("NaN"), Decimal("-Infinity"), float("nan")),
        *(datetime.fromisoformat("2026-01-01"), datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))),
        *(f"{CANARY}\ud800", {CANARY: "\udfff"}, {1: CANARY}, [(CANARY,)], {"a": {CANARY}}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_sealed(value: Any) -> None:
    """It is refused in words that do not quote it."""
    refusal = encode(value)
    assert isinstance(refusal, Unfit)
    assert CANARY not in refusal


def test_depth_is_refused() -> None:
    """JSON too deep to be written is refused as any other."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert isinstance(encode(deep), Unfit)
    while deep:  # else Python's own end of it recurses
        deep = deep.pop()
    assert isinstance(decode(b"\x08" + b"[" * 100_000), Unfit)
