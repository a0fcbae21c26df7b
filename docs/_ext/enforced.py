"""What of the policy is enforced and what is not yet, in short, for the README."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shopprivacy.policy import Policy
from shopprivacy.policy.enforcement import Enforcement, in_short, keys_below

BEGIN: Final = "<!-- enforced: written by `python -m docs._ext` from the policy's model; change it there -->"
END: Final = "<!-- /enforced -->"

_WORDS: Final = {
    Enforcement.YES: "enforced by the library",
    Enforcement.DECISION: "enforced where the shop's code asks `privacy.may()` or `privacy.require()`",
    Enforcement.SHOWN: "only shown to visitors (or, for `accepted`, by `check`)",
    Enforcement.NO: "read and checked, and **not enforced yet**",
}


def block() -> str:
    """The table, with the comments around it by which it is found again."""
    rows = [
        f"| {words} | {_code(in_short(Policy, (key.path for key in keys_below(Policy) if key.mark is mark)))} |"
        for mark, words in _WORDS.items()
    ]
    return "\n".join([BEGIN, "", "| in 0.1.0 | keys of `privacy.toml` |", "|---|---|", *rows, "", END])


def _code(keys: list[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)


def with_block(readme: str) -> str:
    """A page with the table as it is now, in the place of the one that it has."""
    before, _, rest = readme.partition(BEGIN)
    return before + block() + rest.partition(END)[2]


def write(readme: Path) -> None:
    """Bring the table in a file up to date."""
    readme.write_text(with_block(readme.read_text(encoding="utf-8")), encoding="utf-8")
