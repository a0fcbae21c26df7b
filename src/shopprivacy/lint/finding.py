"""A finding: what is wrong with a policy, where, by what source, and what to do."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Self

from shopprivacy.errors import Problem


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """The policy is refused at start."""
    WARNING = "warning"
    """It can be enforced as it stands, but is unlawful or unwise in itself."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake."""

    id: str
    """Its kind, a key of ``KINDS``."""
    severity: Severity
    path: str
    """The path of the key as the file writes it; empty for the file as a whole. A key of a file with texts has the
    file's name in front: ``privacy.nl.toml: purposes.newsletter.title``."""
    message: str
    """What is wrong there."""

    @classmethod
    def of(cls, problem: Problem, severity: Severity) -> Self:
        """The finding that this problem is."""
        return cls(problem.code, severity, problem.path, problem.message)

    @property
    def source(self) -> str:
        """Where it is written that this is a mistake: an article, a directive, a case."""
        return KINDS[self.id].source

    @property
    def fix(self) -> str:
        """What to do, naming the key."""
        return KINDS[self.id].fix.format(path=self.path or "the file")

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding, in the words of every finding of it."""

    id: str
    """Stable: it is never renamed, and never means something else."""
    what: str
    source: str
    """Where it is written: an article, a directive, a case."""
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
