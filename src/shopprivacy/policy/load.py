"""Reading privacy.toml: all problems at once, each with its place in the file and what would be right."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from shopprivacy.errors import PolicyError, Problem
from shopprivacy.policy.load_problems import problems_of
from shopprivacy.policy.model import Policy


def load(path: str | Path) -> Policy:
    """The policy in this TOML file, with the texts in ``privacy.LANG.toml`` beside it.

    Raises:
        PolicyError: the file is missing, is not TOML, or holds something that cannot be enforced.
    """
    path = Path(path)
    values = _read(path)
    try:
        return Policy.model_validate(values, by_alias=True, by_name=False)
    except ValidationError as error:
        raise PolicyError(problems_of(error, Policy), source=str(path)) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PolicyError([Problem("", "there is no such file")], source=str(path)) from None
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([Problem("", f"is not TOML: {error}")], source=str(path)) from None
