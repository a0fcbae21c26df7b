"""The banner and the library's pages against WCAG 2.2 AA, as far as a browser can measure it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.window import OpenWindow

pytestmark = pytest.mark.browser

PAGES = ("/privacy/choices", "/privacy/cookies")
_MOST_STOPS = 200

# What has the focus, and whether something else lies over its middle.
_FOCUSED = """() => {
  const e = document.activeElement
  if (e === document.body) return null
  const r = e.getBoundingClientRect()
  const top = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2)
  const seen = top !== null && (e.contains(top) || top.contains(e) && !top.closest('.sp-answer'))
  return { name: e.tagName + ' ' + (e.innerText || e.name || ''), seen, banner: e.closest('.sp-banner') !== null }
}"""
# The contrast of every element's own text with what lies behind it (WCAG 2.2, relative luminance).
_CONTRASTS = """root => {
  const channels = text => text.match(/[0-9.]+/g).map(Number)
  const light = text => {
    const [r, g, b] = channels(text).slice(0, 3).map(c => {
      const s = c / 255
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor
      if ((channels(colour)[3] ?? 1) > 0) return colour
    }
    return 'rgb(255, 255, 255)'
  }
  return [...root.querySelectorAll('*')]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => {
      const pair = [light(getComputedStyle(e).color), light(behind(e))]
      return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05)
    })
}"""


def _stops(window: Any) -> list[dict[str, Any]]:
    """Return everything that Tab reaches, in order."""
    stops: list[dict[str, Any]] = []
    while len(stops) < _MOST_STOPS:
        window.page.keyboard.press("Tab")
        focused = window.page.evaluate(_FOCUSED)
        if focused is None:
            return stops
        stops.append(focused)
    raise AssertionError("Tab never leaves the page: the focus is trapped")


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("opened", [False, True])
def test_the_focus_is_neither_trapped_nor_covered(open_window: OpenWindow, width: int, opened: bool) -> None:
    """Tab walks through page and banner and out again, and what has the focus can be seen (2.1.2, 2.4.11)."""
    window = open_window(width=width)
    window.page.goto("/")
    if opened:
        window.banner.locator("summary").click()
        window.page.evaluate("document.activeElement.blur()")
        window.page.evaluate("scrollTo(0, 0)")
    stops = _stops(window)
    assert [stop["name"] for stop in stops if not stop["seen"]] == []
    in_banner = [stop["banner"] for stop in stops]
    assert sum(in_banner) >= 5
    assert sorted(in_banner) == in_banner or sorted(in_banner, reverse=True) == in_banner


@pytest.mark.parametrize("path", ["/", *PAGES])
def test_everything_of_ours_is_large_enough_to_hit(open_window: OpenWindow, path: str) -> None:
    """Buttons, links, boxes and their labels are at least 44 pixels high (2.5.8 asks for 24)."""
    window = open_window(width=320)
    window.page.goto(path)
    for details in window.page.locator(".sp-banner details, .sp-page details").all():
        details.evaluate("e => { e.open = true }")
    scope = ".sp-banner" if path == "/" else ".sp-page"
    heights = window.page.evaluate(
        "scope => ['button', 'a', 'summary', 'label'].flatMap(tag => [...document.querySelectorAll(`${scope} ${tag}`)])"
        ".map(e => [e.innerText, e.getBoundingClientRect().height])",
        scope,
    )
    assert len(heights) > 0
    assert [name for name, height in heights if height < 44] == []


@pytest.mark.parametrize("path", ["/", *PAGES])
def test_text_stands_out(open_window: OpenWindow, path: str) -> None:
    """All text has a contrast of at least 4.5 to 1 (1.4.3)."""
    window = open_window()
    window.page.goto(path)
    scope = window.page.locator(".sp-banner" if path == "/" else ".sp-page")
    contrasts = scope.evaluate(_CONTRASTS)
    assert len(contrasts) > 0
    assert min(contrasts) >= 4.5


@pytest.mark.parametrize("path", PAGES)
def test_pages_fit_a_narrow_window(open_window: OpenWindow, path: str) -> None:
    """At 320 pixels nothing scrolls sideways but a table in its own frame (1.4.10)."""
    window = open_window(width=320)
    window.page.goto(path)
    assert window.page.evaluate("document.documentElement.scrollWidth") <= 320
    window.picture(path.rpartition("/")[2])


@pytest.mark.parametrize("path", PAGES)
def test_our_own_content_policy_lets_our_pages_through(open_window: OpenWindow, path: str) -> None:
    """The browser has nothing to complain about, and the style sheet is in use."""
    window = open_window()
    complaints: list[str] = []
    window.page.on("console", lambda message: complaints.append(message.text))
    window.page.goto(path)
    assert complaints == []
    assert window.page.locator(".sp-page").evaluate("e => getComputedStyle(e).maxWidth") == "768px"


def test_the_choice_stands_in_high_contrast_modes(open_window: OpenWindow) -> None:
    """With forced colours the buttons keep a border, so they still look like buttons (1.4.11)."""
    window = open_window()
    window.page.emulate_media(forced_colors="active")
    window.page.goto("/")
    borders = window.banner.locator("button").evaluate_all(
        "all => all.map(e => getComputedStyle(e).borderTopWidth)"
    )
    assert set(borders) == {"2px"}
