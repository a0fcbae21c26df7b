"""All handlers of a process: each is taken over, later ones are named, sinks that no formatter reaches are told."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import logging.handlers
import queue
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest
import uvicorn

from shopprivacy.logs import (
    CleanedFormatter,
    JsonFormatter,
    LogCleaner,
    TextFormatter,
    check_logs,
    take_over_logs,
)
from shopprivacy.logs.take_over import attached
from tests.logs.conftest import Stream

MAIL = "for an@example.nl"


def test_every_handler_is_taken_over() -> None:
    """Those without a formatter, with one or with ours, buffers with what is behind them, and the last resort."""
    plain, formatted, ours = (
        Stream(),
        Stream(logging.Formatter("%(levelname)s %(message)s")),
        Stream(TextFormatter()),
    )
    target = logging.StreamHandler(text := io.StringIO())
    memory = logging.handlers.MemoryHandler(100, target=target)
    plain.log.addHandler(memory)
    plain.log.addHandler(logging.NullHandler())
    take_over_logs(LogCleaner())
    take_over_logs(LogCleaner())
    for out in (plain, formatted, ours):
        out.log.info(MAIL)
    memory.flush()
    assert (plain.lines, formatted.lines, ours.lines) == (["for -"], ["INFO for -"], ["for -"])
    assert text.getvalue() == "for -\n"
    assert isinstance(formatted.handler.formatter, CleanedFormatter)
    assert type(formatted.handler.formatter.inner) is logging.Formatter
    assert logging.lastResort is not None
    assert isinstance(logging.lastResort.formatter, CleanedFormatter)


SERVERS = (
    "uvicorn.access",
    "gunicorn.access",
    "gunicorn.error",
    "django.server",
    "django.request",
    "werkzeug",
)


@pytest.fixture
def servers_loggers() -> Iterator[Mapping[str, logging.Logger]]:
    """The loggers of servers, without handlers, and afterwards as they were."""
    loggers = {name: logging.getLogger(name) for name in (*SERVERS, "uvicorn", "uvicorn.error")}
    before = {log: (log.handlers, log.propagate, log.level, log.filters) for log in loggers.values()}
    for log in before:
        log.handlers, log.filters, log.propagate = [], [], False
        log.setLevel(logging.INFO)
    yield loggers
    for log, (handlers, propagate, level, filters) in before.items():
        log.handlers, log.filters, log.propagate = handlers, filters, propagate
        log.setLevel(level)


@pytest.mark.parametrize("name", SERVERS)
def test_loggers_of_servers_are_taken_over(servers_loggers: Mapping[str, logging.Logger], name: str) -> None:
    """Handlers of their own, which propagate nothing to the root logger."""
    log = servers_loggers[name]
    handler = logging.StreamHandler(text := io.StringIO())
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    log.addHandler(handler)
    take_over_logs(LogCleaner())
    log.error('%s - - "%s"', "203.0.113.77", "GET /a?email=karel HTTP/1.1")
    assert text.getvalue() == 'ERROR 203.0.113.0 - - "GET /a HTTP/1.1"\n'


@pytest.mark.parametrize("takes_arguments", [False, True])
def test_uvicorn_as_it_sets_up_its_logs(
    servers_loggers: Mapping[str, logging.Logger],
    takes_arguments: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its own formatter reads the arguments of a record, which stay; a filter that takes them loses no line."""
    uvicorn.Config(lambda *_: None, use_colors=True)
    log = servers_loggers["uvicorn.access"]
    if takes_arguments:
        (handler,) = log.handlers
        handler.setFormatter(logging.Formatter("%(message)s"))

        def take(record: logging.LogRecord) -> bool:
            record.msg, record.args = record.getMessage(), ()
            return True

        log.addFilter(take)
    take_over_logs(LogCleaner())
    seen: list[object] = []

    def see(record: logging.LogRecord) -> bool:
        seen.append(record.args)
        return True

    log.addFilter(see)
    arguments = ("203.0.113.77:5", "GET", "/reset/Xk3vQ9sTz7Lw?email=karel", "1.1", 200)
    log.info('%s - "%s %s HTTP/%s" %d', *arguments)
    log.info('%s - "%s %s HTTP/%s" %d', "unknown:0", *arguments[1:])
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith('203.0.113.0 - "GET /reset/- HTTP/1.1" 200' + " OK" * (not takes_arguments))
    assert '- - "GET /reset/- HTTP/1.1" 200' in second
    assert "unknown" not in second
    assert seen[0] == (() if takes_arguments else arguments)


