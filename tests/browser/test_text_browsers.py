"""Text browsers: no style, no script, no pointer. What they show is the order and the words that screen readers get."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from shopprivacy.policy.texts import LANGUAGES, default_texts
from tests.browser.tls import https
from tests.shops.running import RunningShop

pytestmark = pytest.mark.browser

_PATIENCE = 30


class TextBrowser:
    """A w3m with a home of its own, and so with cookies of its own."""

    def __init__(self, shop: str, home: Path) -> None:
        self._shop = shop
        self._home = home

    def _run(self, *command: str, terminal: int | None = None) -> str:
        ended = subprocess.run(
            ["w3m", "-o", "ssl_verify_server=0", "-cookie", "-o", "accept_cookie=1", *command],
            env={"HOME": str(self._home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "vt100"},
            stdin=terminal,
            stdout=subprocess.PIPE if terminal is None else terminal,
            start_new_session=True,
            timeout=_PATIENCE,
            check=True,
        )
        return "" if ended.stdout is None else ended.stdout.decode()

    def read(self, path: str) -> list[str]:
        """Return the lines of a page, the empty ones left out."""
        return [line.strip() for line in self._run("-dump", self._shop + path).splitlines() if line.strip()]

    def type(self, path: str, keys: str) -> None:
        """Open a page, press keys, and leave."""
        outside, inside = pty.openpty()
        os.write(outside, f"{keys}Q".encode())
        try:
            self._run(self._shop + path, terminal=inside)
        finally:
            os.close(inside)
            with suppress(OSError):
                os.close(outside)

    @property
    def cookies(self) -> set[str]:
        """The names in the browser's jar."""
        jar = self._home / ".w3m" / "cookie"
        return {line.split("\t")[1] for line in jar.read_text().splitlines()} if jar.exists() else set()


@pytest.fixture
def w3m(shop: RunningShop, tmp_path: Path) -> Iterator[TextBrowser]:
    """A text browser that visits the shop over HTTPS."""
    with https(shop.url, tmp_path) as url:
        yield TextBrowser(url, tmp_path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_banner_reads_in_order(w3m: TextBrowser, language: str) -> None:
    """Question, reason, each purpose on a line of its own, the links, and refuse before accept; then the page."""
    texts = default_texts(language)
    lines = w3m.read(f"/privacy?lang={language}")  # the shop's own page; ``lang`` is the library's
    answers = " ".join(texts.ui[key] for key in ("save", "refuse_all", "accept_all"))
    banner = lines[lines.index(texts.ui["banner_title"]) : lines.index(answers)]
    titles = [texts.purpose(name).title for name in ("statistics", "advertising", "personalisation", "video")]
    assert f"{texts.ui['banner_intro']} {', '.join(titles)}" in " ".join(banner)
    assert [line for line in banner if line.startswith("[ ]")] == [f"[ ] {title}" for title in titles]
    links = f"{texts.ui['change_any_time']} {texts.ui['cookie_settings']} {texts.ui['cookies_title']}"
    assert banner[-1] == links


def test_the_question_is_answered_with_the_keys_of_a_text_browser(w3m: TextBrowser) -> None:
    """Search for the button, press it: the choice is kept, and the question is gone."""
    question = default_texts("en").ui["banner_title"]
    assert question in w3m.read("/?lang=en")
    w3m.type("/?lang=en", "/Refuse all\r\r")
    assert "__Host-consent" in w3m.cookies
    assert question not in w3m.read("/?lang=en")


def test_a_grant_that_nobody_can_trace_is_not_counted(w3m: TextBrowser) -> None:
    """w3m does not say where a form came from, so accepting grants nothing, and the question stays."""
    w3m.type("/?lang=en", "/Accept all\r\r")
    assert w3m.cookies <= {"lang"}
    assert default_texts("en").ui["banner_title"] in w3m.read("/?lang=en")


def test_the_preference_page_is_filled_in_in_a_text_browser(w3m: TextBrowser) -> None:
    """The first purpose is objected to and saved, the others are left alone, and the page tells so."""
    path = "/privacy/choices?lang=en"
    w3m.type(path, "/[(] [)] No\rl\r/Save my choice\r\r")
    lines = w3m.read(path)
    choices = [line.partition(",")[0] for line in lines if line.startswith("Your choice:")]
    assert choices == ["Your choice: objected", *["Your choice: not chosen yet"] * 4]
    assert lines.count("( ) No ( ) Yes") == 4


def test_the_cookie_table_is_a_table_in_a_text_browser(w3m: TextBrowser) -> None:
    """A cookie stands on one line with its purpose and its life."""
    (line,) = [line for line in w3m.read("/privacy/cookies?lang=en") if line.startswith("_gid ")]
    assert line.split(maxsplit=1)[1].split("  ")[0] == "Visitor statistics"
    assert "1 day" in line


def test_no_browser_says_yes_by_itself(shop: RunningShop) -> None:
    """Lynx ticks the first of a row of radio buttons where none is ticked: that must not be the one that allows."""
    page = subprocess.run(
        ["lynx", "-dump", "-nolist", f"{shop.url}/privacy/choices?lang=en"],
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=True,
    ).stdout
    assert page.count("Yes") == 5
    assert page.count("(*) Yes") == 1  # visits, which need no consent and stand until somebody objects
