"""A line of JSON, cleaned where its values stand: blanks, the order of keys and numbers stay as they were written."""

from __future__ import annotations

import json
import re
from typing import Final

from shopprivacy.analytics import names
from shopprivacy.analytics.addresses import NOTHING, Addresses
from shopprivacy.analytics.text import Text
from shopprivacy.analytics.user_agent import reduced

_TOKEN: Final = re.compile(
    r'"(?P<string>[^"\\]*+(?:\\.[^"\\]*+)*+)"(?P<key>\s*:)?|(?P<open>[{\[])|(?P<close>[}\]])'
    r"|(?P<number>-?[0-9][0-9.eE+-]*+)|(?P<word>true|false)"
)
"""RFC 8259; ``null`` says nothing, and stays."""
_WORDS: Final = re.compile(r"""([\s",'()<>]+)""")
"""What stands between words, also those of a line that is a value, as Docker and applications write it."""


class _Level:
    """An object or a list that is open."""

    __slots__ = ("beside", "is_out", "key", "name")

    def __init__(self, name: str, *, is_out: bool) -> None:
        self.name = name
        """What it stands under."""
        self.key = ""
        self.beside = ""
        """In an object of a name and a value, or a pair of them, the name."""
        self.is_out = is_out


class JsonLine:
    """Cleans one line that is known to be JSON; ``addresses_only`` leaves all but whole addresses."""

    def __init__(self, text: Text, addresses: Addresses, *, addresses_only: bool = False) -> None:
        self._text = text
        self._addresses_only = addresses_only
        self._addresses = addresses
        self._levels = [_Level("", is_out=False)]

    def clean(self, line: str) -> str:
        """The line, cleaned."""
        return _TOKEN.sub(self._token, line)

    def _token(self, found: re.Match[str]) -> str:
        level = self._levels[-1]
        kind = found.lastgroup
        if self._addresses_only:
            return self._cut(found) if kind == "string" else found[0]
        if kind == "open":
            name = self._name(level)
            self._levels.append(_Level(name, is_out=level.is_out or names.is_out(name)))
            return found[0]
        if kind == "close":
            self._levels.pop()
            return found[0]
        if kind == "key":
            level.key = _text_of(found)
            cleaned = self._text.clean(level.key)
            return found[0] if cleaned == level.key else f"{_written(cleaned)}{found['key']}"
        name = self._name(level)
        if kind != "string":
            is_out = level.is_out or names.is_out(name) or self._text.tokens.is_number(name, found[0])
            return f'"{NOTHING}"' if is_out else found[0]
        value = _text_of(found)
        if level.key in {"name", "key"}:
            level.beside = value
        if not level.key and not level.beside:
            level.beside = value
        cleaned = NOTHING if value and level.is_out else self._cleaned(name, value)
        return found[0] if cleaned == value else _written(cleaned)

    def _cut(self, found: re.Match[str]) -> str:
        value = _text_of(found)
        cut = "".join(
            self._addresses.find(word) or word if len(word) > 1 else word for word in _WORDS.split(value)
        )
        return found[0] if cut == value else _written(cut)

    def _name(self, level: _Level) -> str:
        if level.key == "value" and level.beside:
            return level.beside
        if not level.key:
            return level.beside if names.is_out(level.beside) else level.name
        return names.nested(level.name, level.key)

    def _cleaned(self, name: str, value: str) -> str:
        key = name.lower().replace("-", "_")
        tokens = self._text.tokens
        if key in names.ADDRESSES:
            return ", ".join(self._addresses.truncate(part) for part in value.split(","))
        is_out = tokens.is_out(name, value) or key in names.USERS or tokens.is_number(name, value)
        if not value or is_out:
            return value and NOTHING
        if names.is_agent(name):
            return reduced(value)
        if names.is_query(name):
            return tokens.urls.query(value)
        if key in names.URLS:
            return self._text.clean(tokens.urls.url(value))
        return "\n".join(map(self._text.clean, value.split("\n")))  # JSON escapes the ends of lines


def _text_of(found: re.Match[str]) -> str:
    text: str = json.loads(f'"{found["string"]}"') if "\\" in found["string"] else found["string"]
    return text


def _written(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
