"""The reference page of findings."""

from __future__ import annotations

from pathlib import Path

from docs._ext import facts_page
from docs._ext.findings_page import page

from shopprivacy.jurisdiction import jurisdictions, transfers
from shopprivacy.lint import KINDS
from shopprivacy.lint.rules import WARNINGS
from tests.policy.files import BODY, HEAD, loaded

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "findings.md"


def test_the_page_is_current() -> None:
    """What stands in docs is what the table says."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_finding_is_on_the_page() -> None:
    """Each id has one row of six cells, with its severity."""
    rows = {line.split("|")[1].strip(" `"): line for line in page().splitlines() if line.startswith("| `")}
    assert set(rows) == set(KINDS)
    for id_, row in rows.items():
        assert row.replace("\\|", "").count("|") == 7
        assert f"| {'warning' if id_ in WARNINGS else 'error'} |" in row


def test_the_example_is_a_policy(tmp_path: Path) -> None:
    """The table that the page shows can be pasted."""
    example = page().partition("```{code-block} toml\n")[2].partition("\n\n")[2].partition("```")[0]
    assert loaded(tmp_path, HEAD + BODY + example).accepted["no-agreement"]


def test_the_page_of_countries_is_current_and_whole() -> None:
    """Each fact stands there with its source and its day."""
    text = facts_page.page()
    assert PAGE.with_name("countries.md").read_text(encoding="utf-8") == text
    for facts in jurisdictions().values():
        assert all(f"| {facts.sources[name]} | {day} |" in text for name, day in facts.checked.items())
    assert all(f"| {one.source} | {one.checked} |" in text for one in transfers().adequate.values())
