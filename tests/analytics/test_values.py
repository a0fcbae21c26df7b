"""Values of any type: what JSON cannot hold, what stands under a name, what is too deep."""

# ruff: noqa: E501  # tables
from __future__ import annotations

import json
import math
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import ip_address
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.analytics import LogRules, Text, Values

VALUES = Values(Text(LogRules(query=frozenset({"page"}))))


class Colour(Enum):
    """An enumeration."""

    RED = 1


class Login(NamedTuple):
    """A tuple whose values have names."""

    password: str
    ip: str


class Broken(Exception):
    """An exception that cannot be told."""

    def __str__(self) -> str:
        raise RuntimeError


SCOPE = {
    "type": "http",
    "client": ("203.0.113.77", 54321),
    "query_string": b"token=abc&page=2",
    "headers": [
        (b"cookie", b"session=abc"),
        (b"authorization", b"Basic YW5AZXhhbXBsZS5ubDpnZWhlaW0="),
        (b"x-forwarded-for", b"203.0.113.9"),
        (b"user-agent", b"JanBot/1.0"),
    ],
    "app": object(),
}

TABLE: list[tuple[Any, Any]] = [
    (None, None),
    (True, True),
    (5, 5),
    (1.5, 1.5),
    (math.nan, None),
    (math.inf, None),
    ("an@example.nl", "-"),
    (b"an@example.nl \xff", "- \\xff"),
    (object(), "object"),
    (Colour.RED, "RED"),
    (datetime(2026, 1, 5, 12, tzinfo=UTC), "2026-01-05T12:00:00+00:00"),
    (time(12, 30), "12:30:00"),
    (timedelta(seconds=5), "0:00:05"),
    (Decimal("1.50"), "1.50"),
    (UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    (PurePosixPath("/a/an@example.nl"), "/a/-"),
    (ip_address("203.0.113.77"), "203.0.113.0"),
    (Login("hunter2", "203.0.113.77"), {"password": "-", "ip": "203.0.113.0"}),
    (ValueError("for an@example.nl"), "ValueError: for -"),
    (Broken(), "Broken"),
    ({"password": "x", "n": {"access_token": 5, "csrf": None}}, {"password": "-", "n": {"access_token": "-", "csrf": None}}),
    ({"an@example.nl": 1, 5: 2, object: 3}, {"-": 1, "5": 2, "type": 3}),
    ({"bsn": 123456782, "card": "4111111111111111", "order": 123456782}, {"bsn": "-", "card": "-", "order": 123456782}),
    ({"bsn": 5, "secret": True}, {"bsn": "5", "secret": "-"}),
    ({"user_agent": "JanBot/1.0", "query": "q=jan&page=2", "args": "plain"}, {"user_agent": "other", "query": "page=2", "args": "plain"}),
    ([("cookie", "a=b"), ("host", "x"), {"a"}], [["cookie", "-"], ["host", "x"], ["a"]]),
    (
        SCOPE,
        {
            "type": "http",
            "client": ["203.0.113.0", 54321],
            "query_string": "page=2",
            "headers": [["cookie", "-"], ["authorization", "-"], ["x-forwarded-for", "203.0.113.0"], ["user-agent", "other"]],
            "app": "object",
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("value", "cleaned"), TABLE)
def test_table(value: object, cleaned: object) -> None:
    """Each type is cleaned as what JSON can hold."""
    assert VALUES.clean(value) == cleaned
    json.dumps(cleaned, allow_nan=False)


def test_depth_and_number_are_bounded() -> None:
    """What nests in itself ends, and of a long list the first entries stay."""
    loop: list[object] = []
    loop.append(loop)
    assert "list" in json.dumps(VALUES.clean(loop))
    assert len(VALUES.clean(list(range(1000)))) == 200  # type: ignore[arg-type]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON_VALUES)
def test_anything_can_be_written(value: object) -> None:
    """Whatever an extra holds, JSON can hold what comes of it."""
    json.dumps(VALUES.clean(value), allow_nan=False)


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        (("password", ["x"]), ["password", "-"]),
        (["bsn", 123456782], ["bsn", "-"]),
        (("cookie", "a=b", 1), ["cookie", "-", "-"]),
        ({"name": "authorization", "value": "x"}, {"name": "authorization", "value": "-"}),
        ({"key": "a", "value": 1}, {"key": "a", "value": 1}),
        (["a", "b", 3], ["a", "b", 3]),
        (["a", 3], ["a", 3]),
    ],
)
def test_a_name_beside_its_value(value: object, cleaned: object) -> None:
    """Where a list or an object holds a name and its value, the value is judged by the name."""
    assert VALUES.clean(value) == cleaned
