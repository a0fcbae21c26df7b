"""A chromium, and a shop for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.browser.window import OpenWindow, Window
from tests.shops.conftest import SHOPS
from tests.shops.running import RunningShop, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
"""The browser itself shall ask nobody anything: what it loads is what the pages made it load."""


@pytest.fixture(scope="session", params=SHOPS)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """A running shop by the real clock, which is the browser's too."""
    with running(SHOPS[request.param], tmp_path_factory.mktemp("browser"), clock=None) as started:
        yield started


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's chromium without windows, which cost four times as much as the pages in them."""
    # Imported here: this file is read, too, where only tests without a browser are run.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell"), args=SWITCHES
        )
        yield browser
        browser.close()


@pytest.fixture
def open_window(chromium: Browser, shop: RunningShop, tmp_path: Path) -> Iterator[OpenWindow]:
    """Open windows of new browser profiles; what the pages want from other hosts is refused and written down."""
    with ExitStack() as stack:

        def open_one(
            *, javascript: bool = True, width: int = 1280, height: int = 800, language: str = "nl-BE"
        ) -> Window:
            context: BrowserContext = chromium.new_context(
                base_url=shop.url,
                java_script_enabled=javascript,
                viewport={"width": width, "height": height},
                locale=language,
            )
            stack.callback(context.close)
            elsewhere: list[str] = []

            def refuse(route: Route) -> None:
                elsewhere.append(str(urlsplit(route.request.url).hostname))
                route.abort()

            context.route(lambda url: not url.startswith(f"{shop.url}/"), refuse)
            page: Page = context.new_page()
            return Window(page, context, elsewhere, tmp_path)

        yield open_one


_LOOKS = {
    "test_accessibility",
    "test_axe",
    "test_keyboard",
    "test_mail_pages",
    "test_reflow",
    "test_restyling",
    "test_text_browsers",
}
_OF_EACH_SHOP = {"test_shop_pages_break_no_rule_with_the_banner_on_them"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Look at banner and pages in one shop: they are the library's own, and the other shops serve the same bytes.

    What the shops' own pages make of the banner, and what a visitor chooses, is tried in each.
    """
    for item in items:
        if not isinstance(item, pytest.Function) or item.module.__name__.rpartition(".")[2] not in _LOOKS:
            continue
        callspec = getattr(item, "callspec", None)
        framework = callspec.params.get("shop", "flask") if callspec else "flask"
        if framework != "flask" and item.originalname not in _OF_EACH_SHOP:
            item.add_marker("combinations")
