"""What shops read about their mistakes."""

from __future__ import annotations

from tests.policy.wording import WORDING, wording


def test_mistakes_are_told_in_these_words() -> None:
    """Every mistake is told with its place, the value, and what would be right; a change of words is a decision."""
    assert wording() == WORDING.read_text(encoding="utf-8"), "see tests/policy/wording.py"
