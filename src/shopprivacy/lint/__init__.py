"""The linter of the policy: everything that is wrong with it, each finding with its reason, source and fix."""

from shopprivacy.lint.finding import KINDS, Finding, Kind, Severity
from shopprivacy.lint.run import Earlier, Report, lint

__all__ = ["KINDS", "Earlier", "Finding", "Kind", "Report", "Severity", "lint"]
