"""Formatters: everything that is written is cleaned, records stay as they are, and no line is lost."""

from __future__ import annotations

import json
import logging
import logging.config
import math
import os
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonjsonlogger.json import JsonFormatter as PlainJson

from shopprivacy.logs import CleanedFormatter, JsonFormatter, LogCleaner, TextFormatter
from tests.analytics.canaries import BEHIND_NAMES, CANARIES, SECRET, USEFUL
from tests.analytics.test_values import SCOPE
from tests.logs.conftest import Stream
from tests.policy.files import BODY, HEAD

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
FORMATTERS: dict[str, Callable[[], logging.Formatter]] = {
    "text": lambda: TextFormatter(FORMAT),
    "JSON": JsonFormatter,
    "wrapped": lambda: CleanedFormatter(logging.Formatter(FORMAT), LogCleaner()),
    "wrapped JSON": lambda: CleanedFormatter(PlainJson(FORMAT), LogCleaner()),
    "none wrapped": lambda: CleanedFormatter(None, LogCleaner()),
}


@pytest.fixture(params=FORMATTERS)
def out(request: pytest.FixtureRequest) -> Stream:
    """A logger with one of the formatters."""
    return Stream(FORMATTERS[request.param]())


def test_no_canary_is_written(out: Stream) -> None:
    """Whether in message, argument, exception, cause, stack or extra, no canary survives."""
    for canary in (*CANARIES.values(), *(form.format(SECRET) for form in BEHIND_NAMES.values())):
        out.log.info("for %s", canary)
        out.log.info(f"for {canary}")
        out.log.info("extra", extra={"x": [canary], "y": {canary: canary}, "z": canary.encode()})
        out.log.info({"note": canary})
        try:
            try:
                raise ValueError(canary)
            except ValueError as cause:
                raise RuntimeError(f"over\n{canary}") from cause
        except RuntimeError:
            out.log.exception("failed", stack_info=True)
    written = out.text.getvalue()
    assert [canary for canary in (*CANARIES.values(), SECRET) if canary in written] == []
    assert written.count("failed") >= len(CANARIES) + len(BEHIND_NAMES)


@pytest.mark.parametrize(
    "name",
    [
        *("password", "passwd", "token", "secret", "authorization", "cookie", "set-cookie"),
        *("session", "sessionid", "csrf", "api_key"),
    ],
)
def test_what_stands_behind_a_name_of_the_list_is_not_written(out: Stream, name: str) -> None:
    """In text, in a mapping within it and in extras, whatever the value looks like."""
    value = "abc"
    out.log.info(f"{name}={value}; {name}: {value}")
    out.log.info("of %s", {name: value, "n": [{name.upper(): value}]})
    out.log.info("extra", extra={name.replace("-", "_"): value, "x": {name: [value]}, "y": [(name, value)]})
    assert value not in out.text.getvalue()
    assert len(out.lines) == 3


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
def test_no_level_is_left_out(out: Stream, level: str) -> None:
    """Whoever is written to is in no line of any level."""
    out.log.log(logging.getLevelNamesMapping()[level], "Sending email to %s", CANARIES["e-mail"])
    assert len(out.lines) == 1
    assert "Sending email to -" in out.lines[0]


def test_every_exception_of_a_chain_and_a_group_is_cleaned(out: Stream) -> None:
    """Causes, contexts, notes and the members of a group: none keeps a canary, and each is told."""
    try:
        try:
            raise KeyError(CANARIES["e-mail"])
        except KeyError:
            first = ValueError(f"password={SECRET}")
            first.add_note(CANARIES["IBAN"])
            raise ExceptionGroup("both", [first, LookupError(CANARIES["IPv4"])])  # noqa: B904
    except ExceptionGroup:
        out.log.exception("failed", stack_info=True, extra={"email": "karel"})
    written = out.text.getvalue()
    assert [canary for canary in (*CANARIES.values(), SECRET, "karel") if canary in written] == []
    assert all(kind in written for kind in ("KeyError", "ValueError", "LookupError", "ExceptionGroup"))


def test_a_log_stays_useful(out: Stream) -> None:
    """What a log is read for is there."""
    for useful in USEFUL:
        out.log.info("see %s now", useful)
    written = (
        out.text.getvalue().encode().decode("unicode_escape" if "\\u" in out.text.getvalue() else "utf-8")
    )
    assert [useful for useful in USEFUL if f"see {useful} now" not in written and useful.isascii()] == []


