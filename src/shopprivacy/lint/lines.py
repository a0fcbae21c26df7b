"""From the path of a key to the line of a TOML file on which it stands; the standard library's reader does not say."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping
from typing import Final

from shopprivacy.policy.wording import key_path

Path = tuple[str | int, ...]

_SPACE: Final = re.compile(r"[ \t]*")
_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_STRINGS: Final = (r'"""(?:[^\\]|\\.)*?"{3,5}', r"'''.*?'{3,5}", r'"(?:[^"\\\n]|\\.)*"', r"'[^'\n]*'")
_STRING: Final = re.compile("|".join(_STRINGS), re.DOTALL)
_SCALAR: Final = re.compile(r"[^,\]}#\n]*")


def line_of(text: str, path: str) -> int:
    """The line, from 1 on, of a key, or of the innermost table around it that is written; else 1.

    ``path`` is written as problems and findings write it: ``cookies."_ga_*".life``, ``languages[0]``.
    """
    lines = lines_of(text)
    around = (known for known in lines if path.startswith(known) and path[len(known) :][:1] in {"", ".", "["})
    return lines.get(max(around, key=len, default=""), 1)


def lines_of(text: str) -> Mapping[str, int]:
    """The line of every key, table and entry of a list, by its path; nothing, where the text is not TOML."""
    try:
        tomllib.loads(text)
        return {key_path(path): line for path, line in _Scanner(text).lines.items()}
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


class _Scanner:
    """Walks over text that is known to be TOML 1.0, and notes where each key begins."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._last: dict[Path, int] = {}  # arrays of tables: the index of the latest table
        table: Path = ()
        while self._next_is_there():
            if text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _next_is_there(self) -> bool:
        self._skip(_BLANK)
        return self._at < len(self._text)

    def _header(self) -> Path:
        line, brackets = self._line(), 2 if self._text.startswith("[[", self._at) else 1
        self._at += brackets
        *outer, name = self._keys()
        self._at += brackets
        path: Path = ()
        for key in outer:
            path = self._latest((*path, key))
        path = (*path, name)
        if brackets == 2:
            self._note(path, line)
            self._last[path] = self._last.get(path, -1) + 1
        path = self._latest(path)
        self._note(path, line)
        return path

    def _latest(self, path: Path) -> Path:
        return (*path, self._last[path]) if path in self._last else path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = (*table, *self._keys())
        self._note(path, line)
        self._at += 1  # the sign of equality
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip(_SPACE)
        first = self._text[self._at]
        if first == "[":
            self._at += 1
            index = 0
            while self._inside("]"):
                self._note((*path, index), self._line())
                self._value((*path, index))
                index += 1
        elif first == "{":
            self._at += 1
            while self._inside("}"):
                self._pair(path)
        else:
            self._skip(_STRING if first in "\"'" else _SCALAR)

    def _inside(self, end: str) -> bool:
        """Go on to the next entry of a list or table; at its end, behind it."""
        self._skip(_BLANK)
        if self._text[self._at] == ",":
            self._at += 1
            self._skip(_BLANK)
        if self._text[self._at] == end:
            self._at += 1
            return False
        return True

    def _keys(self) -> list[str]:
        """A key and the dotted ones behind it; stops at what follows them."""
        keys = []
        while True:
            self._skip(_SPACE)
            quoted = self._text[self._at] in "\"'"
            key = self._skip(_STRING if quoted else _BARE_KEY)
            keys.append(tomllib.loads(f"_ = {key}")["_"] if quoted else key)
            self._skip(_SPACE)
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        skipped = found[0] if found else ""
        self._at += len(skipped)
        return skipped

    def _note(self, path: Path, line: int) -> None:
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def _line(self) -> int:
        return bisect_left(self._ends, self._at) + 1
