"""Formatters: what a handler finally writes is cleaned. A filter could not do it, since it sees no rendered exception.

A record stays as it is, its cached ``exc_text`` too: other handlers of the application read the same one.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from pythonjsonlogger.core import RESERVED_ATTRS, merge_record_extra
from pythonjsonlogger.json import JsonFormatter as _JsonFormatter

from shopprivacy.analytics.printed import PREFIX
from shopprivacy.logs.cleaner import LogCleaner, cleaner_of

if TYPE_CHECKING:
    import os

_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
"""ECMA-48, select graphic rendition."""
_COLOURS_ITSELF: Final = "werkzeug"
"""The logger whose messages have colours already; it escapes those of clients itself."""
_OWN_FIELDS: Final = ("time", "level", "logger", "message", "exception", "stack")
_RESERVED: Final = frozenset({*RESERVED_ATTRS, *_OWN_FIELDS})
_STANDARD: Final = frozenset({"asctime", "levelname", "name", "message"})
"""Fields of a record that stand in ours already."""


class CleanedText(str):
    """What a formatter of ours has written. A QueueHandler makes it the message of the record that it passes on."""

    __slots__ = ()


def twin(record: logging.LogRecord, **changes: object) -> logging.LogRecord:
    """A copy of a record to format, which leaves its marks in what it formats."""
    copy = type(record).__new__(type(record))
    vars(copy).update(vars(record))
    vars(copy).update(changes)
    return copy


def bare(record: logging.LogRecord) -> logging.LogRecord:
    """A copy without exception and stack; its message is one that can be formatted."""
    copy = twin(record, exc_info=None, exc_text=None, stack_info=None)
    if isinstance(record.msg, CleanedText) and not record.args:
        copy.msg = record.msg.partition("\n")[0]
        return copy
    try:
        if record.name == _COLOURS_ITSELF:
            copy.msg, copy.args = _COLOUR.sub("", copy.getMessage()), ()
        copy.getMessage()
    except Exception as error:  # logging would print message and arguments on stderr, as they are
        copy.msg = f"{_told(record.msg)} (not formatted: {type(error).__name__})"
        copy.args = ()
    return copy


def _with_parts(value: object) -> object:
    """A value that a formatter may take to pieces or encode; None for any other, which it may need as it is."""
    if isinstance(value, str | bytes | bytearray | memoryview | dict | list | tuple | set | frozenset):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name, None) for field in fields(value)}
    return None


def _told(message: object) -> str:
    try:
        return str(message)
    except Exception:  # the message's own code; a log line is never lost for it
        return type(message).__name__


class _TwiceError(Exception):
    """A name stands twice in an object of JSON."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The object. With a name that stands twice, a client has written part of it (RFC 8259 §4)."""
    if len(fields := dict(pairs)) < len(pairs):
        raise _TwiceError
    return fields


def _went_on(record: logging.LogRecord) -> list[str]:
    """The lines of an exception and a stack that a formatter of ours has written into the message of a record."""
    is_ours = isinstance(record.msg, CleanedText) and not record.args
    return record.msg.split("\n")[1:] if is_ours else []


