"""Pages that chromium has kept by itself, after the visitor has withdrawn."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from shopprivacy.consent.context import CONSENT_KEY
from tests.browser.conftest import SWITCHES
from tests.browser.origins import SHOP, Origins, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


class Keeping(Origins):
    """A shop with a page that browsers may keep for an hour, and that depends on consent."""

    def _page(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/kept":
            return super()._page(environ, start_response)
        counted = environ[CONSENT_KEY].allows("statistics")
        start_response("200 OK", [("Content-Type", "text/html"), ("Cache-Control", "public, max-age=3600")])
        return [f"<!doctype html><h1>{'counted' if counted else 'not counted'}</h1>".encode()]


@pytest.fixture(scope="module")
def origins() -> Iterator[Origins]:
    """The shop."""
    with served(Keeping) as serving:
        yield serving


def test_no_page_of_before_a_withdrawal_is_shown_again(chromium: Browser, origins: Origins) -> None:
    """It has in it what was allowed then; the browser asks for it anew, though it was told to keep it."""
    with chromium.new_context(locale="en-GB") as context:
        page = context.new_page()

        def heading() -> str:
            # As a visitor follows a link: a page that is asked for by its address is asked for again anyhow.
            page.goto(origins.url(SHOP))
            page.evaluate("location = '/kept'")
            page.wait_for_url("**/kept")
            return page.locator("h1").inner_text()

        page.goto(origins.url(SHOP))
        with page.expect_navigation():
            page.locator('button[value="accept"]').click()
        assert [heading(), heading()] == ["counted", "counted"]
        assert sum(asked.path == "/kept" for asked in origins.asked) == 1
        page.goto(origins.url(SHOP, "/privacy/choices"))
        with page.expect_navigation():
            page.locator('button[value="refuse"]').click()
        assert heading() == "not counted"


def test_an_answered_banner_does_not_come_back_by_the_back_button(
    chromium: Browser, origins: Origins
) -> None:
    """Not on a page out of the browser's memory, where what was typed stays; one that was not answered stays, too."""
    # Whole, because headless shells keep no pages; and not told to keep none, as Playwright tells browsers to.
    browser = chromium.browser_type.launch(
        executable_path=shutil.which("chromium"),
        headless=False,
        args=[*SWITCHES, "--headless=new"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    with ExitStack() as stack:
        stack.callback(browser.close)
        page = browser.new_page()
        page.goto(origins.url(SHOP))
        shown = "document.querySelectorAll('.sp-banner').length"

        def go(steps: int) -> None:
            """Go through the history, as its buttons do; Playwright does not see pages that come out of memory."""
            page.evaluate("steps => history.go(steps)", steps)
            page.wait_for_function("window.came")

        page.evaluate("addEventListener('pageshow', event => { window.came = event.persisted })")
        page.evaluate("location = '/?next'")
        page.wait_for_url("**/?next")
        with page.expect_response("**/privacy/undecided"):
            go(-1)
        assert page.evaluate(shown) == 1
        page.evaluate("window.came = false")
        page.evaluate("location = '/?next'")
        page.wait_for_url("**/?next")
        with page.expect_navigation():
            page.locator('button[value="refuse"]').click()
        go(-2)
        page.wait_for_function(f"{shown} === 0")
