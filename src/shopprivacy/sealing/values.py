"""A value as the bytes that are sealed: a type byte, and one spelling for each value.

| type byte | Python | bytes |
|---|---|---|
| 1 | str | UTF-8 |
| 2 | bytes | as they are |
| 3 | int | two's complement, big-endian, as few bytes as hold it |
| 4 | Decimal | ``-``, digits, ``E``, exponent, all of it ASCII: ``150E-2`` is 1.50 |
| 5 | date | ``2026-01-31`` |
| 6 | datetime | with a time zone, told in UTC: ``2026-01-31T09:30:00.000000Z`` |
| 7 | bool | 0 or 1 |
| 8 | dict, list, float | JSON (RFC 8259) in UTF-8, no blanks |

Nothing is pickled or evaluated. Whatever is wrong is returned and not raised: no frame that holds a value is then part
of a traceback.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import IntEnum
from typing import Any, Final, final

TYPE_BYTES: Final = 1
_DECIMAL: Final = re.compile(rb"-?(0|[1-9][0-9]*)E(0|-?[1-9][0-9]*)")
_TIME: Final = "%Y-%m-%dT%H:%M:%S.%fZ"
_write_json: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_JSON_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[-0-9.eE+]+', re.DOTALL)


class ValueType(IntEnum):
    """The first byte of what is sealed."""

    TEXT = 1
    BYTES = 2
    INTEGER = 3
    DECIMAL = 4
    DATE = 5
    MOMENT = 6
    BOOLEAN = 7
    JSON = 8


TEXT: Final = int(ValueType.TEXT)
_TEXT: Final = bytes((TEXT,))
_SURROGATE: Final = "the text has half of a surrogate pair, which no UTF-8 can hold"
_SPELLINGS: Final = {ValueType.INTEGER, ValueType.DECIMAL, ValueType.DATE, ValueType.MOMENT}
"""Types whose readers would take other spellings, too. (JSON's reader compares them itself.)"""


@final
class Unfit(str):
    """Why a value has no bytes, in words that do not quote it."""

    __slots__ = ()


def encode(value: object) -> bytes | Unfit:
    """Return type byte and bytes of a value, or why it has none."""
    if isinstance(value, str):  # most are, and each costs as much as a third of its encryption
        try:
            return _TEXT + value.encode()
        except UnicodeEncodeError:
            return Unfit(_SURROGATE)
    match value:
        case bytes() | bytearray() | memoryview():
            return _tagged(ValueType.BYTES, bytes(value))
        case bool():
            return _tagged(ValueType.BOOLEAN, bytes([value]))
        case int():
            return _tagged(ValueType.INTEGER, _integer(value))
        case Decimal():
            return _tagged(ValueType.DECIMAL, _decimal(value))
        case datetime():
            return _tagged(ValueType.MOMENT, _moment(value))
        case date():
            return _tagged(ValueType.DATE, value.isoformat().encode())
        case dict() | list() | float():
            return _tagged(ValueType.JSON, _json(value))
        case _:
            return Unfit(f"values of the type {type(value).__name__} cannot be sealed")


def decode(content: bytes) -> Any:  # noqa: ANN401  # whatever was sealed
    """Return the value of these bytes, or Unfit where ``encode`` gives no such bytes."""
    kind = content[0]
    try:
        if kind == TEXT:  # as in `encode`
            return content[TYPE_BYTES:].decode()
        value = _READERS[kind](content[TYPE_BYTES:])
    except (KeyError, ValueError, ArithmeticError, RecursionError):
        return Unfit("these bytes are not a value")
    if kind in _SPELLINGS and encode(value) != content:
        return Unfit("these bytes are another spelling of a value")
    return value


def _tagged(kind: ValueType, octets: bytes | Unfit) -> bytes | Unfit:
    return octets if isinstance(octets, Unfit) else bytes((kind,)) + octets


def _integer(number: int) -> bytes:
    return number.to_bytes((number + (number < 0)).bit_length() // 8 + 1, "big", signed=True)


def _decimal(number: Decimal) -> bytes | Unfit:
    """Not ``str()``, which depends on the thread's decimal context."""
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return Unfit("a Decimal that is infinite or no number cannot be sealed")
    return f"{'-' * sign}{''.join(map(str, digits))}E{exponent}".encode()


def _read_decimal(octets: bytes) -> Decimal:
    if _DECIMAL.fullmatch(octets) is None:
        raise ValueError
    return Decimal(octets.decode())


def _moment(moment: datetime) -> bytes | Unfit:
    if moment.utcoffset() is None:
        return Unfit("a datetime without a time zone cannot be sealed: nobody could tell which moment it is")
    try:
        there = moment.astimezone(UTC)
    except OverflowError:
        return Unfit("the moment has no UTC time between the years 1 and 9999")
    return there.isoformat(timespec="microseconds").replace("+00:00", "Z").encode()


def _read_moment(octets: bytes) -> datetime:
    return datetime.strptime(octets.decode(), _TIME).replace(tzinfo=UTC)


def _json(value: object) -> bytes | Unfit:
    try:
        text = _write_json(value)
        if json.loads(text) != value:
            return Unfit(
                "what JSON would give back is not equal to the value: a tuple, or a key that is not a string"
            )
        return text.encode()
    except UnicodeEncodeError:
        return Unfit(_SURROGATE)
    except (TypeError, ValueError, RecursionError):
        return Unfit("the value is not JSON")


def _read_json(octets: bytes) -> Any:  # noqa: ANN401  # whatever JSON brings
    """One spelling for all but numbers, of which JSON has many: 1.0, 1 and 1e0."""
    text = octets.decode()
    value = json.loads(text)
    again = _write_json(value)
    if again != text and _without_numbers(again) != _without_numbers(text):
        raise ValueError
    if isinstance(value, bool) or not isinstance(value, dict | list | float | int):
        raise ValueError  # text and the like have types of their own
    return value


def _without_numbers(text: str) -> str:
    return _JSON_TOKENS.sub(lambda token: token[0] if token[0][0] == '"' else "0", text)


_READERS: Final[dict[int, Callable[[bytes], Any]]] = {
    ValueType.BYTES: bytes,
    ValueType.INTEGER: lambda octets: int.from_bytes(octets, "big", signed=True),
    ValueType.DECIMAL: _read_decimal,
    ValueType.DATE: lambda octets: date.fromisoformat(octets.decode()),
    ValueType.MOMENT: _read_moment,
    ValueType.BOOLEAN: lambda octets: {b"\0": False, b"\1": True}[octets],
    ValueType.JSON: _read_json,
}
