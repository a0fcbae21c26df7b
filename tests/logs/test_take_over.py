"""All handlers of a process: each is taken over, later ones are named, sinks that no formatter reaches are told."""

from __future__ import annotations

import io
import logging
import logging.handlers
import queue
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sentry_sdk
import structlog
from sentry_sdk.envelope import Envelope
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.transport import Transport

from shopprivacy.logs import CleanedFormatter, LogCleaner, TextFormatter, check_logs, take_over_logs
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


def test_queue_is_clean_for_whoever_reads_it() -> None:
    """What a queue handler puts into the queue is cleaned already."""
    waiting: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    out = Stream()
    out.log.addHandler(logging.handlers.QueueHandler(waiting))
    take_over_logs(LogCleaner())
    out.log.info(MAIL)
    assert waiting.get_nowait().getMessage() == "for -"


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


def names() -> set[str]:
    """What the check tells."""
    return {sink.name.partition(" ")[0].rpartition(">.")[2] for sink in check_logs()}


def test_sinks_are_named_with_a_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Handlers that send records are named; so is what fails on stderr, and a handler that formats by itself."""

    class Own(logging.Handler):
        def format(self, record: logging.LogRecord) -> str:
            return record.getMessage()

    class Failing(logging.Handler):
        def format(self, record: logging.LogRecord) -> str:
            return record.status_code  # type: ignore[attr-defined,no-any-return]

    out = Stream()
    for handler in (
        logging.handlers.SocketHandler("localhost", 9),
        logging.handlers.HTTPHandler("localhost", "/"),
        Own(),
        Failing(),
    ):
        out.log.addHandler(handler)
    take_over_logs(LogCleaner())
    assert names() >= {"SocketHandler", "HTTPHandler", "Own", "logging.raiseExceptions"}
    assert "Failing" not in names()
    assert all(sink.recipe and sink.recipe in str(sink) for sink in check_logs())
    assert any(out.log.name in str(sink) for sink in check_logs())
    monkeypatch.setattr(logging, "raiseExceptions", False)
    assert "logging.raiseExceptions" not in names()


def test_attached_names_each_handler_once() -> None:
    """A handler of two loggers is one handler."""
    out, other = Stream(), Stream()
    other.log.addHandler(out.handler)
    assert sum(handler is out.handler for _, handler in attached()) == 1


class Kept(Transport):
    """Sends nothing, and keeps what it would send."""

    def __init__(self, sent: list[Any]) -> None:
        super().__init__()
        self.sent = sent

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.extend(item.payload.json for item in envelope.items)


@pytest.fixture
def sentry() -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """Start Sentry with options of the test's own; what it would send is in the list."""

    def start(**options: Any) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []
        sentry_sdk.init(
            "https://key@sentry.example/1",
            transport=Kept(sent),
            default_integrations=False,
            integrations=[LoggingIntegration()],
            **options,
        )
        return sent

    yield start
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.get_global_scope().set_client(None)


def test_recipe_for_sentry(sentry: Callable[..., list[dict[str, Any]]]) -> None:
    """Sentry, which reads records past every formatter, is named until its recipe is followed, and clean then."""
    cleaner = LogCleaner()
    sentry()
    assert "sentry_sdk" in names()
    sentry(before_send=lambda event, _hint: event)
    assert "sentry_sdk" in names()
    sent = sentry(before_send=cleaner.before_send, before_breadcrumb=cleaner.before_send)
    assert "sentry_sdk" not in names()
    log = logging.getLogger("tests.sentry")
    log.warning("warned of an@example.nl")
    try:
        email = "local@example.nl"
        raise ValueError(email)
    except ValueError:
        log.exception(MAIL, extra={"token": "S3cr3t"})
    sentry_sdk.flush(0)
    assert len(sent) == 1
    assert "@" + "example.nl" not in str(sent)  # Sentry sends these lines, too
    assert "S3cr3t" not in str(sent)


def test_recipe_for_structlog() -> None:
    """structlog, which writes without ``logging``, is named until its recipe is followed, and clean then."""
    try:
        structlog.configure(processors=[structlog.processors.JSONRenderer()])
        assert "structlog" in names()
        written: list[str] = []
        structlog.configure(
            processors=[
                LogCleaner().structlog_processor,
                structlog.processors.JSONRenderer(),
            ],
            logger_factory=lambda *_: type("Out", (), {"info": staticmethod(written.append)})(),
        )
        assert "structlog" not in names()
        structlog.get_logger().info("sent to an@example.nl", token="S3cr3t", order=100254718)
        assert written == ['{"token": "-", "order": 100254718, "event": "sent to -"}']
    finally:
        structlog.reset_defaults()


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
