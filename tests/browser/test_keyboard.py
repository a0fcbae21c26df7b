"""Every choice by keyboard alone: order, visible focus, no trap, nothing covered (WCAG 2.2, 2.1 and 2.4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.window import OpenWindow, Window
from tests.shops.gate_promises import ADVERTISING, CONSENT, ESSENTIAL, STATISTICS

pytestmark = pytest.mark.browser

_MOST_STOPS = 200

# What has the focus, whether something else lies over its middle, and whether a ring tells that it has the focus.
_FOCUSED = """() => {
  const e = document.activeElement
  if (e === document.body) return null
  const r = e.getBoundingClientRect()
  const top = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2)
  const style = getComputedStyle(e)
  return {
    name: e.tagName + ' ' + (e.innerText || e.name || ''),
    seen: top !== null && (e.contains(top) || top.contains(e) && !top.closest('.sp-answer')),
    ringed: e.tagName === 'IFRAME' || style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    banner: e.closest('.sp-banner') !== null,
  }
}"""


def _stops(window: Window, key: str = "Tab") -> list[dict[str, Any]]:
    """Return everything that Tab reaches, in order."""
    stops: list[dict[str, Any]] = []
    while len(stops) < _MOST_STOPS:
        window.page.keyboard.press(key)
        focused = window.page.evaluate(_FOCUSED)
        if focused is None:
            return stops
        stops.append(focused)
    raise AssertionError(f"{key} never leaves the page: the focus is trapped")


def _tab_to(window: Window, selector: str) -> None:
    for _ in range(_MOST_STOPS):
        window.page.keyboard.press("Tab")
        if window.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


def _press(window: Window, key: str) -> None:
    """Press a key that sends the form."""
    with window.page.expect_navigation():
        window.page.keyboard.press(key)


@pytest.mark.parametrize(
    ("width", "height", "opened", "key"),
    [
        (1280, 800, False, "Tab"),
        (1280, 800, True, "Shift+Tab"),
        (320, 640, False, "Shift+Tab"),
        (320, 640, True, "Tab"),
        (320, 200, True, "Tab"),  # 1280 by 800 at 400 %
    ],
)
def test_the_focus_is_visible_and_neither_trapped_nor_covered(
    open_window: OpenWindow, width: int, height: int, opened: bool, key: str
) -> None:
    """Tab walks through page and banner and out again; what has the focus can be seen (2.1.2, 2.4.7, 2.4.11)."""
    window = open_window(width=width, height=height)
    window.page.goto("/")
    if opened:
        window.banner.locator("details").evaluate("e => { e.open = true }")
    stops = _stops(window, key)
    assert [stop["name"] for stop in stops if not stop["seen"]] == []
    assert [stop["name"] for stop in stops if not stop["ringed"]] == []
    in_banner = [stop["banner"] for stop in stops]
    if key == "Shift+Tab":
        in_banner.reverse()
    banner = 10 if opened else 5
    assert in_banner == [False, *[True] * banner, *[False] * (len(stops) - 1 - banner)], (
        "the banner is one stretch, after the link that leads past the header"
    )


def test_the_order_is_the_one_that_is_read(open_window: OpenWindow) -> None:
    """The focus goes from the choice by purpose over the links to the answers, which come before the page (2.4.3)."""
    window = open_window(language="en")
    window.page.goto("/")
    names = [stop["name"] for stop in _stops(window) if stop["banner"]]
    assert names == [
        "SUMMARY Choose per purpose",
        "A Cookie settings",
        "A Our cookies",
        "BUTTON Refuse all",
        "BUTTON Accept all",
    ]


@pytest.mark.parametrize("path", ["/privacy/choices", "/privacy/cookies"])
def test_our_pages_show_the_focus_too(open_window: OpenWindow, path: str) -> None:
    """On the library's pages, too, whatever has the focus has a ring and is not covered."""
    window = open_window(width=320)
    window.page.goto(path)
    stops = _stops(window)
    assert len(stops) >= 5
    assert [stop["name"] for stop in stops if not (stop["seen"] and stop["ringed"])] == []


@pytest.mark.parametrize(("choice", "key"), [("refuse", "Enter"), ("refuse", "Space"), ("accept", "Enter")])
def test_everything_is_answered_with_one_key(open_window: OpenWindow, choice: str, key: str) -> None:
    """Enter or the space bar on a button answers, and the page comes back without the banner."""
    window = open_window()
    window.page.goto("/")
    _tab_to(window, f'.sp-banner button[value="{choice}"]')
    _press(window, key)
    assert window.banner.count() == 0
    assert bool(window.cookies & ADVERTISING) is (choice == "accept")
    assert CONSENT in window.cookies


def test_one_purpose_is_chosen_with_keys(open_window: OpenWindow) -> None:
    """Enter opens the list, the space bar ticks a purpose, and Enter in its box saves that choice."""
    window = open_window()
    window.page.goto("/")
    _tab_to(window, ".sp-banner summary")
    window.page.keyboard.press("Enter")
    _tab_to(window, '.sp-banner input[value="statistics"]')
    window.page.keyboard.press("Space")
    _press(window, "Enter")
    assert window.cookies - ESSENTIAL == STATISTICS | {CONSENT}


def test_escape_is_no_answer(open_window: OpenWindow) -> None:
    """Escape neither answers nor hides the question; the focus stays where it is."""
    window = open_window()
    window.page.goto("/")
    _tab_to(window, ".sp-banner summary")
    window.page.keyboard.press("Escape")
    assert window.page.evaluate("document.activeElement.tagName") == "SUMMARY"
    window.page.reload()
    assert window.banner.is_visible()
    assert CONSENT not in window.cookies


def test_the_preference_page_is_filled_in_with_keys(open_window: OpenWindow) -> None:
    """Arrow keys choose within a purpose, Tab goes to the next one, Enter saves, and the page says so at its top."""
    window = open_window()
    window.page.goto("/privacy/choices")
    _tab_to(window, 'input[name="answer.statistics"]')
    window.page.keyboard.press("Space")
    window.page.keyboard.press("ArrowRight")
    _tab_to(window, 'input[name="answer.advertising"]')
    window.page.keyboard.press("Space")
    _press(window, "Enter")
    checked = window.page.locator("input:checked").evaluate_all("all => all.map(e => e.name + ' ' + e.value)")
    by_keys = ["answer.statistics allow", "answer.advertising refuse"]
    assert checked == ["answer.visits allow", *by_keys]  # nobody objected to visits
    assert window.page.locator("h1 + *").get_attribute("role") == "status"
