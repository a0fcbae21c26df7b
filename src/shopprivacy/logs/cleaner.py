"""What a formatter asks: the rules of one policy, applied to lines, tracebacks and values, here and now."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from shopprivacy.analytics.model import LogRules, rules_of
from shopprivacy.analytics.printed import PREFIX
from shopprivacy.analytics.text import Text
from shopprivacy.analytics.values import Values
from shopprivacy.logs.masked import without_masked

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
        try:
            # A line that begins with the prefix is ours only in lines(): a client may write one.
            return self._text.clean(without_masked(text)).replace("\n", "\\x0a")
        except Exception as error:  # no line may be lost or written as it is
            return f"(a text that could not be cleaned: {type(error).__name__})"

    def lines(self, text: str) -> str:
        """Text of several lines, such as a traceback: each on a line of its own, behind a prefix."""
        return "".join(f"\n{PREFIX}{self.line(line)}" for line in text.splitlines())

    def value(self, value: object, name: str = "") -> object:
        """A value of any type, cleaned, as what JSON can hold."""
        try:
            return self._values.clean(value, name)
        except Exception as error:
            return f"(a value that could not be cleaned: {type(error).__name__})"

    def before_send(self, event: T, _hint: object) -> T:
        """The event or breadcrumb of Sentry, cleaned: for ``before_send`` and ``before_breadcrumb``."""
        return cast("T", self.value(event))

    def structlog_processor(self, _logger: object, _method: str, event: T) -> T:
        """The event of structlog, cleaned: the last of its processors before the one that renders."""
        return cast("T", self.value(event))

    def note(self, logger: str, plain: str, cleaned: str) -> None:
        """Note that a line of this logger would change, once for each logger."""
        if plain != cleaned and logger not in self._noted:
            self._noted[logger] = None
            self.unsaid.append(logger)


@lru_cache(maxsize=8)
def cleaner_of(policy: str | None) -> LogCleaner:
    """The cleaner of the policy in a file; None: of one that says nothing about logs.

    Raises PolicyError, and OSError where the file cannot be read.
    """
    if policy is None:
        return LogCleaner()
    from shopprivacy.policy.loader import load  # pydantic comes with it, which takes long to import

    return LogCleaner.of(load(Path(policy)))
