"""What shops read about their mistakes, and customers about decisions."""

from __future__ import annotations

from tests.wording import WORDING, wording


def test_mistakes_are_told_in_these_words() -> None:
    """Mistakes with place, value and fix, and reasons in four languages; a change of words is a decision."""
    assert wording() == WORDING.read_text(encoding="utf-8"), "see tests/wording.py"
