"""Banner, library's pages and the shops' own pages through axe-core, which finds what machines can find."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from examples.shop.options import DEMO_POLICY

from shopprivacy.policy import load
from shopprivacy.policy.texts import LANGUAGES
from tests.browser.faults import broken_rules, misplaced
from tests.browser.window import OpenWindow
from tests.pages.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Route

pytestmark = pytest.mark.browser

SHOP_PAGES = (
    "/products/lamp-boog",
    "/cart",
    "/checkout?cart=lamp-boog:1",
    "/login",
    "/register",
    "/contact",
    "/quotes",
    "/contest",
    "/for-you",
    "/privacy",
    "/nowhere",
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_banner_and_pages_break_no_rule(open_window: OpenWindow, language: str) -> None:
    """In each language: the banner closed and opened, the preference page before and after saving, the cookie table."""
    window = open_window(language=language)
    page = window.page
    page.goto("/")
    assert window.banner.is_visible()
    broken = broken_rules(page)
    window.open_all()
    broken += broken_rules(page)
    page.goto("/privacy/choices")
    window.open_all()
    broken += broken_rules(page)
    window.press("refuse")
    assert page.get_by_role("status").is_visible()
    broken += broken_rules(page)
    page.goto("/privacy/cookies")
    broken += broken_rules(page)
    assert page.locator("html").get_attribute("lang") == language
    assert broken == []


def test_shop_pages_break_no_rule_with_the_banner_on_them(open_window: OpenWindow) -> None:
    """The pages of the shop itself stay free of violations where the banner stands on them."""
    window = open_window()
    broken = []
    for path in SHOP_PAGES:
        window.page.goto(path)
        assert window.banner.is_visible()
        broken += broken_rules(window.page)
    assert broken == []


def test_narrow_and_dark_pages_break_no_rule(open_window: OpenWindow) -> None:
    """On a narrow screen, where the table is laid out as cards, and in dark colours the rules hold as well."""
    window = open_window(width=320)
    window.page.emulate_media(color_scheme="dark")
    broken = []
    for path in ("/", "/privacy/choices", "/privacy/cookies"):
        window.page.goto(path)
        window.open_all()
        broken += broken_rules(window.page)
    assert broken == []


@pytest.mark.parametrize("width", [1280, 320])
def test_the_librarys_own_layout_breaks_no_rule(open_window: OpenWindow, width: int) -> None:
    """A shop without a layout gets the library's, in light and in dark colours."""
    window = open_window(width=width, language="en")
    made = Desk(load(DEMO_POLICY))

    def answer(route: Route) -> None:
        html = made.get(f"{urlsplit(route.request.url).path}?lang=en")
        route.fulfill(body=html, headers={"content-type": "text/html; charset=utf-8"})

    broken = []
    for path in ("/privacy/choices", "/privacy/cookies"):
        window.context.route(f"**{path}", answer)
        for colours in ("light", "dark"):
            window.page.emulate_media(color_scheme=colours)
            window.page.goto(path)
            assert window.page.locator("body.sp-body > main > .sp-page").count() == 1
            window.open_all()
            broken += [*broken_rules(window.page), *misplaced(window.page)]
            window.picture(f"own-{path.rpartition('/')[2]}-{width}-{colours}")
    assert broken == []


def test_a_table_laid_out_as_cards_is_still_a_table(open_window: OpenWindow) -> None:
    """Screen readers get rows, columns and cells whatever the width (1.3.1)."""
    window = open_window(width=320, language="en")
    window.page.goto("/privacy/cookies")
    table = window.page.get_by_role("table", name="Our cookies")
    assert table.get_by_role("columnheader").all_inner_texts() == ["Name", "Purpose", "Kept for", "Consent"]
    row = table.get_by_role("row").filter(has=window.page.get_by_role("rowheader", name="_gid"))
    assert row.get_by_role("cell").all_inner_texts() == [
        "Visitor statistics",
        "1 day",
        "only with your consent",
    ]


def test_axe_finds_what_is_wrong(open_window: OpenWindow) -> None:
    """A box without a name, faint text and links too small to hit, put into the banner, are all reported."""
    window = open_window()
    window.page.goto("/")
    window.banner.evaluate(
        """form => {
          form.querySelector('input[type=checkbox]').closest('div').innerHTML = '<input type="checkbox">'
          form.closest('.sp-banner').style.setProperty('--sp-ink', '#bbb')
          form.querySelectorAll('.sp-links, a').forEach(e => { e.style.cssText = 'display: block; font: 8px/1 serif' })
          form.querySelector('details').open = true
        }"""
    )
    broken = " ".join(broken_rules(window.page))
    assert all(f" {rule}:" in broken for rule in ("label", "color-contrast", "target-size"))
