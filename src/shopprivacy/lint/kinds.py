"""The kinds of findings, by id: ``findings.toml`` has their words, :data:`shopprivacy.lint.rules.RULES` their rules."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding, in the words of every finding of it."""

    id: str
    """Stable: it is never renamed, and never means something else."""
    what: str
    source: str
    """The ground: an article, a directive, a case."""
    fix: str
    """What to do, with ``{path}`` for the path of the key."""
    rows: tuple[str, ...]
    """The promises it guards (docs/promise-map.md)."""


def _read() -> Mapping[str, Kind]:
    text = files("shopprivacy.lint").joinpath("findings.toml").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            id_: Kind(id_, kind["what"], kind["source"], kind["fix"], tuple(kind["rows"]))
            for id_, kind in tomllib.loads(text).items()
        }
    )


KINDS: Final[Mapping[str, Kind]] = _read()
"""Every kind of finding, by id, in the order of the reference page."""