@pytest.mark.parametrize("name", ["gunicorn.access", "gunicorn.error", "werkzeug", "uvicorn.access"])
def test_a_server_that_sets_up_its_logs_again_is_taken_over(
    servers_loggers: Mapping[str, logging.Logger], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """As gunicorn does at a reload of a preloaded application, which nobody builds again to call it once more."""
    take_over_logs(LogCleaner())
    servers_loggers[name].handlers[:] = [
        logging.NullHandler(),
        late := logging.StreamHandler(text := io.StringIO()),
    ]
    servers_loggers[name].warning(MAIL)
    take_over_logs(LogCleaner())
    servers_loggers[name].warning(MAIL)
    assert text.getvalue() == "for -\nfor -\n"
    assert isinstance(late.formatter, CleanedFormatter)
    assert type(late.formatter.inner) is logging.Formatter
    assert "take_over_logs" not in caplog.text


def test_nothing_of_logging_is_patched() -> None:
    """Its functions and the methods of its classes are what they were."""

    def everything() -> dict[str, object]:
        factory = "_logRecordFactory"  # what setLogRecordFactory sets
        classes = {one for name, one in vars(logging).items() if isinstance(one, type) and name != factory}
        owners: list[type | ModuleType] = [logging, logging.handlers, *classes]
        return {
            f"{owner.__name__}.{name}": value
            for owner in owners
            for name, value in vars(owner).items()
            if callable(value) and name != factory
        }

    before = everything()
    take_over_logs(LogCleaner())
    assert everything() == before


def test_queue_is_clean_for_whoever_reads_it() -> None:
    """What a queue handler puts into the queue is cleaned already."""
    waiting: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    out = Stream()
    out.log.addHandler(logging.handlers.QueueHandler(waiting))
    take_over_logs(LogCleaner())
    out.log.info(MAIL)
    assert waiting.get_nowait().getMessage() == "for -"


@pytest.mark.parametrize("make", [None, lambda: TextFormatter("%(message)s"), JsonFormatter])
def test_lines_stay_lines_through_a_queue(make: Callable[[], logging.Formatter] | None) -> None:
    """What a queue handler has cleaned, with an exception of several lines, is written once more as it is."""
    waiting: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    out, target = Stream(), Stream(make() if make else None)
    out.log.addHandler(logging.handlers.QueueHandler(waiting))
    take_over_logs(LogCleaner())
    try:
        raise ValueError("for an@example.nl\n  | forged")
    except ValueError:
        out.log.exception(MAIL, extra={"email": "karel"})
    target.handler.handle(waiting.get_nowait())
    written = target.text.getvalue()
    assert "example.nl" not in written
    assert "karel" not in written
    if make is JsonFormatter:
        fields = json.loads(written)
        assert fields["message"] == "for -"
        assert fields["exception"].split("\n")[0] == "Traceback (most recent call last):"
    else:
        first, second, *_, error, last = target.lines
        assert (first, second) == ("for -", "  | Traceback (most recent call last):")
        assert (error, last) == ("  | ValueError: for -", "  |   | forged")


def test_a_message_that_looks_cleaned_is_cleaned() -> None:
    """Text of a client is no text of ours, and arguments are cleaned whatever the message is."""
    out = Stream(TextFormatter("%(message)s"))
    ours = out.handler.format(logging.LogRecord("x", logging.INFO, "f", 1, "a", (), None))
    out.log.info("a\n  | an@example.nl")
    out.log.info(type(ours)("for %s"), "an@example.nl")
    assert out.lines == ["a\\x0a  | -", "for -"]


@pytest.mark.parametrize("again", ["basicConfig", "dictConfig", "setFormatter"])
def test_what_is_set_up_afterwards_is_named(again: str, caplog: pytest.LogCaptureFixture) -> None:
    """Logging that is set up once more after it was taken over is told by a warning, and named by the check."""
    log = logging.getLogger(f"tests.afterwards.{again}")
    log.addHandler(logging.StreamHandler(io.StringIO()))
    log.propagate = False
    take_over_logs(LogCleaner())
    if again == "basicConfig":  # what it does with force=True, on a logger of the test's own
        log.removeHandler(log.handlers[0])
        log.addHandler(logging.StreamHandler(io.StringIO()))
    elif again == "dictConfig":
        loggers = {log.name: {"handlers": ["late"], "level": "INFO"}}
        handlers = {"late": {"class": "logging.StreamHandler", "stream": io.StringIO()}}
        logging.config.dictConfig(
            {"version": 1, "disable_existing_loggers": False, "handlers": handlers, "loggers": loggers}
        )
    else:
        log.handlers[0].setFormatter(logging.Formatter())
    assert any(log.name in str(sink) for sink in check_logs())
    log.warning(MAIL)
    told = [record.getMessage() for record in caplog.records if record.name == "shopprivacy.logs"]
    assert any(log.name in line for line in told)
    take_over_logs(LogCleaner())
    assert not any(log.name in str(sink) for sink in check_logs())


def test_later_handler_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    """A handler that was attached afterwards is named in one warning, until it is taken over, too."""
    out = Stream(TextFormatter())
    take_over_logs(LogCleaner())
    late = logging.StreamHandler(text := io.StringIO())
    late.set_name("late")
    out.log.addHandler(late)
    out.log.addHandler(logging.NullHandler())
    out.log.info(MAIL)
    out.log.info(MAIL)
    told = [record.getMessage() for record in caplog.records if record.name == "shopprivacy.logs"]
    assert len(told) == 1
    assert 'StreamHandler "late"' in told[0]
    assert any('"late"' in sink.name for sink in check_logs())
    take_over_logs(LogCleaner())
    assert not any('"late"' in sink.name for sink in check_logs())
    out.log.info("an@example.nl")
    assert text.getvalue().endswith("\n-\n")


def test_a_factory_of_the_shops_own_still_works() -> None:
    """The record factory that was there makes the records, before and after."""
    before = logging.getLogRecordFactory()

    def make(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = before(*args, **kwargs)
        record.shop = "x"
        return record

    logging.setLogRecordFactory(make)
    out = Stream(TextFormatter("%(shop)s %(message)s"))
    take_over_logs(LogCleaner())
    logging.getLogger("tests.placeholder.child")
    out.log.info("m")
    logging.getLogger("tests.placeholder.child").debug("not written")
    assert out.lines == ["x m"]


def test_report_mode_says_once_what_would_change(caplog: pytest.LogCaptureFixture) -> None:
    """With ``mode.log = "report"`` lines stay, and each logger whose lines would change is named once."""
    out = Stream()
    take_over_logs(LogCleaner(enforcing=False))
    for _ in range(3):
        out.log.info(MAIL)
    told = [record.getMessage() for record in caplog.records if record.name == "shopprivacy.logs"]
    assert out.lines == [MAIL] * 3
    assert len([line for line in told if out.log.name in line]) == 1


def test_attached_names_each_handler_once() -> None:
    """A handler of two loggers is one handler."""
    out, other = Stream(), Stream()
    other.log.addHandler(out.handler)
    assert sum(handler is out.handler for _, handler in attached()) == 1


def test_a_factory_set_on_top_of_ours_still_works() -> None:
    """Taken over again around a factory that calls ours, every record is made once, by all of them."""
    take_over_logs(LogCleaner())
    for name in ("first", "second"):
        below = logging.getLogRecordFactory()

        def make(*args: Any, _below: Any = below, _name: str = name, **kwargs: Any) -> logging.LogRecord:
            record: logging.LogRecord = _below(*args, **kwargs)
            setattr(record, _name, getattr(record, _name, 0) + 1)
            return record

        logging.setLogRecordFactory(make)
        take_over_logs(LogCleaner())
        take_over_logs(LogCleaner())
    out = Stream(TextFormatter("%(first)s %(second)s %(message)s"))
    out.log.info("m")
    assert out.lines == ["1 1 m"]
