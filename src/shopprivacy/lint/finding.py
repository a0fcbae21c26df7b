"""A finding: what is wrong with a policy, where, on what ground, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from shopprivacy.errors import Problem
from shopprivacy.lint.kinds import KINDS


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
        """The ground on which it is a mistake."""
        return KINDS[self.id].source

    @property
    def fix(self) -> str:
        """What to do, naming the key."""
        return KINDS[self.id].fix.format(path=self.path or "the file")

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message
