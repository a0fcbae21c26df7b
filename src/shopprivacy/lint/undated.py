"""Whether what customers are told has changed without a new date (GDPR art. 5(2), 7(1))."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from shopprivacy.errors import Problem
from shopprivacy.policy import Policy
from shopprivacy.policy.meaning import NOT_MEANING, canonical, text_of, version_of_text
from shopprivacy.policy.wording import key_path


@dataclass(frozen=True, slots=True)
class Earlier:
    """A policy that was in force before."""

    name: str
    """What to call it in a message."""
    canonical: str
    """Its one spelling, as ``shopprivacy.policy.meaning.text_of`` gives it and the ledger's archive keeps it."""


def undated_changes(policy: Policy, today: date, earlier: Iterable[Earlier]) -> Iterator[Problem]:
    """At most one problem, about ``effective``: an earlier policy of the same or a later date means something else.

    The same date is wrong whatever the day is, since a policy is enforced, and agreed to, from the moment it is loaded.
    A later one is not where the policy has been brought forward, to today or to a day to come.
    """
    now = _meaning(text_of(policy))
    for before in earlier:
        if version_of_text(before.canonical) is None:
            continue  # not as it was archived: for `shopprivacy ledger verify` to tell
        then = _meaning(before.canonical)
        dated = date.fromisoformat(json.loads(before.canonical)["effective"])
        stale = dated == policy.effective or policy.effective < min(dated, today)
        if stale and canonical(then) != canonical(now):
            changed = ", ".join(_changed(then, now))
            message = (
                f"still says {policy.effective}, but since {before.name} ({dated}) there changed: {changed}"
            )
            yield Problem("effective", message, "undated-change")
            return


def _meaning(text: str) -> dict[str, object]:
    return {key: value for key, value in json.loads(text).items() if key not in NOT_MEANING}


def _changed(then: Mapping[str, object], now: Mapping[str, object]) -> Iterator[str]:
    """The keys that differ, with the entry where they hold entries."""
    for key in sorted({*then, *now}):
        before, after = then.get(key), now.get(key)
        if isinstance(before, Mapping) or isinstance(after, Mapping):
            old = before if isinstance(before, Mapping) else {}
            new = after if isinstance(after, Mapping) else {}
            for name in sorted({*old, *new}):
                if canonical(old.get(name)) != canonical(new.get(name)):
                    yield key_path((key, name))
        elif canonical(before) != canonical(after):
            yield key
