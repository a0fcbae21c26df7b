"""The banner and the preference page in chromium, whose own cookie jar is the judge."""

from __future__ import annotations

import pytest

from tests.browser.window import OpenWindow, Window
from tests.shops.gate_promises import ADVERTISING, CONSENT, ESSENTIAL, STATISTICS, UNDECLARED

pytestmark = pytest.mark.browser
JAVASCRIPT = pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])


def _look_round(window: Window) -> None:
    for path in ("/", "/products/lamp-boog", "/cart"):
        window.page.goto(path)


@JAVASCRIPT
def test_nothing_before_a_choice(open_window: OpenWindow, javascript: bool) -> None:
    """The banner shows, and while it does only essential cookies are kept."""
    window = open_window(javascript=javascript)
    _look_round(window)
    assert window.banner.is_visible()
    assert window.picture("banner").stat().st_size > 0
    assert window.cookies <= ESSENTIAL


@JAVASCRIPT
def test_accept_then_withdraw(open_window: OpenWindow, javascript: bool) -> None:
    """Accepting sets the declared cookies; withdrawing on the preference page takes them away with its answer."""
    window = open_window(javascript=javascript)
    window.page.goto("/products/lamp-boog")
    window.press("accept")
    assert window.page.url.endswith("/products/lamp-boog")
    assert window.banner.count() == 0
    assert window.cookies >= STATISTICS | ADVERTISING | {"recently_viewed", CONSENT}
    assert UNDECLARED not in window.cookies
    window.page.get_by_role("link", name="Cookie-instellingen").click()
    window.picture("preferences")
    window.press("refuse")
    assert window.cookies <= ESSENTIAL | {CONSENT}
    _look_round(window)
    assert window.cookies <= ESSENTIAL | {CONSENT}


@JAVASCRIPT
def test_refuse(open_window: OpenWindow, javascript: bool) -> None:
    """After refusing, the jar holds essential cookies and the choice, and nobody is asked again."""
    window = open_window(javascript=javascript)
    window.page.goto("/")
    window.press("refuse")
    _look_round(window)
    assert window.banner.count() == 0
    assert window.cookies <= ESSENTIAL | {CONSENT}


@JAVASCRIPT
def test_one_purpose(open_window: OpenWindow, javascript: bool) -> None:
    """Each purpose can be allowed by itself."""
    window = open_window(javascript=javascript)
    window.page.goto("/")
    window.banner.locator("summary").click()
    window.banner.locator('input[name="purpose"][value="statistics"]').check()
    window.picture("purposes")
    window.press("save")
    _look_round(window)
    assert window.cookies - ESSENTIAL == STATISTICS | {CONSENT}


@JAVASCRIPT
def test_withdraw_one_purpose(open_window: OpenWindow, javascript: bool) -> None:
    """Each purpose can be withdrawn by itself on the preference page."""
    window = open_window(javascript=javascript)
    window.page.goto("/")
    window.press("accept")
    window.page.goto("/privacy/choices")
    window.page.locator('input[name="answer.statistics"][value="refuse"]').check()
    window.press("save")
    assert not window.cookies & STATISTICS
    assert window.cookies >= ADVERTISING


def test_shopping_with_everything_refused(open_window: OpenWindow) -> None:
    """A whole order goes through with every choice refused."""
    window = open_window()
    page = window.page
    page.goto("/products/vaas-delta")
    window.press("refuse")
    window.send('form[action="/cart"] button')
    page.goto("/checkout")
    for name, value in {
        "name": "An Peeters",
        "email": "an@klant.example",
        "street": "Veldstraat 7",
        "postcode": "9000",
        "city": "Gent",
    }.items():
        page.locator(f"main #{name}").fill(value)
    page.locator("#payment-bancontact").check()
    window.picture("checkout")
    window.send("main form button")
    assert "/checkout/done/" in page.url
    window.picture("ordered")


@pytest.mark.parametrize("width", [1280, 390])
def test_banner_leaves_the_page_usable(open_window: OpenWindow, width: int) -> None:
    """The banner covers at most half of the window, its buttons weigh the same, and nothing scrolls sideways."""
    window = open_window(width=width)
    window.page.goto("/")
    box = window.page.locator(".sp-banner").bounding_box()
    accept = window.banner.locator('button[value="accept"]').bounding_box()
    refuse = window.banner.locator('button[value="refuse"]').bounding_box()
    assert box is not None
    assert accept is not None
    assert refuse is not None
    assert box["height"] <= 400
    assert (accept["width"], accept["height"]) == (refuse["width"], refuse["height"])
    assert window.page.evaluate("document.documentElement.scrollWidth") <= width
    window.picture(f"banner-{width}")
    window.page.locator("footer").scroll_into_view_if_needed()
    window.picture(f"end-{width}")


def test_library_loads_nothing_from_elsewhere(open_window: OpenWindow) -> None:
    """Banner, preference page, cookie table and statement ask no other host for anything."""
    window = open_window()
    for path in ("/", "/privacy", "/privacy/choices", "/privacy/cookies"):
        window.page.goto(path)
    assert window.elsewhere == []
