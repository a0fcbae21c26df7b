"""Narrow and low windows, large zoom and wide text spacing, in each language (WCAG 2.2, 1.4.4, 1.4.10 and 1.4.12)."""

from __future__ import annotations

import pytest

from shopprivacy.policy.texts import LANGUAGES
from tests.browser.faults import misplaced
from tests.browser.window import OpenWindow, Window
from tests.shops.gate_promises import CONSENT, ESSENTIAL, STATISTICS

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
# Whether the list of purposes ends above the answers, or is seen to go on where it fades away above them.
_GOES_ON = """() => {
  const list = document.querySelector('.sp-purposes'), range = document.createRange()
  range.selectNodeContents(list)
  const row = document.querySelector('.sp-answer').getBoundingClientRect()
  return list.getBoundingClientRect().bottom <= row.top
    || [...range.getClientRects()].some(r => r.top < row.top - 8 && r.bottom > row.top - 28)
}"""
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
def test_nothing_of_the_banner_is_out_of_sight(open_window: OpenWindow, language: str) -> None:
    """Closed it fits without scrolling, at most half of the window but on the smallest phones, with equal answers.

    Opened, a box and all three answers are in sight at once, and as large as each other.
    """
    window = open_window(language=language)
    for width, height, most in [
        (1280, 800, 0.25),
        (768, 1024, 0.3),
        (844, 390, 0.5),
        (390, 844, 0.45),
        (360, 640, 0.55),
        (320, 568, 0.67),
    ]:
        window.page.set_viewport_size({"width": width, "height": height})
        window.page.goto("/")
        shown, whole, of = window.page.locator(".sp-banner").evaluate(_HEIGHTS)
        assert whole <= shown <= most * of, f"{width}: {whole} in {shown} of {of}"
        window.picture(f"banner-{language}-{width}")
        answers = ["refuse", "accept"]
        for _ in range(2):
            boxes = [window.banner.locator(f'[value="{choice}"]').bounding_box() for choice in answers]
            sizes = {(round(box["width"]), round(box["height"])) for box in boxes if box}
            assert len(sizes) == 1, f"{width}: {answers}"
            first, *_, last = window.banner.locator("summary").bounding_box(), *boxes
            assert first is not None
            assert last is not None
            assert first["y"] >= 0
            assert height - last["y"] - last["height"] < 20, f"{width}: the answers are in sight"
            if "save" in answers:
                assert window.page.evaluate(_GOES_ON), f"{width}: the list seems to end where it goes on"
                continue
            window.page.mouse.click(first["x"] + 20, first["y"] + 20)
            answers = ["save", "refuse", "accept"]
        window.picture(f"banner-opened-{language}-{width}")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (360, 640), (320, 568), (844, 390)])
def test_purposes_are_picked_on_a_phone(open_window: OpenWindow, width: int, height: int) -> None:
    """Open, tick, save, each where it is seen, in the language with the longest words."""
    window = open_window(width=width, height=height, language="de")
    page = window.page
    page.goto("/")

    def tap(selector: str) -> None:
        box = window.banner.locator(selector).first.bounding_box()
        assert box is not None
        at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        hit = "([selector, x, y]) => document.elementFromPoint(x, y)?.closest(selector) !== null"
        assert page.evaluate(hit, [selector, *at]), f"{selector} is out of sight"
        page.mouse.click(*at)

    tap("summary")
    tap("input[type=checkbox][value=statistics]")
    with page.expect_navigation():
        tap("button[value=save]")
    assert window.cookies - ESSENTIAL == STATISTICS | {CONSENT}


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (320, 640)])
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


def test_a_low_window_is_left_to_the_page(open_window: OpenWindow) -> None:
    """At 400 % the banner lies over nothing: it is scrolled away with what is read before it."""
    window = open_window(width=320, height=200)
    window.page.goto("/")
    window.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    banner = window.page.locator(".sp-banner").bounding_box()
    assert banner is not None
    assert banner["y"] + banner["height"] <= 0


@pytest.mark.parametrize("place", ["first", "last"])
def test_on_a_short_page_the_banner_stands_on_the_lower_edge(open_window: OpenWindow, place: str) -> None:
    """However short the page, and wherever in its body the banner stands; the page does not begin to scroll for it."""
    window = open_window(width=390, height=844)
    window.page.goto("/")
    window.page.evaluate(
        """place => {
          const banner = document.querySelector('.sp-banner'), text = document.createElement('p')
          text.textContent = 'A short page'
          document.body.replaceChildren(...place === 'first' ? [banner, text] : [text, banner])
        }""",
        place,
    )
    box = window.page.locator(".sp-banner").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] == 844
    assert window.page.evaluate("document.documentElement.scrollHeight") == 844


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
