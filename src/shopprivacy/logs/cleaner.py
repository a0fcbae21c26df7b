"""What a formatter asks: the rules of one policy, applied to lines, tracebacks and values, here and now."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from shopprivacy.analytics.model import LogRules, rules_of
from shopprivacy.analytics.printed import PREFIX
from shopprivacy.analytics.text import Text
from shopprivacy.analytics.values import Values
from shopprivacy.logs.masked import without_masked
from shopprivacy.logs.sentry_events import LIMITS, rules_for_events, without_arguments

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

T = TypeVar("T")


class LogCleaner:
    """Cleans by the rules of a policy.

    Args:
        rules: how; without them, as a policy that says nothing about logs.
        enforcing: False changes nothing and notes for which loggers something would change (``mode.log``).
    """

    def __init__(self, rules: LogRules | None = None, *, enforcing: bool = True) -> None:
        self._text = Text(rules)
        self._values = Values(self._text, self.line)
        self._documents = Values(self._text, self.block)
        events = Text(rules_for_events(self._text.rules))
        self._events = Values(events, partial(_block, events), **LIMITS)
        self.enforcing = enforcing
        self._noted: dict[str, None] = {}
        self.unsaid: list[str] = []
        """Loggers of which it was noted that their lines would change, and not yet said."""

    @classmethod
    def of(cls, policy: Policy) -> LogCleaner:
        """The cleaner of a policy."""
        return cls(rules_of(policy), enforcing=policy.mode.log == "enforce")

    def line(self, text: str) -> str:
        """The text, cleaned, on one line. What cannot be cleaned is not written."""
        return _line(self._text, text)

    def lines(self, text: str) -> str:
        """Text of several lines, such as a traceback: each on a line of its own, behind a prefix."""
        return "".join(f"\n{PREFIX}{self.line(line)}" for line in without_masked(text).splitlines())

    def block(self, text: str) -> str:
        """Text of several lines, cleaned, for what escapes or encloses their ends, as JSON does."""
        return _block(self._text, text)

    def value(self, value: object, name: str = "") -> object:
        """A value of any type, cleaned, as what JSON can hold."""
        return _safely(self._values, value, name)

    def document(self, value: object, name: str = "") -> object:
        """The same for what is written as JSON: text in it keeps its lines."""
        return _safely(self._documents, value, name)

    def before_send(self, event: T, _hint: object) -> T:
        """What Sentry is to send, cleaned: for ``before_send``, ``before_send_transaction``, ``before_breadcrumb``,
        ``before_send_log``, ``before_send_metric`` and ``before_send_span``.

        Its own ids stay, whatever ``logs.keep`` says.
        """
        try:
            cleaned = self._events.clean(event)
            return cast("T", without_arguments(cleaned) if isinstance(cleaned, dict) else cleaned)
        except Exception:  # then nothing is sent
            return cast("T", None)

    def structlog_processor(self, _logger: object, _method: str, event: T) -> T:
        """The event of structlog, cleaned: the last of its processors before the one that renders."""
        return cast("T", self.value(event))

    def note(self, logger: str, plain: str, cleaned: str) -> None:
        """Note that a line of this logger would change, once for each logger."""
        if plain != cleaned and logger not in self._noted:
            self._noted[logger] = None
            self.unsaid.append(logger)


def _line(cleaning: Text, text: str) -> str:
    try:
        # A line that begins with the prefix is ours only in lines(): a client may write one.
        return cleaning.clean(without_masked(text)).replace("\n", "\\x0a")
    except Exception as error:  # no line may be lost or written as it is
        return f"(a text that could not be cleaned: {type(error).__name__})"


def _block(cleaning: Text, text: str) -> str:
    return "\n".join(_line(cleaning, line) for line in without_masked(text).split("\n"))


def _safely(values: Values, value: object, name: str) -> object:
    try:
        return values.clean(value, name)
    except Exception as error:
        return f"(a value that could not be cleaned: {type(error).__name__})"


@lru_cache(maxsize=8)
def cleaner_of(policy: str | None) -> LogCleaner:
    """The cleaner of the policy in a file; None: of one that says nothing about logs.

    Raises PolicyError, and OSError where the file cannot be read.
    """
    if policy is None:
        return LogCleaner()
    from shopprivacy.policy.loader import load  # pydantic comes with it, which takes long to import

    return LogCleaner.of(load(Path(policy)))
