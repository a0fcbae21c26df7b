"""A changed meaning has a new date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from shopprivacy.lint import Earlier
from shopprivacy.lint.run import undated_changes
from shopprivacy.policy import load
from shopprivacy.policy.fingerprint import text_of
from tests.lint.cases import TODAY, Policy
from tests.policy.files import BODY, HEAD, loaded

FILE = HEAD + BODY
VIDEO = '[purposes.video]\nbasis = "consent"\n'


@pytest.mark.parametrize(
    ("new", "changed"),
    [
        (FILE, ""),
        (FILE + VIDEO, "purposes.video"),
        (FILE.replace("7 years", "8 years"), "purposes.orders"),
        (FILE.replace("[purposes.newsletter]", "[purposes.news]"), "purposes.news, purposes.newsletter"),
        (FILE.replace("privacy@shop", "info@shop"), "controller.email"),
        (FILE.replace("languages", "minimum_group = 5\nlanguages"), "minimum_group"),
        (FILE.replace("languages", 'sites = ["shop.example"]\nlanguages'), "sites"),
        (FILE + '[cookies."_lb*"]\nessential = true\nlife = "1 day"\n', 'cookies."_lb*"'),
        (
            FILE.replace('"nl", "en"', '"nl", "fr"').replace(
                "languages", 'mode = { page = "report" }\nlanguages'
            ),
            "",
        ),
        (FILE.replace("2026-01-01", "2025-12-31") + VIDEO, "purposes.video"),
        (FILE.replace("2026-01-01", "2026-01-02") + VIDEO, ""),
    ],
)
def test_changes_are_named(tmp_path: Path, new: str, changed: str) -> None:
    """What customers are told or bound by is named by its key; what they are not may change under the same date."""
    (tmp_path / "old").mkdir()
    before = Earlier("version 1", text_of(loaded(tmp_path / "old", FILE)))
    policy = loaded(tmp_path, new)
    problems = list(undated_changes(policy, TODAY, [before]))
    if not changed:
        assert problems == []
        return
    (problem,) = problems
    assert (problem.path, problem.code) == ("effective", "undated-change")
    told = f"still says {policy.effective}, but since version 1 (2026-01-01) there changed: {changed}"
    assert problem.message == told


def test_a_key_that_is_gone_has_changed(tmp_path: Path) -> None:
    """What was declared once and is not any more is named as well."""
    policy = Policy(since=FILE + VIDEO + "[backups]\nkeep = '1 day'\n")
    (finding,) = policy.checked(tmp_path).findings
    assert finding.message.endswith("changed: backups.keep, purposes.video")


def test_a_change_on_the_day_that_it_names_is_none(tmp_path: Path) -> None:
    """No other date would be true: a policy may be corrected on the day on which it was written."""
    assert Policy(VIDEO, since=FILE).checked(tmp_path, date(2026, 1, 1)).findings == ()


@pytest.mark.parametrize("today", ["2025-12-31", "2026-01-02"])
def test_the_same_date_is_wrong_on_every_other_day(tmp_path: Path, today: str) -> None:
    """Before the day from which a policy holds, too, customers may have agreed to the earlier one already."""
    (finding,) = Policy(VIDEO, since=FILE).checked(tmp_path, date.fromisoformat(today)).findings
    assert finding.id == "undated-change"


@pytest.mark.parametrize(
    ("old", "today", "count"),
    [
        ("2025-12-31", "2025-11-24", 0),
        ("2026-01-02", "2025-11-24", 0),
        ("2026-01-02", "2026-01-01", 0),
        ("2026-01-02", "2026-01-02", 1),
        ("2026-01-03", "2026-01-02", 1),
    ],
)
def test_another_date_is_wrong_when_it_goes_back_into_the_past(
    tmp_path: Path, old: str, today: str, count: int
) -> None:
    """A change that is planned may be brought forward, to today at the earliest."""
    policy = Policy(VIDEO, since=FILE.replace("2026-01-01", old))
    assert len(policy.checked(tmp_path, date.fromisoformat(today)).findings) == count


def test_many_earlier_policies_are_one_problem(tmp_path: Path) -> None:
    """The first that differs is told; a text that is no archived policy is for the ledger to tell."""
    older, old = (loaded(tmp_path, FILE.replace("7 years", term)) for term in ("5 years", "6 years"))
    earlier = [Earlier("broken", "{}"), Earlier("one", text_of(older)), Earlier("two", text_of(old))]
    (problem,) = undated_changes(loaded(tmp_path, FILE), TODAY, earlier)
    assert "since one (" in problem.message


def test_nothing_is_compared_while_there_are_errors(tmp_path: Path) -> None:
    """A policy that cannot be enforced has no meaning yet."""
    policy = Policy(VIDEO + "[purposes.x]\n", since=FILE)
    assert [finding.id for finding in policy.checked(tmp_path).findings] == ["no-basis"]
    (tmp_path / "privacy.toml").write_text(FILE, encoding="utf-8")
    assert load(tmp_path / "privacy.toml")