def test_record_stays_as_it_is(out: Stream) -> None:
    """Another handler reads the same record with the same arguments; a cached exception text stays, and is not used."""
    try:
        raise ValueError("https://h/?token=S3cr3t")
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.INFO, "f", 1, "for %s", ("an@example.nl",), (type(error), error, None)
        )
    record.exc_text = "kept an@example.nl"
    before = dict(vars(record))
    written = out.handler.format(record)
    assert "S3cr3t" not in written
    assert "kept" not in written
    assert dict(vars(record)) == before


def test_a_filter_that_takes_the_arguments_changes_nothing(out: Stream) -> None:
    """Where a filter of the application formats a record itself, the line is cleaned all the same."""

    def formatted(record: logging.LogRecord) -> bool:
        record.msg, record.args = record.getMessage(), ()
        return True

    out.handler.addFilter(formatted)
    out.log.info('%s - "%s %s" %d', "203.0.113.77:5", "GET", "/a?email=karel", 200)
    assert "203.0.113.0" in out.lines[0]
    assert "karel" not in out.lines[0]


def test_text_of_an_exception_from_elsewhere_is_cleaned(out: Stream) -> None:
    """A record from another process has the text of its exception alone: that is written, cleaned."""
    record = logging.LogRecord("x", logging.INFO, "f", 1, "m", (), None)
    record.exc_text = "ValueError: an@example.nl\nkept"
    written = out.handler.format(record)
    assert "example.nl" not in written
    assert "kept" in written


def test_what_cannot_be_formatted_is_told(out: Stream, capsys: pytest.CaptureFixture[str]) -> None:
    """Arguments that do not fit lose no line, and are not printed on stderr."""
    out.handler.handle(logging.LogRecord("x", logging.INFO, "f", 1, "%d 100% for", ("an@example.nl",), None))
    assert "TypeError" in out.text.getvalue() or "ValueError" in out.text.getvalue()
    assert capsys.readouterr().err == ""


@given(
    st.lists(
        st.sampled_from(["a", "\n", "\r", "\x85", "\u2028", "\x1b[31m", "INFO x: forged", " ", "  | "])
    ).map("".join)
)
def test_no_line_is_one_that_a_client_wrote(text: str) -> None:
    """Every line begins with what the formatter writes, or with the prefix of what goes on."""
    for make in (FORMATTERS["text"], FORMATTERS["wrapped"]):
        try:
            raise ValueError(text)
        except ValueError as error:
            info = (type(error), error, error.__traceback__)
        record = logging.LogRecord("shop", logging.INFO, "f", 1, "for %s", (text,), info)
        first, *others = make().format(record).split("\n")
        assert " INFO shop: for " in first
        assert all(line.startswith("  | ") for line in others)


def test_json_has_the_records_own_fields() -> None:
    """No message of a dictionary and no extra replaces time, level, logger or message; what they say is kept beside."""
    out = Stream(
        JsonFormatter("%(asctime)s %(levelname)s %(message)s %(funcName)s", static_fields={"shop": "x"})
    )
    out.log.info(
        {"levelname": "CRITICAL", "level": "CRITICAL", "message": "forged", "time": 1, "an@example.nl": 1}
    )
    out.log.info("m", extra={"level": 5, "x": object(), "n": math.nan, "scope": SCOPE})
    first, second = map(json.loads, out.lines)
    assert (first["level"], first["message"], first["logger"]) == ("INFO", "", out.log.name)
    assert (first["level_"], first["message_"], first["levelname_"], first["time_"], first["-"]) == (
        "CRITICAL",
        "forged",
        "CRITICAL",
        1,
        1,
    )
    assert (second["shop"], second["funcName"]) == ("x", "test_json_has_the_records_own_fields")
    assert (second["level"], second["level_"], second["x"], second["n"]) == ("INFO", 5, "object", None)
    assert second["scope"]["headers"][:2] == [["cookie", "-"], ["authorization", "-"]]
    assert second["scope"]["client"] == ["203.0.113.0", 54321]


def test_exception_in_json_has_its_lines() -> None:
    """A traceback is one field whose lines can be read."""
    out = Stream(JsonFormatter())
    try:
        raise ValueError("an@example.nl")
    except ValueError:
        out.log.exception("failed")
    (line,) = map(json.loads, out.lines)
    assert line["exception"].endswith("\nValueError: -")


def test_wrapped_json_stays_json() -> None:
    """What another formatter writes as JSON is cleaned field by field; what only looks like it is text."""
    out = Stream(FORMATTERS["wrapped JSON"]())
    out.log.info("for an@example.nl", extra={"password": "x", "né": 1.5})
    assert {"message": "for -", "password": "-", "né": 1.5}.items() <= json.loads(out.lines[0]).items()
    braces = Stream(CleanedFormatter(logging.Formatter("{%(message)s}"), LogCleaner()))
    braces.log.info("an@example.nl")
    assert braces.lines == ["{-}"]


