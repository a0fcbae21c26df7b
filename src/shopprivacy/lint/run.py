"""Running the rules: on the policy, or on the part of it that can be read, so that everything is told at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from shopprivacy.errors import Problem
from shopprivacy.lint.finding import Finding, Severity
from shopprivacy.lint.rules import OF_SHOPS, RULES, Rule
from shopprivacy.policy import Policy
from shopprivacy.policy.fingerprint import NOT_IN_FINGERPRINT, canonical, text_of, version_of_text
from shopprivacy.policy.loader import LoadedFile, in_text_file
from shopprivacy.policy.wording import key_path


@dataclass(frozen=True, slots=True)
class Accepted:
    """A warning that the shop accepts, and why."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was found."""

    findings: tuple[Finding, ...]
    """What is wrong: errors first, warnings in the order of the rules."""
    accepted: tuple[Accepted, ...] = ()
    """Warnings that ``[accepted]`` in the policy names with a reason."""


def lint(
    reading: LoadedFile,
    today: date,
    earlier: Iterable[Earlier] = (),
    of_shop: Iterable[Problem] | None = None,
) -> Report:
    """Everything that is wrong with a policy on this day.

    Args:
        reading: the file, as ``shopprivacy.policy.loader.read`` reads it.
        today: the day on which terms, agreements and safeguards are looked at.
        earlier: policies that were in force before, to see whether something changed without a new date.
        of_shop: what is wrong with the shop's models and places; None: nobody has looked at them.
    """
    errors = tuple(Finding.of(problem, Severity.ERROR) for problem in reading.problems)
    if reading.policy is None:
        return Report(errors)
    warnings = [
        Finding.of(in_text_file(problem, Path(reading.source)), Severity.WARNING)
        for problem in (*_warnings(reading, reading.policy, today, earlier), *(of_shop or ()))
    ]
    told = [finding.path for finding in errors]
    fresh = [finding for finding in warnings if not any(_about(finding.path, path) for path in told)]
    looked = of_shop is not None
    return _without_accepted(errors, fresh, reading.policy, frozenset() if looked else OF_SHOPS)


def _warnings(
    reading: LoadedFile, policy: Policy, today: date, earlier: Iterable[Earlier]
) -> Iterator[Problem]:
    for id_, rule in RULES.items():
        if not any(key in reading.unread for key in rule.reads):
            yield from _found(id_, rule, policy, today)
    if not reading.problems:
        yield from undated_changes(policy, today, earlier)


def _found(id_: str, rule: Rule, policy: Policy, today: date) -> Iterator[Problem]:
    for place, message in rule.finds(policy, today):
        yield Problem(place if isinstance(place, str) else key_path(place), message, id_)


def _about(path: str, other: str) -> bool:
    """Whether two paths are of one key, or of one and something in it."""
    shorter, longer = sorted((path, other), key=len)
    return bool(shorter) and longer.startswith(shorter) and longer[len(shorter) :][:1] in {"", ".", "["}


def _without_accepted(
    errors: tuple[Finding, ...], warnings: list[Finding], policy: Policy, not_looked_for: frozenset[str]
) -> Report:
    open_, accepted = [], []
    for finding in warnings:
        reason = policy.accepted.get(finding.id, {}).get(finding.path)
        if reason is None:
            open_.append(finding)
        else:
            accepted.append(Accepted(finding, reason))
    met = {(entry.finding.id, entry.finding.path) for entry in accepted}
    for id_, places in policy.accepted.items():
        for place in places:
            if (
                (id_, place) not in met and id_ not in not_looked_for and not errors
            ):  # then some rules were not run
                path = key_path(("accepted", id_, place))
                message = f"there is no warning {id_} at {place}"
                open_.append(Finding.of(Problem(path, message, "stale-acceptance"), Severity.WARNING))
    return Report((*errors, *open_), tuple(accepted))


@dataclass(frozen=True, slots=True)
class Earlier:
    """A policy that was in force before."""

    name: str
    """What to call it in a message."""
    canonical: str
    """Its one spelling, as ``shopprivacy.policy.fingerprint.text_of`` gives it and the ledger's archive keeps it."""


def undated_changes(policy: Policy, today: date, earlier: Iterable[Earlier]) -> Iterator[Problem]:
    """At most one problem, about ``effective``: an earlier policy of the same or a later date means something else.

    The same date is wrong before that day and after it, since a policy is enforced, and agreed to, from the moment it
    is loaded. On the day itself no other date would be true. A later one is not wrong where the policy has been
    brought forward, to today or to a day to come.
    """
    if policy.effective == today:
        return
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
    return {key: value for key, value in json.loads(text).items() if key not in NOT_IN_FINGERPRINT}


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
