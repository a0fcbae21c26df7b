"""What the documentation names exists: files, pages and headings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.blocks import PAGES, ROOT

_FENCED = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_FILE = re.compile(r"`((?:tests|examples|benchmarks|src|docs|\.ci)/[\w./-]+|shopprivacy/[\w/]+\.\w+)`")
_TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def _headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and MyST make them, and those that it names itself."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r"^\(([\w-]+)\)=$", text, flags=re.MULTILINE))


@page
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    """Paths in the repository and modules of the library."""
    for name in _FILE.findall(page.read_text(encoding="utf-8")):
        places = [ROOT / name, ROOT / "src" / name, *(ROOT / "tests").rglob(name.rpartition("/")[2])]
        assert any(place.exists() for place in places), name


@page
def test_every_relative_link_resolves(page: Path) -> None:
    """Links between pages, with their anchors; addresses of the web are not looked up."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    for target in _LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = page.parent / path if path else page
        assert linked.is_file(), target
        assert not anchor or anchor in _headings(linked), target


def test_every_page_is_in_the_table_of_contents() -> None:
    """No page under docs is written and cannot be found."""
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = {
        line
        for tree in _TOCTREE.findall(index)
        for line in tree.splitlines()
        if re.fullmatch(r"[\w/-]+", line)
    }
    pages = {str(page.relative_to(ROOT / "docs").with_suffix("")) for page in PAGES if "docs" in page.parts}
    assert listed == pages - {"index"}


@page
def test_no_page_names_a_machine(page: Path) -> None:
    """Home folders and temporary folders of whoever wrote a page help nobody."""
    assert not re.search(r"(?<![\w.])/(?:home|root|tmp|work|Users)/", page.read_text(encoding="utf-8"))