def test_formatters_without_exceptions_of_their_own() -> None:
    """A formatter that writes tracebacks as lists, or not at all, is wrapped too."""

    class Lists(logging.Formatter):
        def formatException(self, ei: Any) -> Any:  # noqa: N802
            return ["a", "b"]

    for inner in (Lists(), type("Bare", (), {"format": staticmethod(lambda record: record.getMessage())})()):
        out = Stream(CleanedFormatter(inner, LogCleaner()))
        try:
            raise ValueError("an@example.nl")
        except ValueError:
            out.log.exception("failed")
        assert out.lines[-1] == "  | ValueError: -"


def test_colours_of_a_formatter_are_left_out() -> None:
    """Where a formatter writes for a terminal, its colours go; those that a client sends are escaped."""
    out = Stream(
        CleanedFormatter(logging.Formatter("\x1b[32m%(levelname)s\x1b[0m %(message)s"), LogCleaner())
    )
    out.log.info("fine")
    out.log.info("\x1b[31mred")
    assert out.lines == ["INFO fine", r"\x1b[32mINFO\x1b[0m \x1b[31mred"]


def test_colours_of_werkzeug_are_left_out(out: Stream) -> None:
    """werkzeug writes colours into its messages: they go, too."""
    record = logging.LogRecord(
        "werkzeug", logging.INFO, "f", 1, '%s - "%s"', ("h", "\x1b[33mGET /a\x1b[0m"), None
    )
    written = out.handler.format(record)
    assert "x1b" not in written
    assert "GET /a" in written
    assert record.args == ("h", "\x1b[33mGET /a\x1b[0m")


def test_dict_config_makes_them(tmp_path: Path) -> None:
    """``dictConfig`` makes both, by the policy that it names."""
    policy = tmp_path / "privacy.toml"
    policy.write_text(f'{HEAD}analytics = {{ query = ["page"] }}\nlogs = {{ keep = ["hex"] }}\n{BODY}')
    formatters = {
        "text": {
            "()": "shopprivacy.logs.TextFormatter",
            "format": "%(levelname)s %(message)s",
            "policy": str(policy),
        },
        "class": {"class": "shopprivacy.logs.TextFormatter", "format": "%(message)s"},
        "json": {"()": "shopprivacy.logs.JsonFormatter", "policy": policy},
    }
    handlers = {
        name: {"class": "logging.FileHandler", "filename": tmp_path / name, "formatter": name}
        for name in formatters
    }
    loggers = {"tests.configured": {"handlers": [*handlers], "level": "INFO", "propagate": False}}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": formatters,
            "handlers": handlers,
            "loggers": loggers,
        }
    )
    log = logging.getLogger("tests.configured")
    log.info("GET /a?page=2&q=x by 6ba7b810-9dad-11d1-80b4-00c04fd430c8")
    for handler in log.handlers:
        handler.close()
    assert (tmp_path / "text").read_text() == f"INFO GET /a?page=2 by -{os.linesep}"
    assert (tmp_path / "class").read_text() == f"GET /a by 6ba7b810-9dad-11d1-80b4-00c04fd430c8{os.linesep}"
    assert json.loads((tmp_path / "json").read_text())["message"] == "GET /a?page=2 by -"


def test_in_report_mode_nothing_changes(out: Stream) -> None:
    """With ``mode.log = "report"`` the line is what it would have been; which loggers would change is noted once."""
    formatter = out.handler.formatter
    formatter.cleaner = cleaner = LogCleaner(enforcing=False)  # type: ignore[union-attr]
    out.log.info("for an@example.nl")
    out.log.info("for an@example.nl")
    out.log.info("fine")
    assert out.text.getvalue().count("an@example.nl") == 2
    assert cleaner.unsaid == [out.log.name]


def test_what_fails_in_cleaning_is_not_written(monkeypatch: pytest.MonkeyPatch, out: Stream) -> None:
    """Where cleaning itself fails, the line says so, without the text."""
    monkeypatch.setattr("shopprivacy.analytics.text.Text.clean", lambda *_: 1 / 0)
    out.log.info("for an@example.nl", extra={"x": "an@example.nl"})
    assert "example.nl" not in out.text.getvalue()
    assert "ZeroDivisionError" in out.text.getvalue()


