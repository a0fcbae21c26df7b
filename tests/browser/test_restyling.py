"""A shop's own style sheet: it gives the banner its colours, and cannot break it by accident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.faults import broken_rules, misplaced
from tests.browser.window import OpenWindow, Window

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

# What style sheets of real shops say about every element of a kind, a careless mixture.
_CARELESS = """
*, ::before { transition: all 9s; letter-spacing: -.1em }
html { font-size: 62.5% }
body { font: 300 1.3rem/1 Georgia, serif; margin: 0; text-align: center }
div, form { float: left; max-width: 20em; padding: 2em; position: relative }
h2 { color: #eee; font-size: 5rem; text-transform: uppercase; white-space: nowrap }
p, span, b, label { color: #ddd; display: block; font-size: .8rem; margin: 3rem; opacity: .5 }
a { color: #fff; display: none }
input { appearance: none; height: 1px; opacity: 0; width: 100% }
button { background: #f6f6f6; border: 0; color: #fff; height: 20px; opacity: .4; width: 100% }
button:hover, button:focus { background: #fff; color: #fff; outline: 0 }
button:first-child { transform: scale(.5) }
button:last-child { font-size: 3rem; width: 200% }
summary { list-style: none; outline: 0 }
:focus-visible { outline: none }
"""
# How each answer that can be seen looks, wherever it stands.
_LOOKS = """form => [...form.querySelectorAll('button[name=choice]')].filter(e => e.checkVisibility()).map(e => {
  const { backgroundColor, color, fontSize, fontWeight, opacity, transform } = getComputedStyle(e)
  const { offsetWidth: width, offsetHeight: height } = e
  return { backgroundColor, color, fontSize, fontWeight, opacity, transform, width, height }
})"""


def _with_sheet(window: Window, sheet: str) -> None:
    """Show the front page with another style sheet instead of the shop's."""
    window.context.route(
        "**/static/shop.css", lambda route: route.fulfill(body=sheet, content_type="text/css")
    )
    window.page.goto("/")


def _look(form: Locator, answers: int) -> dict[str, Any]:
    """Return how all answers look: alike."""
    looks: list[dict[str, Any]] = form.evaluate(_LOOKS)
    assert len(looks) == answers
    assert looks == [looks[0]] * answers
    return looks[0]


def _background(window: Window) -> str:
    found: str = window.page.locator(".sp-banner").evaluate("e => getComputedStyle(e).backgroundColor")
    return found


@pytest.mark.parametrize("width", [1280, 390])
def test_careless_styles_do_not_reach_in(open_window: OpenWindow, width: int) -> None:
    """Whatever a shop says about p, button or input, the banner is readable and weighs both answers alike."""
    window = open_window(width=width)
    _with_sheet(window, _CARELESS)
    window.open_all()
    refuse = _look(window.banner, 3)
    assert (refuse["opacity"], refuse["fontSize"], refuse["transform"]) == ("1", "16px", "none")
    assert refuse["height"] >= 44
    assert window.banner.get_by_role("link").first.is_visible()
    box = window.banner.locator("input[type=checkbox]").first.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (24, 24)
    assert window.page.locator(".sp-banner").evaluate("e => e.offsetWidth === e.parentElement.offsetWidth")
    broken = [*broken_rules(window.page), *misplaced(window.page)]
    assert [
        what for what in broken if "sp-" in what or "choice" in what or what.startswith(("out", "over"))
    ] == []
    window.picture(f"careless-{width}")


@pytest.mark.parametrize("width", [1280, 390])
def test_careless_styles_do_not_reach_the_pages(open_window: OpenWindow, width: int) -> None:
    """In the shop's own layout, too, the preference page is readable and weighs both answers alike."""
    window = open_window(width=width)
    _with_sheet(window, _CARELESS)
    window.page.goto("/privacy/choices")
    window.open_all()
    refuse = _look(window.page.locator(".sp-page form"), 3)
    assert (refuse["opacity"], refuse["fontSize"], refuse["transform"]) == ("1", "16px", "none")
    assert refuse["height"] >= 44
    box = window.page.locator(".sp-page input[type=radio]").first.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (24, 24)
    broken = [*broken_rules(window.page), *misplaced(window.page)]
    assert [
        what for what in broken if "sp-" in what or '"choice"' in what or what.startswith(("out", "over"))
    ] == []
    window.picture(f"careless-page-{width}")


def test_nothing_moves(open_window: OpenWindow) -> None:
    """No part of the banner is animated, whether the visitor asked for less motion or the shop animates all (2.3.3)."""
    window = open_window()
    _with_sheet(window, _CARELESS)
    moving = window.page.locator(".sp-banner").evaluate(
        """e => [e, ...e.querySelectorAll('form, form *')].filter(e => {
          const style = getComputedStyle(e)
          return style.transitionDuration !== '0s' || style.animationName !== 'none'
        }).length"""
    )
    assert moving == 0


def test_variables_give_it_the_shops_colours(open_window: OpenWindow) -> None:
    """Variables on .sp-banner and .sp-page change ink, paper, lines, marks, corners and the font of headings, wherever
    the shop's sheet stands.
    """
    window = open_window()
    _with_sheet(
        window,
        ".sp-banner, .sp-page { --sp-ink: #fff; --sp-paper: #123; --sp-line: #89a; --sp-mark: #fc0; --sp-radius: 0;"
        " --sp-title: monospace } body { font-family: serif }",
    )
    refuse = _look(window.banner, 2)
    assert (refuse["backgroundColor"], refuse["color"]) == ("rgb(255, 255, 255)", "rgb(17, 34, 51)")
    assert _background(window) == "rgb(17, 34, 51)"
    button = window.banner.locator("button").last
    assert button.evaluate("e => getComputedStyle(e).borderRadius") == "0px"
    window.page.goto("/privacy/choices")
    page = window.page.locator(".sp-page")
    assert page.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(17, 34, 51)"
    assert page.evaluate("e => getComputedStyle(e).fontFamily") == "serif"
    assert page.locator("h1").evaluate("e => getComputedStyle(e).fontFamily") == "monospace"


def test_the_banner_is_dark_where_the_shop_is(open_window: OpenWindow) -> None:
    """In dark mode it follows a shop that says color-scheme, and stays light on one that has no dark colours."""
    window = open_window()
    window.page.emulate_media(color_scheme="dark")
    _with_sheet(window, "")
    assert _background(window) == "rgb(255, 255, 255)"
    _with_sheet(window, ":root { color-scheme: light dark }")
    assert _background(window) == "rgb(30, 30, 35)"
    _look(window.banner, 2)
    window.page.goto("/privacy/choices")
    page = window.page.locator(".sp-page")
    assert page.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(30, 30, 35)"
