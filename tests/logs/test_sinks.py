"""Sinks that no formatter reaches: each is named with a recipe, and clean once the recipe is followed."""

from __future__ import annotations

import io
import logging
import logging.handlers
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sentry_sdk
import structlog
from sentry_sdk.envelope import Envelope
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.transport import Transport

from shopprivacy.analytics import LogRules
from shopprivacy.logs import LogCleaner, TextFormatter, check_logs, take_over_logs
from shopprivacy.logs.sinks import HANDLERS
from tests.analytics.canaries import CANARIES, SECRET
from tests.logs.conftest import Stream


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


@pytest.mark.parametrize("known", HANDLERS)
def test_every_handler_that_is_known_is_named(known: str) -> None:
    """Each by its class, and a class of the shop's own that inherits from it, with what to do about it."""
    module, _, name = known.rpartition(".")
    base = type(name, (logging.Handler,), {"__module__": module})
    out = Stream()
    out.log.addHandler(base())
    out.log.addHandler(type("Inherited", (base,), {})())
    take_over_logs(LogCleaner())
    told = {sink.name.rpartition(">.")[2]: sink for sink in check_logs() if sink.logger == out.log.name}
    assert {name, "Inherited"} <= {*told}
    assert told[name].recipe == told["Inherited"].recipe == HANDLERS[known]