class Cleaning(logging.Formatter):
    """What all have in common: the cleaner, and the mode in which nothing is changed."""

    cleaner: LogCleaner

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, cleaned."""
        cleaned = self._cleaned(record)
        if self.cleaner.enforcing:
            return CleanedText(cleaned)
        plain = self._plain(record)
        self.cleaner.note(record.name, plain, cleaned)
        return plain

    def _plain(self, record: logging.LogRecord) -> str:
        raise NotImplementedError

    def _cleaned(self, record: logging.LogRecord) -> str:
        raise NotImplementedError

    def _behind(self, record: logging.LogRecord, formatter: logging.Formatter) -> str:
        """Exception and stack of a record, cleaned."""
        told = "".join(f"\n{line}" for line in _went_on(record))
        if record.exc_info and record.exc_info[0] is not None:
            told += self.cleaner.lines(formatter.formatException(record.exc_info))
        elif record.exc_text:  # from another process, which has no exception any more
            told += self.cleaner.lines(record.exc_text)
        if record.stack_info:
            told += self.cleaner.lines(formatter.formatStack(record.stack_info))
        return told


class TextFormatter(Cleaning):
    """Like ``logging.Formatter``, and cleans what is written: message, arguments, exception and stack.

    ``policy`` is the path of the policy file; ``Privacy.take_over_logs`` sets it, too.
    """

    def __init__(
        self,
        fmt: str | None = None,
        datefmt: str | None = None,
        style: Any = "%",  # noqa: ANN401  # as logging.Formatter has it
        validate: bool = True,  # noqa: FBT001, FBT002
        *,
        defaults: Mapping[str, Any] | None = None,
        policy: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(fmt, datefmt, style, validate, defaults=defaults)
        self.cleaner = cleaner_of(None if policy is None else str(policy))

    def _plain(self, record: logging.LogRecord) -> str:
        return logging.Formatter.format(self, twin(record))

    def _cleaned(self, record: logging.LogRecord) -> str:
        line = logging.Formatter.format(self, bare(record))
        return self.cleaner.line(line) + self._behind(record, self)


class CleanedFormatter(Cleaning):
    """Cleans what another formatter writes; a line of JSON stays one."""

    def __init__(self, inner: logging.Formatter | None, cleaner: LogCleaner) -> None:
        super().__init__()
        self.inner = inner or logging.Formatter()
        self.cleaner = cleaner
        self._own: frozenset[str] | None = None

    def _plain(self, record: logging.LogRecord) -> str:
        return self.inner.format(twin(record))

    def _cleaned(self, record: logging.LogRecord) -> str:
        plain = self._prepared(bare(record))
        head = self.inner.format(plain)
        if "\x1b[" in head and "\x1b" not in plain.getMessage():
            head = _COLOUR.sub("", head)  # the formatter's own, for a terminal; a client's are escaped
        if head.startswith("{") and head.rstrip().endswith("}"):
            cached = None if record.exc_info else record.exc_text
            whole = twin(plain, exc_info=record.exc_info, exc_text=cached, stack_info=record.stack_info)
            written = self.inner.format(whole)
            try:
                fields = json.loads(written, object_pairs_hook=_once)
            except _TwiceError:
                return json.dumps({"message": self.cleaner.line(written)}, ensure_ascii=head.isascii())
            except (ValueError, RecursionError):
                pass
            else:
                return json.dumps(self.cleaner.document(fields), ensure_ascii=head.isascii())
        return self.cleaner.line(head) + self._behind(record, self)

    def _prepared(self, copy: logging.LogRecord) -> logging.LogRecord:
        """The copy with extras and dictionary cleaned: what a formatter encodes, as bytes, is not found afterwards."""
        for name, value in [*vars(copy).items()]:
            if name not in RESERVED_ATTRS and (plain := _with_parts(value)) is not None:
                setattr(copy, name, self.cleaner.document(plain, name))
        if isinstance(copy.msg, dict):
            copy.msg = {
                f"{name}_" if name in self._own_fields() else name: self.cleaner.document(value, str(name))
                for name, value in copy.msg.items()
            }
        return copy

    def _own_fields(self) -> frozenset[str]:
        """The fields of JSON that are the record's and the formatter's own; none where it writes text."""
        if self._own is None:
            empty = logging.LogRecord("-", logging.INFO, "-", 0, "", (), None)
            try:
                written = json.loads(self.inner.format(empty))
                filled = {name for name, value in written.items() if value is not None}
                self._own = _RESERVED | filled
            except Exception:  # a format that asks for extras, or text
                self._own = frozenset()
        return self._own

    def formatException(self, ei: Any) -> str:  # noqa: ANN401, N802  # as logging.Formatter has it
        """The exception as the inner formatter writes it, where it does."""
        write = getattr(self.inner, "formatException", super().formatException)
        written = write(ei)
        return written if isinstance(written, str) else super().formatException(ei)


class JsonFormatter(Cleaning, _JsonFormatter):
    """Like python-json-logger's, and cleans every field: extras of any type, a dictionary as message.

    ``time`` (UTC), ``level``, ``logger`` and ``message`` are the record's; an extra of such a name has ``_`` behind it.
    """

    def __init__(self, *args: Any, policy: str | os.PathLike[str] | None = None, **options: Any) -> None:
        _JsonFormatter.__init__(self, *args, **options)
        self.cleaner = cleaner_of(None if policy is None else str(policy))

    def _plain(self, record: logging.LogRecord) -> str:
        return _JsonFormatter.format(self, twin(record))

    def _cleaned(self, record: logging.LogRecord) -> str:
        copy = bare(record)
        given: dict[str, Any] = {}
        message = ""
        if isinstance(record.msg, dict):
            given = {**record.msg}
        else:
            message = copy.getMessage()
        extras: dict[str, Any] = {**self.defaults, **self.static_fields, **given}
        merge_record_extra(copy, extras, reserved=self.reserved_attrs)
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": self.cleaner.line(record.name),
            "message": self.cleaner.line(message),
        }
        for name in self._required_fields:  # what the shop's own format asks for besides
            if name not in _STANDARD:
                fields[name] = self.cleaner.document(vars(copy).get(name), name)
        for name, value in extras.items():
            key = f"{name}_" if name in _RESERVED else self.cleaner.line(str(name))
            fields[key] = self.cleaner.document(value, str(name))
        return self.serialize_log_record({**fields, **self._told(record)})

    def _told(self, record: logging.LogRecord) -> dict[str, object]:
        plain = logging.Formatter()
        told = dict[str, object]()
        if went_on := _went_on(record):
            told["exception"] = "\n".join(line.removeprefix(PREFIX) for line in went_on)
        if record.exc_info and record.exc_info[0] is not None:
            told["exception"] = self.cleaner.block(plain.formatException(record.exc_info))
        elif record.exc_text:
            told["exception"] = self.cleaner.block(record.exc_text)
        if record.stack_info:
            told["stack"] = self.cleaner.block(record.stack_info)
        return told
