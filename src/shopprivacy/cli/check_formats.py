"""How ``shopprivacy check`` tells what it found: to people, to programs, and to GitHub's pull requests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from shopprivacy.lint import Finding, Report
from shopprivacy.lint.lines import line_of
from shopprivacy.policy import Cookie, Policy
from shopprivacy.policy.enforcement import Enforcement, declared, in_short
from shopprivacy.policy.loader import LoadedFile

Format = Callable[[Path, LoadedFile, Report], Iterator[str]]


def text(file: Path, reading: LoadedFile, report: Report) -> Iterator[str]:
    """For people: each finding behind its line and its key; the policy on one screen where there is none."""
    shown = click.format_filename(file)
    if report.findings:
        count = len(report.findings)
        yield f"{shown}: {count} problem{'' if count == 1 else 's'}"
        for finding in report.findings:
            yield f"  {_behind_its_line(file, finding)}"
            yield f"    {finding.severity} {finding.id} ({finding.source})"
            yield f"    fix: {finding.fix}"
    else:
        unenforced = [*_not_by_itself(reading.policy)] if reading.policy else []
        yield f"{shown}: no problems{', but not all of it is enforced' if unenforced else ''}\n"
        if reading.policy:
            yield from [*unenforced, ""] if unenforced else []
            yield from _summary(reading.policy)
    if report.accepted:
        yield ""
    for accepted in report.accepted:
        yield f"  accepted: {accepted.finding.id} at {accepted.finding.path}: {accepted.reason}"


def _behind_its_line(file: Path, finding: Finding) -> str:
    """A finding as editors and terminals open it: ``privacy.toml:12: effective: …``."""
    place, line = _place(file, finding)
    path = finding.path.removeprefix(f"{place.name}: ") if place != file else finding.path
    if path in ("", place.name):  # about the file as a whole
        return f"{place.name}: {finding.message}"
    return f"{place.name}:{line}: {path}: {finding.message}"


def as_json(file: Path, reading: LoadedFile, report: Report) -> Iterator[str]:
    """For programs: one object, whose keys are never renamed or removed."""
    version = reading.policy.version if reading.policy and not reading.problems else None
    found = {
        "file": click.format_filename(file),
        "ok": not report.findings,
        "version": version,
        "enforced": dict(declared(reading.policy)) if reading.policy and not reading.problems else {},
        "problems": [_described(file, finding) for finding in report.findings],
        "accepted": [
            {**_described(file, accepted.finding), "reason": accepted.reason} for accepted in report.accepted
        ],
    }
    yield json.dumps(found, indent=2, ensure_ascii=False)


def _described(file: Path, finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.severity,
        "path": finding.path,
        "line": _place(file, finding)[1],
        "message": finding.message,
        "source": finding.source,
        "fix": finding.fix,
    }


def github(file: Path, _reading: LoadedFile, report: Report) -> Iterator[str]:
    """For GitHub Actions: one workflow command for each finding, which the pull request shows at its line."""
    for finding in report.findings:
        place, line = _place(file, finding)
        properties = f"file={_property(str(place))},line={line},title={_property(finding.id)}"
        message = f"{finding} ({finding.source}). Fix: {finding.fix}"
        yield f"::{finding.severity} {properties}::{_data(message)}"


def _place(file: Path, finding: Finding) -> tuple[Path, int]:
    """The file and the line of a finding; one in a file with texts has that file's name before its path."""
    name, _, key = finding.path.partition(": ")
    if re.fullmatch(rf"{re.escape(file.stem)}\.[a-z]{{2}}\.toml", name):
        place, path = file.with_name(name), key
    else:
        place, path = file, finding.path
    try:
        written = place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return place, 1
    return place, line_of(written, path)


def _data(text: str) -> str:
    """The escapes of a workflow command's message (GitHub Docs, workflow commands for GitHub Actions)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """The escapes of a workflow command's property."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


_NOT_BY_ITSELF: Final = (
    ("if asked", Enforcement.DECISION, "enforced where the shop's code asks may() or require()"),
    ("not yet", Enforcement.NO, "declared, and not enforced by this version"),
)


def _not_by_itself(policy: Policy) -> Iterator[str]:
    """What the policy states and this version does not enforce, or only where it is asked to."""
    for heading, mark, words in _NOT_BY_ITSELF:
        keys = in_short(Policy, (key for key, enforced in declared(policy) if enforced is mark))
        if keys:
            yield _row(heading, f"{words}: {', '.join(keys)}")


def _summary(policy: Policy) -> Iterator[str]:
    """The policy on one screen."""
    yield _row("version", policy.version)
    yield _row("country", policy.jurisdiction)
    yield _row("languages", ", ".join(policy.languages))
    if policy.mode.cookies == "report":
        yield _row("mode", "report for cookies: nothing is held back there yet")
    bases = {name: purpose.basis.replace("_", " ") for name, purpose in policy.purposes.items()}
    yield from _grouped("purposes", bases)
    yield from _grouped("cookies", {name: _asked(cookie) for name, cookie in policy.cookies.items()})


def _asked(cookie: Cookie) -> str:
    if cookie.essential:
        return "essential"
    return "exempt from consent" if cookie.exempt else "with consent"


def _grouped(heading: str, names: Mapping[str, str]) -> Iterator[str]:
    """One row for each group that names belong to."""
    yield ""
    yield _row(heading, str(len(names)))
    for group in dict.fromkeys(names.values()):
        yield _row("", f"{group}: {', '.join(name for name in names if names[name] == group)}")


def _row(heading: str, text: str) -> str:
    start = f"  {heading:<11}"
    return click.wrap_text(text, width=100, initial_indent=start, subsequent_indent=" " * (len(start) + 2))


FORMATS: Final[Mapping[str, Format]] = {"text": text, "json": as_json, "github": github}
"""By the name that ``--format`` takes."""