def test_a_handler_that_writes_by_itself_is_named() -> None:
    """A handler whose ``emit`` asks no formatter is named, until it says that it cleans."""

    class Sending(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            record.getMessage()

    class Formatting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            self.format(record)

    out = Stream()
    out.log.addHandler(sending := Sending())
    out.log.addHandler(Formatting())
    take_over_logs(LogCleaner())
    assert "Sending" in names()
    assert "Formatting" not in names()
    sending.is_clean = True  # type: ignore[attr-defined]
    assert "Sending" not in names()


def test_a_recipe_is_one_for_what_is_wrong() -> None:
    """A handler that is taken over is not told to be: its own format asks no formatter, or only a report is wanted."""

    class Formatting(logging.StreamHandler[io.StringIO]):
        def format(self, record: logging.LogRecord) -> str:
            return record.getMessage()

    out = Stream()
    out.log.addHandler(formatting := Formatting())

    def recipes() -> dict[str, str]:
        found = [sink for sink in check_logs() if sink.logger == out.log.name]
        return {sink.name.rpartition(".")[2]: sink.recipe for sink in found}

    assert "take_over_logs()" in recipes()["Formatting"]
    take_over_logs(LogCleaner())
    assert "ask the formatter" in recipes()["Formatting"]
    out.log.removeHandler(formatting)
    assert recipes() == {}
    take_over_logs(LogCleaner(enforcing=False))
    assert "mode.log" in recipes()["StreamHandler"]


def test_a_queue_whose_reader_is_not_known_is_named() -> None:
    """Extras pass a queue as they are; where nobody knows who reads them, the queue is named."""
    out = Stream()
    handler: Any = logging.handlers.QueueHandler(__import__("queue").SimpleQueue())
    out.log.addHandler(handler)
    take_over_logs(LogCleaner())
    assert "QueueHandler" in names()
    handler.listener = logging.handlers.QueueListener(handler.queue)
    assert "QueueHandler" not in names()


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
    sentry_sdk.get_isolation_scope().clear()


HOOKS = ("before_send", "before_send_transaction", "before_send_log", "before_send_metric")


def test_sentry_is_named_by_the_hooks_that_are_missing(sentry: Callable[..., list[Any]]) -> None:
    """Each hook through which something leaves is asked for, and none that is not at work."""
    clean = LogCleaner().before_send

    def missing(**options: Any) -> list[str]:
        sentry(**options)
        (recipe,) = [sink.recipe for sink in check_logs() if sink.name == "sentry_sdk"] or [""]
        return [hook for hook in (*HOOKS, "before_send_span") if f"{hook}=" in recipe]

    assert missing() == ["before_send", "before_send_metric"]
    assert missing(before_send=lambda event, _hint: event, before_send_metric=clean) == ["before_send"]
    everything: dict[str, Any] = {"traces_sample_rate": 1.0, "enable_logs": True}
    assert missing(**everything) == [*HOOKS]
    assert missing(**everything, **dict.fromkeys(HOOKS, clean)) == []
    assert "before_send_span" in missing(**everything, trace_lifecycle="stream")


def test_recipe_for_sentry(sentry: Callable[..., list[dict[str, Any]]]) -> None:
    """With its hooks nothing of a request, a variable, a breadcrumb, a span or a log line leaves; its ids stay."""
    clean = LogCleaner(LogRules(keep=frozenset())).before_send  # ids stay whatever the policy keeps
    hooks: dict[str, Any] = dict.fromkeys((*HOOKS, "before_breadcrumb"), clean)
    sent = sentry(traces_sample_rate=1.0, enable_logs=True, **hooks)
    assert "sentry_sdk" not in names()
    log = logging.getLogger("tests.sentry")
    canaries = [*CANARIES.values()]

    def add_request(event: Any, _hint: Any) -> Any:
        event["request"] = {
            "url": "https://shop.example/reset/Xk3vQ9sTz7Lw",
            "query_string": "email=karel",
            "cookies": {"session": SECRET},
            "headers": {"Cookie": f"a={SECRET}", "X-Note": canaries[0]},
            "data": {"email": "karel", "password": SECRET, "notes": canaries},
            "env": {"REMOTE_ADDR": CANARIES["IPv4"]},
        }
        event["user"] = {"email": "karel", "username": "karel", "ip_address": CANARIES["IPv4"], "id": "42"}
        return event

    sentry_sdk.get_isolation_scope().add_event_processor(add_request)
    with sentry_sdk.start_transaction(name="GET /orders/{number}") as transaction:
        for canary in canaries:
            log.warning("by %s with password=%s", canary, SECRET)
            sentry_sdk.add_breadcrumb(message=f"by {canary}", data={"secret": SECRET})
            with sentry_sdk.start_span(name=f"SELECT 1 WHERE password='{SECRET}' AND x='{canary}'") as span:
                span.set_data("note", canary)
            sentry_sdk.metrics.count("orders", 1, attributes={"note": canary, "token": SECRET})
        try:
            password, listed = SECRET, {"values": canaries[:3], "token": SECRET}
            raise ValueError(f"first\nfor {CANARIES['e-mail']}")
        except ValueError:
            log.exception("for %s", CANARIES["e-mail"], extra={"token": SECRET})
        del password, listed
    sentry_sdk.flush(2)
    kinds = {key for item in sent for key in ("exception", "spans", "items") if key in item}
    assert kinds == {"exception", "spans", "items"}
    assert [canary for canary in (*canaries, SECRET, "karel", "Xk3vQ9sTz7Lw") if canary in str(sent)] == []
    (error,) = [item for item in sent if "exception" in item]
    assert error["exception"]["values"][0]["value"] == "first\nfor -"
    assert len(error["event_id"]) == 32
    assert error["contexts"]["trace"]["trace_id"] == transaction.trace_id
    (traced,) = [item for item in sent if "spans" in item]
    assert len(traced["spans"]) == len(canaries)


def test_what_cannot_be_cleaned_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event on which cleaning fails is none."""
    monkeypatch.setattr("shopprivacy.analytics.values.Values.clean", lambda *_: 1 / 0)
    assert LogCleaner().before_send({"message": "an@example.nl"}, {}) is None


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


def test_recipe_for_loguru() -> None:
    """loguru, which writes without ``logging``, is named until all its sinks are handlers with our formatters."""
    loguru = pytest.importorskip("loguru")
    try:
        assert "loguru" in names()
        handler = logging.StreamHandler(text := io.StringIO())
        handler.setFormatter(TextFormatter("%(levelname)s %(message)s"))
        loguru.logger.remove()
        loguru.logger.add(handler, format=lambda _: "{message}")
        assert "loguru" not in names()
        try:
            email = CANARIES["e-mail"]
            raise ValueError(email)
        except ValueError:
            loguru.logger.exception("for {}", CANARIES["e-mail"])
        first, *others = text.getvalue().splitlines()
        assert first == "ERROR for -"
        assert others[-1] == "  | ValueError: -"
        assert CANARIES["e-mail"] not in text.getvalue()
    finally:
        loguru.logger.remove()
        loguru.logger.add(__import__("sys").stderr)
