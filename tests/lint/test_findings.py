"""Every kind of finding, in a policy that has it and in one that has not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shopprivacy.errors import PolicyError
from shopprivacy.lint import KINDS, Severity, lint
from shopprivacy.lint.rules import RULES, WARNINGS
from shopprivacy.policy import load
from shopprivacy.policy.loader import read
from tests.lint.cases import CASES, TODAY
from tests.policy.files import DEMO


def test_every_kind_has_a_policy_with_it_and_one_without() -> None:
    """No id stands in the table without both, and no case is of an id that does not stand there."""
    assert set(CASES) == set(KINDS)
    assert set(RULES) < WARNINGS < set(KINDS)


@pytest.mark.parametrize("id_", KINDS)
def test_the_failing_policy_has_this_finding_alone(tmp_path: Path, id_: str) -> None:
    """It is found once, at its place, and nothing else is; the fix and the ground are told."""
    (finding,) = CASES[id_].failing.checked(tmp_path).findings
    assert (finding.id, finding.path) == (id_, CASES[id_].path)
    assert finding.severity is (Severity.WARNING if id_ in WARNINGS else Severity.ERROR)
    assert finding.message
    assert finding.source == KINDS[id_].source
    assert (finding.path or "the file") in finding.fix or "{path}" not in KINDS[id_].fix
    assert str(finding) == (f"{finding.path}: {finding.message}" if finding.path else finding.message)


@pytest.mark.parametrize("id_", KINDS)
def test_the_passing_policy_has_no_finding(tmp_path: Path, id_: str) -> None:
    """One change away from the failing one, nothing is found."""
    assert CASES[id_].passing.checked(tmp_path).findings == ()
    load(tmp_path / "privacy.toml")


@pytest.mark.parametrize("id_", KINDS)
def test_an_error_is_refused_at_start_and_a_warning_is_not(tmp_path: Path, id_: str) -> None:
    """The severity says whether a shop with this policy runs."""
    CASES[id_].failing.checked(tmp_path)
    if id_ in WARNINGS:
        load(tmp_path / "privacy.toml")
    else:
        with pytest.raises(PolicyError) as caught:
            load(tmp_path / "privacy.toml")
        assert [problem.code for problem in caught.value.problems] == [id_]


@pytest.mark.parametrize("id_", KINDS)
def test_every_kind_is_told_in_full(id_: str) -> None:
    """An id is a slug; its words are one line each, and what to do names the key or needs none."""
    kind = KINDS[id_]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", id_)
    for words in (kind.what, kind.source, kind.fix):
        assert words
        assert words == words.strip(" .")
        assert "\n" not in words
    assert "{" not in kind.fix.format(path="a.b").replace("{ kind", "").replace("{ name", "")


PROMISES = (Path(__file__).parents[2] / "docs" / "promise-map.md").read_text(encoding="utf-8")


def test_every_row_exists() -> None:
    """A finding guards promises that the map knows."""
    for kind in KINDS.values():
        for row in kind.rows:
            assert f"\n| {row} |" in PROMISES, (kind.id, row)


@pytest.mark.parametrize(
    "row",
    ["A03", "S01", "S09", "S12", "S14", "S15", "S16", "S23", "D04", "D15", "D17", "D19", "D55", "O19"],
)
def test_every_promise_of_the_linter_is_guarded(row: str) -> None:
    """The fourteen promises that only `check` can keep each have a finding."""
    assert any(row in kind.rows for kind in KINDS.values())


def test_the_demo_policy_has_no_finding() -> None:
    """What the demo shop does is lawful, as far as a file can show it."""
    assert lint(read(DEMO), TODAY).findings == ()
