"""Values of any type as they may stand in a log: mappings, lists and what is in them, by the names beside them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Set
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePath
from typing import Final
from uuid import UUID

from shopprivacy.analytics import names
from shopprivacy.analytics.addresses import NOTHING
from shopprivacy.analytics.text import Text
from shopprivacy.analytics.user_agent import reduced

DEEPEST: Final = 8
"""Levels of mappings and lists; below them stands the name of the type."""
MOST: Final = 200
"""Entries of one mapping or list."""


class Values:
    """Cleans values by the rules of a policy; ``clean`` cleans text, where ``text`` alone is not to."""

    def __init__(
        self,
        text: Text,
        clean: Callable[[str], str] | None = None,
        *,
        deepest: int = DEEPEST,
        most: int = MOST,
    ) -> None:
        self._tokens = text.tokens
        self._clean = clean or text.clean
        self._deepest, self._most = deepest, most

    def clean(self, value: object, name: str = "", depth: int = 0) -> object:
        """The value as what JSON can hold, cleaned; ``name`` is what it stands under.

        Text is cleaned, NaN and the infinities are None, and what JSON has no form for is the name of its type.
        """
        if value is None or (isinstance(value, bool | int) and not isinstance(value, Enum)):
            if name and names.is_context(name):
                return self.clean(str(value), name) if value is not None else value
            is_out = value is not None and ((name and names.is_out(name)) or self._is_masked(value))
            return NOTHING if is_out else value
        if name and self._tokens.is_out(name, value):
            return NOTHING
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if isinstance(value, tuple) and isinstance(fields := getattr(value, "_fields", None), tuple):
            value = dict(zip(fields, value, strict=False))  # a named tuple
        if isinstance(value, Mapping | list | tuple | Set):
            return self._entries(value, name, depth)
        written = _written(value)
        return self._named(name, written) if written is not None else type(value).__name__

    def _is_masked(self, number: int) -> bool:
        written = str(number) if number.bit_length() <= 128 and not isinstance(number, bool) else ""
        return self._clean(written) != written

    def _entries(self, value: object, name: str, depth: int) -> object:
        if depth >= self._deepest:
            return type(value).__name__
        if isinstance(value, Mapping):
            named = value.get("name", value.get("key"))
            beside = named if isinstance(named, str) else ""  # a header as an object
            return {
                self._clean(_key(key)): self.clean(
                    entry, beside if key == "value" and beside else names.nested(name, _key(key)), depth + 1
                )
                for key, entry in [*value.items()][: self._most]
            }
        entries = [*value][: self._most] if isinstance(value, list | tuple | Set) else []
        if 2 <= len(entries) <= 3 and isinstance(entries[0], str | bytes) and not isinstance(value, Set):
            beside = _key(entries[0])  # a header, or a setting
            if names.is_out(beside) or names.is_context(beside) or len(entries) == 2:
                return [self.clean(entries[0], name, depth + 1)] + [
                    self.clean(entry, beside, depth + 1) for entry in entries[1:]
                ]
        return [self.clean(entry, name, depth + 1) for entry in entries]

    def _named(self, name: str, text: str) -> str:
        """Text beside a name: a query, a user agent, or a number that only the name tells from others."""
        if names.is_query(name):
            return self._tokens.urls.query(text.lstrip("?")) if "=" in text else self._clean(text)
        if names.is_agent(name):
            return reduced(text)
        if names.is_context(name):
            if self._tokens.is_number(name, text):
                return NOTHING
            word = name.lower()
            return self._clean(f"{word} {text}").removeprefix(f"{word} ")
        return self._clean(text)


def _key(key: object) -> str:
    written = _written(key)
    return type(key).__name__ if written is None else written


def _written(value: object) -> str | None:
    """A value that has one spelling, as text; None for any other, whose ``str`` is the application's own code."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode(errors="backslashreplace")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal | PurePath | IPv4Address | IPv6Address | timedelta | int | float):
        return str(value)
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, BaseException):
        return _told(value)
    return None


def _told(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # the exception's own code; a log line is never lost for it
        return type(error).__name__
