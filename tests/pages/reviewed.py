"""What the review says of a shop's own templates and layout."""

from __future__ import annotations

import re
from pathlib import Path

import shopprivacy.pages
from shopprivacy.consent.choices import BrowserPolicy
from shopprivacy.errors import PageError
from shopprivacy.pages.look import Layout, Look
from shopprivacy.pages.page import Pages
from shopprivacy.pages.page_context import Site
from shopprivacy.pages.review import check_pages
from shopprivacy.policy import Policy
from tests.gate.exchange import make_policy

OURS = Path(shopprivacy.pages.__file__).parent / "templates"


def problems(
    policy: Policy, templates: Path | None = None, layout: Layout | None = None, *assets: str
) -> list[str]:
    """Return what is wrong with the shop's own."""
    try:
        check_pages(Pages(Site(policy, BrowserPolicy(policy), templates), Look(layout, assets)))
    except PageError as error:
        return [*error.problems]
    return []


def changed(
    folder: Path, template: str, *changes: tuple[str, str], policy: Policy | None = None
) -> list[str]:
    """Return what is wrong with one of our templates, changed."""
    source = (OURS / template).read_text(encoding="utf-8")
    for old, new in changes:
        assert re.search(old, source), f"{old} is not in {template}"
        source = re.sub(old, new, source)
    (folder / template).write_text(source, encoding="utf-8")
    return problems(policy or make_policy(languages=["en"]), folder)
