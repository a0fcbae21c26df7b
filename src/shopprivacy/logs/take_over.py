"""All handlers of a process, taken over: their formatters are wrapped, and those that come later are named.

Nothing of ``logging`` is patched: ``setFormatter`` and ``setLogRecordFactory`` are its public interface.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from logging.handlers import MemoryHandler, QueueHandler
from typing import Any, Final
from weakref import WeakSet

from shopprivacy.logs.cleaner import LogCleaner
from shopprivacy.logs.formatters import CleanedFormatter, Cleaning
from shopprivacy.logs.sinks import Sink, library_sinks, sink_of, writes_by_itself

log = logging.getLogger("shopprivacy.logs")

SERVERS: Final = frozenset(
    {
        *("gunicorn.access", "gunicorn.error", "uvicorn", "uvicorn.access", "uvicorn.error", "uvicorn.asgi"),
        *("hypercorn.access", "hypercorn.error", "daphne.server", "django.server", "werkzeug", "waitress"),
    }
)
"""Loggers whose handlers a server attaches when it wants: gunicorn anew at each reload (HUP), although it keeps a
preloaded application, and Werkzeug's development server with its first line. No shop is asked, so none is warned.
"""


def attached() -> Iterator[tuple[str, logging.Handler]]:
    """Every handler of the process with the name of its logger, those behind queues and buffers too."""
    loggers = [
        entry for entry in logging.root.manager.loggerDict.values() if isinstance(entry, logging.Logger)
    ]
    seen = set[int]()
    for logger in (logging.root, *loggers):
        name = "" if logger is logging.root else logger.name
        for handler in logger.handlers:
            for one in _behind(handler):
                if id(one) not in seen:
                    seen.add(id(one))
                    yield name, one
    if logging.lastResort is not None and id(logging.lastResort) not in seen:
        yield "", logging.lastResort


def _behind(handler: logging.Handler) -> Iterator[logging.Handler]:
    yield handler
    target = handler.target if isinstance(handler, MemoryHandler) else None
    listener: Any = (
        getattr(handler, "listener", None) if isinstance(handler, QueueHandler) else None
    )  # since 3.12
    for inner in (target, *getattr(listener, "handlers", ())):
        if inner is not None:
            yield from _behind(inner)


def take_over_logs(cleaner: LogCleaner) -> None:
    """Clean what every handler that is attached now writes. Twice is once; the last policy counts."""
    for _, handler in attached():
        _take_over(handler, cleaner)
    _watch.begin(cleaner)


def _take_over(handler: logging.Handler, cleaner: LogCleaner) -> None:
    formatter = handler.formatter
    if isinstance(formatter, Cleaning):
        formatter.cleaner = cleaner
    elif not isinstance(handler, logging.NullHandler):
        handler.setFormatter(CleanedFormatter(formatter, cleaner))


def check_logs() -> tuple[Sink, ...]:
    """The sinks that are attached and that no formatter reaches, and handlers that nobody has taken over."""
    found = [sink for name, handler in attached() if (sink := sink_of(name, handler)) is not None]
    for name, handler in attached():
        if sink_of(name, handler) is None and not _is_clean(handler):
            found.append(Sink(_named(handler), name, _recipe(handler)))
        elif isinstance(handler, QueueHandler) and getattr(handler, "listener", None) is None:
            found.append(Sink(_named(handler), name, _QUEUE))
    return (*found, *library_sinks())


def _recipe(handler: logging.Handler) -> str:
    """What cleans what a handler writes that is not clean."""
    formatter = handler.formatter
    if not writes_by_itself(handler) and not isinstance(formatter, Cleaning):
        return "call privacy.take_over_logs() once it is attached"
    is_reporting = isinstance(formatter, Cleaning) and not formatter.cleaner.enforcing
    return _REPORTING if is_reporting else _BY_ITSELF


_REPORTING: Final = 'it is taken over, and mode.log = "report" changes nothing: set it to "enforce"'
_BY_ITSELF: Final = (
    "let its emit write self.format(record), and its format ask the formatter; "
    "or set is_clean = True on it, if it cleans what it takes"
)
_QUEUE: Final = (
    "its messages are clean, extras are not: give the handlers of the listener that reads the queue our formatters, "
    "or set its attribute listener, and call privacy.take_over_logs()"
)
_CANARY = "203.0.113.77"


def _is_clean(handler: logging.Handler) -> bool:
    """Whether a handler writes a record of ours cleaned, however it formats."""
    if isinstance(handler, logging.NullHandler):
        return True
    if writes_by_itself(handler):
        return getattr(handler, "is_clean", False) is True
    record = logging.LogRecord("shopprivacy.logs", logging.INFO, __file__, 0, _CANARY, (), None)
    try:
        return _CANARY not in handler.format(record)
    except Exception:
        return isinstance(handler.formatter, Cleaning)  # it reads what only other records have


def _named(handler: logging.Handler) -> str:
    name = type(handler).__qualname__
    return f'{name} "{handler.name}"' if handler.name else name


class _Watch:
    """Looks, whenever a record is made, at the handlers that it will come to: a record factory is public API."""

    def __init__(self) -> None:
        self._cleaner: LogCleaner | None = None
        self._factories: list[Callable[..., logging.LogRecord]] = []
        self._said = WeakSet[logging.Handler]()

    def begin(self, cleaner: LogCleaner) -> None:
        self._cleaner = cleaner
        factory = logging.getLogRecordFactory()
        if factory != self.make:
            self._factories = [*(one for one in self._factories if one is not factory), factory]
            logging.setLogRecordFactory(self.make)

    def make(self, *args: Any, **kwargs: Any) -> logging.LogRecord:  # as LogRecord takes them
        # A factory that was set on top of ours calls it: then the one that was there before is meant.
        depth = _depth.get()
        if depth:
            return self._made(depth, args, kwargs)
        record = self._made(depth, args, kwargs)
        self._look(record.name)
        return record

    def _made(self, depth: int, args: Any, kwargs: Any) -> logging.LogRecord:  # noqa: ANN401
        if depth >= len(self._factories):
            return logging.LogRecord(*args, **kwargs)
        token = _depth.set(depth + 1)
        try:
            return self._factories[-1 - depth](*args, **kwargs)
        finally:
            _depth.reset(token)

    def _look(self, name: str) -> None:
        found = logging.root.manager.loggerDict.get(name)
        cleaner = self._cleaner
        logger: logging.Logger | None = found if isinstance(found, logging.Logger) else logging.root
        while logger is not None:
            for handler in logger.handlers:
                if isinstance(handler.formatter, Cleaning) or handler in self._said:
                    continue
                if cleaner is not None and logger.name in SERVERS:
                    _take_over(handler, cleaner)
                else:
                    self._tell_late(logger, handler)
            logger = logger.parent if logger.propagate else None
        if cleaner is not None and cleaner.unsaid:
            unsaid, cleaner.unsaid = cleaner.unsaid, []
            for logger_name in unsaid:
                log.warning('mode.log = "report": lines of logger "%s" would be cleaned', logger_name)

    def _tell_late(self, logger: logging.Logger, handler: logging.Handler) -> None:
        self._said.add(handler)
        if not isinstance(handler, logging.NullHandler):
            log.warning(
                'handler %s of logger "%s" was attached after take_over_logs(): what it writes is not cleaned; '
                "call privacy.take_over_logs() again",
                _named(handler),
                logger.name,
            )


_depth: ContextVar[int] = ContextVar("shopprivacy_factories", default=0)
_watch = _Watch()
