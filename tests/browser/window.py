"""One window of a browser profile of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page


@dataclass(frozen=True, slots=True)
class Window:
    """A window, the profile's cookies, and the hosts its pages wanted something from."""

    page: Page
    context: BrowserContext
    elsewhere: list[str]
    pictures: Path

    @property
    def cookies(self) -> set[str]:
        """The names in the browser's own jar."""
        return {str(cookie.get("name")) for cookie in self.context.cookies()}

    @property
    def banner(self) -> Locator:
        """The banner's form, whether it is there or not."""
        return self.page.locator('form[action="/privacy/consent"]')

    def press(self, choice: str) -> None:
        """Press one of the banner's buttons, or one of the preference page's."""
        self.send(f'button[name="choice"][value="{choice}"]')

    def send(self, button: str) -> None:
        """Press a button that sends a form, and wait for the page that answers: a click alone does not."""
        with self.page.expect_navigation():
            self.page.locator(button).click()

    def open_all(self) -> None:
        """Open all that can be opened in the banner and on the library's pages."""
        opened = "all => all.forEach(e => { e.open = true })"
        self.page.locator(".sp-banner details, .sp-page details").evaluate_all(opened)

    def picture(self, name: str) -> Path:
        """Take a picture of what the window shows, for people to look at."""
        file = self.pictures / f"{name}.png"
        self.page.screenshot(path=file)
        return file


class OpenWindow(Protocol):
    """Opens a window."""

    def __call__(
        self, *, javascript: bool = True, width: int = 1280, height: int = 800, language: str = "nl-BE"
    ) -> Window:
        """Open a window of a new profile."""
        ...
