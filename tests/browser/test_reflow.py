"""Narrow and low windows, large zoom and wide text spacing, in each language (WCAG 2.2, 1.4.4, 1.4.10 and 1.4.12)."""

from __future__ import annotations

import pytest

from shopprivacy.policy.texts import LANGUAGES
from tests.browser.faults import misplaced
from tests.browser.window import OpenWindow, Window

pytestmark = pytest.mark.browser

PATHS = ("/", "/checkout?cart=lamp-boog:1", "/privacy/choices", "/privacy/cookies")

# WCAG 2.2, 1.4.12. A constructed sheet, because our pages' Content-Security-Policy lets no inline one in.
_SPACED = """() => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-bottom: 2em !important }`)
  document.adoptedStyleSheets = [sheet]
}"""
_HEIGHTS = "e => [e.clientHeight, e.scrollHeight, innerHeight]"
# The layout shifts since the page began to load (the browser keeps them for late observers).
_SHIFTS = """() => new Promise(resolve => {
  const observer = new PerformanceObserver(() => {})
  observer.observe({ type: 'layout-shift', buffered: true })
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(observer.takeRecords().map(e => e.value))))
})"""


def _broken(window: Window) -> list[str]:
    window.open_all()
    broken = misplaced(window.page)
    window.page.evaluate(_SPACED)
    return [*broken, *(f"spaced, {what}" for what in misplaced(window.page))]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("width", "height"),
    [(320, 640), (320, 200), (640, 400), (800, 600)],
    ids=["320 pixels", "400 %", "200 %", "two columns"],
)
def test_everything_fits(open_window: OpenWindow, width: int, height: int, language: str) -> None:
    """No page scrolls sideways, no text is cut off or lies over another, not even with wide text spacing."""
    window = open_window(width=width, height=height, language=language)
    for path in PATHS:
        window.page.goto(path)
        assert (path, _broken(window)) == (path, [])


def test_what_does_not_fit_is_found(open_window: OpenWindow) -> None:
    """A word wider than the window, a label wider than its button and a text over another are each reported."""
    window = open_window(width=320, language="en")
    window.page.goto("/")
    window.banner.evaluate(
        """form => {
          form.querySelector('h2').style.whiteSpace = 'nowrap'
          form.querySelector('h2').textContent += ' x'.repeat(90)
          form.querySelector('[value=accept]').style.cssText = 'white-space: nowrap; flex: none; width: 3em'
          form.querySelector('p').style.marginTop = '-1.2em'
          document.querySelector('footer').style.width = '400px'
        }"""
    )
    broken = " ".join(_broken(window))
    assert all(what in broken for what in ("sideways", "out: May we", "out: Accept all", "over: May we"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_banner_leaves_half_of_the_window(open_window: OpenWindow, language: str) -> None:
    """It takes at most half of a window, fits without scrolling on a phone, and weighs both answers alike."""
    for width, height, most in [(1280, 800, 0.25), (768, 1024, 0.3), (390, 844, 0.45), (320, 640, 0.5)]:
        window = open_window(width=width, height=height, language=language)
        window.page.goto("/")
        shown, whole, of = window.page.locator(".sp-banner").evaluate(_HEIGHTS)
        assert shown <= most * of, f"{width}: {shown} of {of}"
        assert whole <= shown or width == 320, f"{width}: {whole} scrolls in {shown}"
        refuse, accept = (
            window.banner.locator(f'[value="{choice}"]').bounding_box() for choice in ("refuse", "accept")
        )
        assert refuse is not None
        assert accept is not None
        assert (refuse["y"], refuse["height"]) == (accept["y"], accept["height"])
        assert refuse["width"] == pytest.approx(accept["width"], abs=1)
        assert of - accept["y"] - accept["height"] < 20, "the answers are in sight"
        window.picture(f"banner-{language}-{width}")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (320, 640), (320, 200)])
def test_the_page_can_be_read_to_its_end(open_window: OpenWindow, width: int, height: int) -> None:
    """Above the banner there is room for all of the page: at its end the last line lies free."""
    window = open_window(width=width, height=height)
    window.page.goto("/")
    window.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    last = window.page.locator("footer p").last.bounding_box()
    banner = window.page.locator(".sp-banner").bounding_box()
    assert last is not None
    assert banner is not None
    assert last["y"] + last["height"] <= banner["y"]


def test_a_large_default_font_is_followed(open_window: OpenWindow) -> None:
    """Who doubles the size of text gets it in banner and pages, and it still fits (1.4.4)."""
    window = open_window(width=390)
    for path in ("/", "/privacy/choices"):
        window.page.goto(path)
        window.page.evaluate("document.documentElement.style.fontSize = '200%'")
        size = window.page.locator(".sp-banner, .sp-page").evaluate("e => getComputedStyle(e).fontSize")
        assert size == "32px"
        assert [what for what in misplaced(window.page) if path != "/" or "sideways" not in what] == []


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_jumps_while_the_page_loads(open_window: OpenWindow, width: int) -> None:
    """The banner's arrival shifts nothing of the page, and opening it by mouse does not scroll the page."""
    window = open_window(width=width)
    window.page.goto("/products/lamp-boog")
    assert window.page.evaluate(_SHIFTS) == []
    box = window.banner.locator("summary").bounding_box()
    assert box is not None
    window.page.mouse.click(box["x"] + 20, box["y"] + 20)
    assert window.banner.locator("details").get_attribute("open") is not None
    assert window.page.evaluate("scrollY") == 0
