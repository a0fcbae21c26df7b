"""What Sentry is to send, cleaned: events, transactions, log lines, metrics and spans, each a mapping of its own form.

A log call's arguments stand beside its message, each without the word before it that says what it is. They stay where
they stand in the cleaned message, too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from shopprivacy.analytics.addresses import NOTHING
from shopprivacy.analytics.model import LogRules

_DEEPEST: Final = 24
"""Levels; local variables stand eight below."""
_MOST: Final = 5000
"""Entries of one list, such as the spans of a transaction."""
LIMITS: Final = {"deepest": _DEEPEST, "most": _MOST}
_ARGUMENT: Final = "sentry.message.parameter."


def rules_for_events(rules: LogRules) -> LogRules:
    """The rules with which Sentry's own ids stay; without them it takes no event."""
    return replace(rules, keep=rules.keep | {"hex", "uuid"})


def without_arguments(event: dict[str, Any]) -> dict[str, Any]:
    """The cleaned event without arguments that are not in its message any more."""
    attributes, body = event.get("attributes"), event.get("body")
    if isinstance(attributes, dict) and isinstance(body, str):
        for name in attributes:
            if name.startswith(_ARGUMENT) and _text_of(attributes[name]) not in body:
                attributes[name] = NOTHING
    entry = event.get("logentry")
    if isinstance(entry, dict) and entry.get("params"):
        formatted = str(entry.get("formatted") or "")
        arguments = entry["params"]
        entry["params"] = (
            [one if _text_of(one) in formatted else NOTHING for one in arguments]
            if isinstance(arguments, list)
            else NOTHING
        )
    return event


def _text_of(argument: object) -> str:
    return str(argument["value"] if isinstance(argument, dict) and "value" in argument else argument)
