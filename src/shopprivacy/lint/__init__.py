"""The linter of the policy: everything that is wrong with it, each finding with its reason, source and fix."""

from shopprivacy.lint.finding import Finding, Severity
from shopprivacy.lint.kinds import KINDS, Kind
from shopprivacy.lint.run import Report, lint
from shopprivacy.lint.undated import Earlier

__all__ = ["KINDS", "Earlier", "Finding", "Kind", "Report", "Severity", "lint"]
