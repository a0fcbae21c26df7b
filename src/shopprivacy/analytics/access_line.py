"""One line of an access log, as servers have written it: address, user, request, referrer and user agent are cleaned.

The formats are Apache's common and combined log, with a column for the virtual host or not, and JSON of nginx and
Caddy. All other bytes stay as they are. Lines are bytes: a log has what clients sent, in any encoding.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Final

from shopprivacy.analytics.addresses import NOTHING, Addresses
from shopprivacy.analytics.json_line import JsonLine
from shopprivacy.analytics.text import Text
from shopprivacy.analytics.user_agent import reduced

_QUOTED: Final = (rb'"([^"]*+)"', rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"')
_REST: Final = tuple(
    re.compile(
        rb'([^\]"]{10,40}\] )%b( (?:[0-9]{3}|-) (?:[0-9]+|-))(?:( )%b %b)?(.*)' % ((quoted,) * 3), re.DOTALL
    )
    for quoted in _QUOTED
)
"""What stands behind the first bracket: time, request, status and size, and perhaps referrer, agent and more.

The second is for lines with a backslash, which may stand before a quote; the first is three times as fast.
"""
_ENDS: Final = frozenset({b"\n", b"", b"\r\n"})
_PLAIN_REST: Final = re.compile(rb'(?:[\s"-]|(?<![0-9.])[0-9]+(?:\.[0-9]+)?(?![0-9.]))*+')
"""Blanks, hyphens and single numbers, such as a duration."""
_COLUMNS: Final = 6
"""Parts of a combined line between its quotes."""
_TIMES: Final = re.compile(rb'(?:[^\]"\n]{10,40}\] ")*+')
_STATUSES: Final = re.compile(rb'(?: (?:[0-9]{3}|-) (?:[0-9]+|-) ")*+')
_HEAD: Final = re.compile(rb"((?:[^ ,]+[ ,]+)*)([^ ,]+) \S+ \S+")
"""Hosts and addresses, as many as there are, and then ident and user."""
_WORDS_BEFORE: Final = re.compile(r"[^ ,]+")
_WORDS: Final = re.compile(rb'([\s",]+)')
"""What stands between words."""
_TIME: Final = re.compile(
    rb"\[[0-9]{1,2}/[A-Za-z]{3}/[0-9]{4}:[0-9:]{8} ?[+0-9-]{0,6}\]"
    rb"|[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[T ][0-9:]{8}(?:[.,][0-9]{1,9})?(?:Z|[+-][0-9:]{4,6})?"
)
_PLAIN_QUERY: Final = re.compile(rb"[A-Za-z0-9_.~&=%+-]+")
_PROTOCOL: Final = re.compile(rb"HTTP/[0-9.]{1,5}")
_UNREADABLE: Final = b'- - - %b "-" - -'
_TOGETHER: Final = 1 << 14
"""Bytes of lines that are cleaned at once where all are alike; one that is not costs the others little."""
_MOST: Final = 50_000
_LONGEST: Final = 256
"""Bytes of what is remembered: clients choose how long it is."""

Judge = Callable[[bytes], bytes]


class AccessLines:
    """Cleans lines of access logs by the rules of a policy.

    ``addresses_only`` leaves request, referrer and agent as they are. ``unreadable`` counts the lines that are in none
    of the formats: they keep their time, and ``-`` stands for the rest; with ``as_text`` they are cleaned as lines of
    an application's log, and tabs stay.
    """

    def __init__(self, text: Text, *, addresses_only: bool = False, as_text: bool = False) -> None:
        self._text = text
        self._as_lines = as_text
        self._addresses = Addresses(text.rules.ipv4, text.rules.ipv6)
        self._listed = text.rules.query
        self._addresses_only = addresses_only
        self._heads = _Known(self._addressed if addresses_only else self._head)
        self._texts = _Known(lambda raw: self._as_text(raw, text.clean))
        self._agents = _Known(lambda raw: self._as_text(raw, reduced))
        self.clean = self._clean_addresses if addresses_only else self._clean
        """Cleans one line; its end of line stays."""
        self.unreadable = 0

    def clean_all(self, block: bytes) -> bytes:
        """All lines of a block, cleaned. One on which it fails is one that nobody can read."""
        unreadable = self.unreadable
        try:
            return b"".join(
                self._clean_alike(lines) or b"".join(map(self.clean, _split(lines)))
                for lines in _in_parts(block)
            )
        except Exception:  # now each by itself
            self.unreadable = unreadable
            return b"".join(map(self._clean_safely, _split(block)))

    def _clean_alike(self, lines: bytes) -> bytes | None:
        """What :meth:`clean` makes of lines of the combined format, of all at once; None where one is anything else.

        They are cut at their quotes: what stands between two lines is the end of one and the beginning of the next.
        """
        count = lines.count(b"\n")
        parts = (b"\n" + lines).split(b'"')
        if (
            len(parts) != _COLUMNS * count + 1
            or parts[4::_COLUMNS].count(b" ") != count
            or not lines.endswith(b"\n")
            or b"\\" in lines
            or not _STATUSES.fullmatch(b'"'.join((*parts[2::_COLUMNS], b"")))
        ):
            return None
        more, _, begun = zip(*[part.partition(b"\n") for part in parts[::_COLUMNS]], strict=True)
        heads, _, times = zip(*[begin.partition(b" [") for begin in begun[:-1]], strict=True)
        said = b'"'.join(more)
        if not _TIMES.fullmatch(b'"'.join((*times, b""))) or (
            said.strip(b'"') and not _PLAIN_REST.fullmatch(said)
        ):
            return None
        cleaned = [*map(self._heads.__getitem__, heads)]
        if not all(cleaned):
            return None
        parts[:-1:_COLUMNS] = map(b"%b\n%b [%b".__mod__, zip(more[:-1], cleaned, times, strict=True))
        if not self._addresses_only:
            parts[1::_COLUMNS] = map(self._request, parts[1::_COLUMNS])
            parts[3::_COLUMNS] = map(self._texts.__getitem__, parts[3::_COLUMNS])
            parts[5::_COLUMNS] = map(self._agents.__getitem__, parts[5::_COLUMNS])
        return b'"'.join(parts)[1:]

    def _clean_safely(self, line: bytes) -> bytes:
        try:
            return self.clean(line)
        except Exception:  # a back-log of years does not stop for a line
            self._as_lines, as_text = False, self._as_lines
            unread = self._unread(line)
            self._as_lines = as_text
            return unread

    def _clean(self, line: bytes) -> bytes:
        head, bracket, rest = line.partition(b" [")
        parts = _REST[b"\\" in rest].fullmatch(rest) if bracket else None
        cleaned = self._heads[head] if parts else b""
        if parts is None or not cleaned:
            return self._otherwise(line)
        time, request, status, blank, referrer, agent, more = parts.groups()
        if more not in _ENDS and not _PLAIN_REST.fullmatch(more):
            end = more[len(more.rstrip(b"\r\n")) :]
            more = self._texts[more.rstrip(b"\r\n")] + end
        if blank is None:
            return b'%b [%b"%b"%b%b' % (cleaned, time, self._request(request), status, more)
        return b'%b [%b"%b"%b "%b" "%b"%b' % (
            cleaned,
            time,
            self._request(request),
            status,
            self._texts[referrer],
            self._agents[agent],
            more,
        )

    def _clean_addresses(self, line: bytes) -> bytes:
        head, bracket, rest = line.partition(b" [")
        cleaned = self._heads[head]
        if not cleaned:
            return self._otherwise(line)
        parts = _REST[b"\\" in rest].fullmatch(rest)
        more = parts[7] if parts else rest
        if more in _ENDS or _PLAIN_REST.fullmatch(more):
            return cleaned + line[len(head) :]
        return cleaned + bracket + rest[: len(rest) - len(more)] + (self._cut(more) or more)

    def _otherwise(self, line: bytes) -> bytes:
        bare = line.rstrip(b"\r\n")
        end = line[len(bare) :]
        if not bare:
            return line
        if bare.startswith(b"{"):
            try:
                written = bare.decode()
                json.loads(written)
                json_line = JsonLine(self._text, self._addresses, addresses_only=self._addresses_only)
                return json_line.clean(written).encode() + end
            except (ValueError, RecursionError):
                pass
        return self._unread(line)

    def _unread(self, line: bytes) -> bytes:
        bare = line.rstrip(b"\r\n")
        if self._as_lines:
            return self._as_text(bare, self._line) + line[len(bare) :]
        self.unreadable += 1
        time = _TIME.search(bare)
        return (_UNREADABLE % time[0] if time else b"-") + line[len(bare) :]

    def _head(self, raw: bytes) -> bytes:
        """The columns before the time; empty where they are none."""
        found = _HEAD.fullmatch(raw)
        if found is None:
            return b""
        columns, last = found[1].decode("latin-1"), found[2].decode("latin-1")
        address = self._addresses.find(last)
        if address is None and len(_WORDS_BEFORE.findall(columns)) > 1:  # words of whoever logged in
            return b""
        cleaned = _WORDS_BEFORE.sub(lambda word: self._column(word[0]), columns)
        return f"{cleaned}{address or NOTHING} - -".encode("latin-1", errors="backslashreplace")

    def _addressed(self, raw: bytes) -> bytes:
        """The columns before the time with their addresses cut; empty where there is none, and for JSON."""
        if raw.startswith(b"{"):
            return b""
        first, blank, more = raw.partition(b" ")
        if b"." in more or b":" in more:  # as each address has
            return self._cut(raw) or b""
        address = self._addresses.find(first.decode("latin-1"))
        return address.encode() + blank + more if address else self._cut(raw) or b""

    def _cut(self, raw: bytes) -> bytes | None:
        """The text with each word cut that is an address; None where none is."""
        words = _WORDS.split(raw)
        cut = [self._addresses.find(word.decode("latin-1")) if len(word) > 1 else None for word in words]
        if not any(cut):
            return None
        return b"".join(
            address.encode() if address else word for address, word in zip(cut, words, strict=True)
        )

    def _column(self, word: str) -> str:
        return self._addresses.find(word) or self._text.clean(word)

    def _request(self, request: bytes) -> bytes:
        """The request, cleaned: its path, which many share, and its query, of which few have the same."""
        before, question, behind = request.partition(b"?")
        if question and b" /" in before:
            query, blank, protocol = behind.partition(b" ")
            if not self._listed and b"\\" not in query and b" " not in protocol:
                return self._texts[before + blank + protocol]
            if _PLAIN_QUERY.fullmatch(query) and _PROTOCOL.fullmatch(protocol):
                kept = self._text.tokens.urls.query(query.decode("ascii")).encode("ascii")
                path = self._texts[before + blank + protocol]
                if not kept:
                    return path
                return path[: len(path) - len(protocol) - 1] + b"?" + kept + b" " + protocol
        return self._texts[request]

    def _line(self, text: str) -> str:
        return self._text.clean(text).replace("\\x09", "\t")

    def _as_text(self, raw: bytes, clean: Callable[[str], str]) -> bytes:
        text = raw.decode(errors="backslashreplace")
        cleaned = clean(text)
        return raw if cleaned == text else cleaned.encode(errors="backslashreplace")


def _in_parts(block: bytes) -> Iterator[bytes]:
    """The block in parts of whole lines."""
    start = 0
    while start < len(block):
        end = block.find(b"\n", start + _TOGETHER) + 1 or len(block)
        yield block[start:end]
        start = end


def _split(lines: bytes) -> list[bytes]:
    return BytesIO(lines).readlines()  # splitlines would split at a carriage return, too


class _Known(dict[bytes, bytes]):
    """What was judged before; bounded."""

    def __init__(self, judge: Judge) -> None:
        super().__init__()
        self._judge = judge

    def __missing__(self, raw: bytes) -> bytes:
        judged = self._judge(raw)
        if len(raw) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[raw] = judged
        return judged
