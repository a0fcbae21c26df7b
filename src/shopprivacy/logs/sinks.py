"""Sinks that read records or objects, not the text that a formatter writes: what they are, and what cleans them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shopprivacy.logs.cleaner import LogCleaner
from shopprivacy.logs.formatters import Cleaning


@dataclass(frozen=True, slots=True)
class Sink:
    """Somewhere log records go that no formatter reaches."""

    name: str
    """The class of the handler, or the library."""
    logger: str
    """The logger it is attached to; empty for the root logger and for libraries."""
    recipe: str
    """What to write so that it is clean, too."""

    def __str__(self) -> str:
        at = f' of logger "{self.logger}"' if self.logger else ""
        return f"{self.name}{at}: {self.recipe}"


_TELEMETRY: Final = "add a processor that calls privacy.clean on body and attributes of each record"
_SENTRY: Final = "sentry_sdk.init(…, {}=privacy.logs.before_send)"
_LOGURU: Final = (
    'logger.remove(), then logger.add(handler, format=lambda _: "{message}") '
    "with a handler of logging whose formatter is ours"
)
_STRUCTLOG: Final = "put privacy.logs.structlog_processor before the last of its processors"
HANDLERS: Final = {
    "logging.handlers.SocketHandler": "it sends records, pickled: clean where they are received, or log to a file",
    "logging.handlers.HTTPHandler": "it sends records: override mapLogRecord, and return privacy.clean(vars(record))",
    "django.utils.log.AdminEmailHandler": 'use "shopprivacy.adapters.django.logs.AdminEmailHandler" in its place',
    "opentelemetry.sdk._logs.LoggingHandler": _TELEMETRY,
    "opentelemetry.sdk._logs._internal.LoggingHandler": _TELEMETRY,
    "rich.logging.RichHandler": "rich_tracebacks=False, tracebacks_show_locals=False",
}
"""By the class of the handler, or of one that it inherits from."""


def sink_of(logger: str, handler: logging.Handler) -> Sink | None:
    """The sink that a handler is; None where its formatter's text is all it writes."""
    for base in type(handler).__mro__:
        recipe = HANDLERS.get(f"{base.__module__}.{base.__qualname__}")
        if recipe is not None and not getattr(handler, "is_clean", False):
            return Sink(type(handler).__qualname__, logger, recipe)
    return None


def library_sinks() -> Iterator[Sink]:
    """Libraries that are at work in this process and take records or write without ``logging``."""
    sentry, structlog, loguru = map(sys.modules.get, ("sentry_sdk", "structlog", "loguru"))
    client = None if sentry is None else sentry.get_client()
    if client is not None and client.is_active():
        missing = [hook for hook in _hooks(client.options) if not _is_our_hook(client.options.get(hook))]
        if missing:
            yield Sink("sentry_sdk", "", _SENTRY.format("=privacy.logs.before_send, ".join(missing)))
    if structlog is not None and not _is_clean(structlog.get_config()):
        yield Sink("structlog", "", _STRUCTLOG)
    if loguru is not None and not _writes_by_handlers_of_ours(loguru.logger):
        yield Sink("loguru", "", _LOGURU)
    if logging.raiseExceptions:
        yield Sink(
            "logging.raiseExceptions",
            "",
            "logging.raiseExceptions = False in production: what a handler fails on is printed on stderr as it is",
        )


def _hooks(options: Mapping[str, Any]) -> Iterator[str]:
    """The hooks of Sentry through which something leaves under these options; older versions know fewer."""
    yield "before_send"
    is_traced = options.get("traces_sample_rate") is not None or options.get("traces_sampler") is not None
    if is_traced:
        yield "before_send_span" if options.get("trace_lifecycle") == "stream" else "before_send_transaction"
    if options.get("enable_logs"):
        yield "before_send_log"
    if "before_send_metric" in options:
        yield "before_send_metric"


def _writes_by_handlers_of_ours(logger: Any) -> bool:  # noqa: ANN401
    """Whether all that loguru writes goes to handlers of logging that our formatters clean.

    It has no public list of its sinks; where this one cannot be read, the answer is no.
    """
    try:
        sinks = [entry._sink for entry in logger._core.handlers.values()]  # noqa: SLF001
        return all(isinstance(sink._handler.formatter, Cleaning) for sink in sinks)  # noqa: SLF001
    except AttributeError:
        return False


def writes_by_itself(handler: logging.Handler) -> bool:
    """Whether the handler's own ``emit`` asks no formatter: then it writes what it takes from the record."""
    emit = type(handler).emit
    code = getattr(emit, "__code__", None)
    if code is None or emit.__module__.partition(".")[0] == "logging":
        return False
    return {"format", "emit", "handle", "prepare"}.isdisjoint(code.co_names)


def _is_our_hook(hook: object) -> bool:
    """Whether a hook of Sentry is our method (or says that it cleans)."""
    return (
        getattr(hook, "__func__", None) is LogCleaner.before_send or getattr(hook, "is_clean", False) is True
    )


def _is_clean(config: Mapping[str, Any]) -> bool:
    """Whether structlog writes through ``logging``, or has our processor (or one that says it cleans)."""
    factory = type(config["logger_factory"]).__module__
    return factory == "structlog.stdlib" or any(
        getattr(processor, "__func__", None) is LogCleaner.structlog_processor
        or getattr(processor, "is_clean", False)
        for processor in config["processors"]
    )
