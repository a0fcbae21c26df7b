"""Reading privacy.toml: all problems at once, each with its place in the file and what would be right."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from shopprivacy.errors import PolicyError, Problem
from shopprivacy.policy.model import Policy

ELSEWHERE: Final[Mapping[str, str]] = {
    "texts": "texts stand in a file for each language beside this one, such as privacy.nl.toml",
    "not_personal": "stands in the table data: write it under [data]",
}
"""Keys that the policy has in Python but that stand elsewhere in files."""

_TOO_DEEP: Final = (
    "is nested too deeply; a policy needs no more than six brackets or dotted keys in each other"
)
_TEXT: Final = re.compile(r"texts\.([a-z]{2})\.?(.*)")


def load(path: str | Path) -> Policy:
    """The policy in a TOML file, with the texts of ``NAME.LANG.toml`` beside ``NAME.toml``.

    Raises:
        PolicyError: a file is missing or is not TOML, or holds what cannot be enforced; with all problems.
    """
    path = Path(path)
    values = _read(path)
    problems = [
        Problem(key, message) for key, message in ELSEWHERE.items() if values.pop(key, None) is not None
    ]
    texts = {
        file.name.split(".")[-2]: _read(file) for file in sorted(path.parent.glob(f"{path.stem}.??.toml"))
    }
    policy = None
    try:
        policy = Policy.model_validate({**values, "texts": texts}, by_alias=True, by_name=False)
    except ValidationError as error:
        problems += (
            _in_text_file(problem, path) for problem in Policy.problems(error, {**values, "texts": texts})
        )
    except RecursionError:
        raise _unreadable(path, _TOO_DEEP) from None
    if policy is None or problems:
        raise PolicyError(problems, source=str(path))
    return policy


def _read(path: Path) -> dict[str, object]:
    try:
        text = path.read_text(encoding="utf-8")
        if text.startswith("\ufeff"):
            raise _unreadable(
                path, 'begins with a byte order mark; save it as "UTF-8", not as "UTF-8 with BOM"'
            )
        return tomllib.loads(text)
    except OSError as error:
        raise _unreadable(path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"is not UTF-8: byte {error.start} cannot be read") from None
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, f"is not TOML: {error}") from None
    except RecursionError:
        raise _unreadable(path, _TOO_DEEP) from None


def _unreadable(path: Path, message: str) -> PolicyError:
    return PolicyError([Problem("", message)], source=str(path))


def _in_text_file(problem: Problem, path: Path) -> Problem:
    text = _TEXT.fullmatch(problem.path)
    return replace(problem, path=f"{path.stem}.{text[1]}.toml: {text[2]}".rstrip(": ")) if text else problem
