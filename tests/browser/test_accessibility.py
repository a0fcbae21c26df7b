"""The banner and the library's pages against WCAG 2.2 AA, as far as a browser can measure it."""

from __future__ import annotations

import pytest

from tests.browser.window import OpenWindow

pytestmark = pytest.mark.browser

PAGES = ("/privacy/choices", "/privacy/cookies")

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


@pytest.mark.parametrize("path", ["/", *PAGES])
def test_everything_of_ours_is_large_enough_to_hit(open_window: OpenWindow, path: str) -> None:
    """What answers is at least 44 pixels high, and a link at least 30 (2.5.8 asks for 24)."""
    window = open_window(width=320)
    window.page.goto(path)
    window.open_all()
    scope = ".sp-banner" if path == "/" else ".sp-page"
    heights = window.page.evaluate(
        "scope => ['button', 'a', 'summary', 'label'].flatMap(tag => [...document.querySelectorAll(`${scope} ${tag}`)])"
        ".map(e => [e.tagName, e.innerText, e.getBoundingClientRect().height])",
        scope,
    )
    assert len(heights) > 0
    assert [name for tag, name, height in heights if height < (30 if tag == "A" else 44)] == []


@pytest.mark.parametrize("path", ["/", *PAGES])
def test_text_stands_out(open_window: OpenWindow, path: str) -> None:
    """All text has a contrast of at least 4.5 to 1, in light and in dark colours (1.4.3)."""
    window = open_window()
    window.page.goto(path)
    scope = window.page.locator(".sp-banner" if path == "/" else ".sp-page")
    for colours in ("light", "dark"):
        window.page.emulate_media(color_scheme=colours)
        contrasts = scope.evaluate(_CONTRASTS)
        assert len(contrasts) > 0
        assert min(contrasts) >= 4.5


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
