"""Reading privacy.toml: all problems at once, each with its place in the file and what would be right."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from shopprivacy.errors import PolicyError, Problem
from shopprivacy.policy.model import Policy

ELSEWHERE: Final[Mapping[str, str]] = {
    "texts": "texts are in a file for each language beside this one, such as privacy.nl.toml",
    "not_personal": "is in the table data: write it under [data]",
}
"""Keys that the policy has in Python but that stand elsewhere in files."""

_TOO_DEEP: Final = (
    "is nested too deeply; a policy needs no more than six brackets or dotted keys in each other"
)
_TEXT: Final = re.compile(r"texts\.([a-z]{2})\.?(.*)")


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A policy file as far as it can be read: to tell everything that is wrong with it, not to be enforced."""

    source: str
    """The file."""

    policy: Policy | None
    """The policy; the part of it that can be read where there are problems; None where there is no such part."""

    problems: tuple[Problem, ...] = ()
    """Everything for which the file is refused."""

    unread: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What ``policy`` lacks: by key of the file, the names of entries; none, where the whole key is left out."""


def load(path: str | Path) -> Policy:
    """The policy in a TOML file, with the texts of ``NAME.LANG.toml`` beside ``NAME.toml``.

    Raises:
        PolicyError: a file is missing or is not TOML, or holds what cannot be enforced; with all problems.
    """
    reading = read(path)
    if reading.policy is None or reading.problems:
        raise PolicyError(reading.problems, source=reading.source)
    return reading.policy


def read(path: str | Path) -> LoadedFile:
    """What :func:`load` reads, but with its problems beside it; no file makes it raise."""
    path = Path(path)
    try:
        return _reading(path)
    except PolicyError as error:
        return LoadedFile(str(path), None, error.problems)


def _reading(path: Path) -> LoadedFile:
    values = _read(path)
    problems = [
        Problem(key, message, "unknown-key")
        for key, message in ELSEWHERE.items()
        if values.pop(key, None) is not None
    ]
    texts = {}
    for file in sorted(path.parent.glob(f"{path.stem}.??.toml")):
        try:
            texts[file.name.split(".")[-2]] = _read(file)
        except PolicyError as error:
            problems += (replace(problem, path=file.name) for problem in error.problems)
    values = {**values, "texts": texts}
    try:
        policy = Policy.model_validate(values, by_name=False)
    except ValidationError as error:
        part = Policy.part(error, values)
        problems += (in_text_file(problem, path) for problem in part.problems)
        return LoadedFile(str(path), part.policy, tuple(problems), part.unread)
    except RecursionError:
        raise _unreadable(_TOO_DEEP) from None
    return LoadedFile(str(path), policy, tuple(problems))


def _read(path: Path) -> dict[str, object]:
    try:
        text = path.read_text(encoding="utf-8")
        if text.startswith("\ufeff"):
            raise _unreadable('begins with a byte order mark; save it as "UTF-8", not as "UTF-8 with BOM"')
        return tomllib.loads(text)
    except OSError as error:
        raise _unreadable(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise _unreadable(f"is not UTF-8: byte {error.start} cannot be read") from None
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(f"is not TOML: {error}") from None
    except RecursionError:
        raise _unreadable(_TOO_DEEP) from None


def _unreadable(message: str) -> PolicyError:
    return PolicyError([Problem("", message, "unreadable")])


def in_text_file(problem: Problem, path: Path) -> Problem:
    """The problem under the name of its file, where it is one of texts beside the policy at ``path``."""
    text = _TEXT.fullmatch(problem.path)
    return replace(problem, path=f"{path.stem}.{text[1]}.toml: {text[2]}".rstrip(": ")) if text else problem