class Unwritten:
    """A message whose text fails."""

    def __str__(self) -> str:
        raise ValueError("an@example.nl")


def test_a_message_that_cannot_be_written_is_told_by_its_type(
    out: Stream, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its line is there, and nothing of it stands on stderr."""
    for message, *arguments in ((Unwritten(),), ("%s", Unwritten())):
        record = logging.LogRecord("x", logging.INFO, "", 0, message, tuple(arguments), None)
        out.handler.handle(record)
    assert "Unwritten" in out.lines[0]
    assert len(out.lines) == 2
    assert capsys.readouterr().err == ""


def test_deep_json_of_a_client_is_text(out: Stream) -> None:
    """A message that begins as JSON does and is nested too deep is a line like any other."""
    out.log.info('{"a":' * 5000 + "}" * 5000)
    out.log.info("next")
    assert len(out.lines) == 2


def test_the_prefix_of_lines_is_ours_alone(out: Stream) -> None:
    """Lines that begin like those of a traceback are ours alone."""
    out.log.info("search %s", "x\n  | Traceback\n  | forged")
    assert len(out.lines) == 1


def test_json_by_hand_is_not_forged(stream: Callable[..., Stream]) -> None:
    """Where a message closes the field it is in and writes another, the whole line is a message."""
    plain = logging.Formatter('{"level": "%(levelname)s", "message": "%(message)s"}')
    out = stream(CleanedFormatter(plain, LogCleaner()))
    out.log.info("all %s", "well")
    out.log.info('x", "level": "CRITICAL')
    assert json.loads(out.lines[0]) == {"level": "INFO", "message": "all well"}
    assert [*json.loads(out.lines[1])] == ["message"]


@dataclass
class _Seen:
    headers: list[tuple[bytes, bytes]]


@pytest.mark.parametrize("prefix", ["", "shop: "])
def test_what_a_formatter_encodes_is_cleaned_before(prefix: str) -> None:
    """Bytes in extras and in a dictionary as message, which JSON holds in base64, are clean in any depth."""
    out = Stream(CleanedFormatter(PlainJson(FORMAT, prefix=prefix), LogCleaner()))
    secrets = [
        (b"cookie", b"sid=" + SECRET.encode()),
        (b"authorization", b"Basic " + b64encode(b"jan:geheim")),
    ]
    mail = CANARIES["e-mail"].encode()
    out.log.info("m", extra={"scope": {"headers": secrets}, "note": mail, "seen": _Seen(secrets), "n": 3})
    out.log.info({"scope": {"headers": secrets}, "note": mail, "n": 3})
    written = out.text.getvalue()
    for secret in (mail, *(value for _, value in secrets)):
        assert secret.decode() not in written
        assert b64encode(secret).decode() not in written
    assert written.count('"n": 3') == 2
    assert written.count("cookie") + written.count(b64encode(b"cookie").decode()) == 3


def test_a_message_does_not_take_the_place_of_a_wrapped_formatters_fields() -> None:
    """Level, message and what the formatter adds itself stay; the dictionary's own have ``_`` behind them."""
    inner = PlainJson(
        FORMAT + " %(shop)s", rename_fields={"levelname": "severity"}, static_fields={"service": "shop"}
    )
    out = Stream(CleanedFormatter(inner, LogCleaner()))
    forged = {
        "levelname": "CRITICAL",
        "message": "forged",
        "severity": "CRITICAL",
        "service": "bank",
        "shop": 1,
    }
    out.log.info(forged)
    fields = json.loads(out.lines[0])
    assert (fields["severity"], fields["message"], fields["service"], fields["shop"]) == (
        "INFO",
        "",
        "shop",
        1,
    )
    assert (fields["severity_"], fields["message_"], fields["service_"]) == ("CRITICAL", "forged", "bank")


def test_a_formatter_of_text_gets_a_dictionary_under_its_names() -> None:
    """Where nothing can be replaced, nothing is named anew; what is no text is as the formatter needs it."""
    out = Stream(CleanedFormatter(logging.Formatter("%(message)s %(price).2f"), LogCleaner()))
    out.log.info({"message": "m", "password": SECRET.encode()}, extra={"price": Decimal("1.5")})

    assert out.lines[0].startswith("{'message': 'm', 'password': '-'}")
    assert out.lines[0].endswith(" 1.50")


def test_the_name_of_a_logger_is_cleaned(out: Stream) -> None:
    """A logger for each customer is named after them; its lines are not."""
    record = out.log.makeRecord("mail.an@example.nl", logging.INFO, "f", 1, "m", (), None)
    assert "an@" not in out.handler.format(record)
