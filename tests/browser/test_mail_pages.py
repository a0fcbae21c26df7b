"""The pages behind the links in mails: in a narrow window, through axe-core, and in text browsers."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.mail.address import mail_key
from shopprivacy.mail.confirmation import Confirmation, make_confirmation
from shopprivacy.mail.link import Link, make_token
from shopprivacy.policy.fingerprint import link_tag_of
from shopprivacy.policy.texts import LANGUAGES, default_texts
from tests.browser.faults import broken_rules, misplaced
from tests.browser.window import OpenWindow, Window
from tests.shops.actions import new_address
from tests.shops.running import RunningShop

pytestmark = pytest.mark.browser
NARROW = 320
"""CSS pixels: WCAG 2.2, 1.4.10."""


def unsubscribe_path(shop: RunningShop, purpose: str) -> str:
    """The path of a link of somebody's."""
    keyset = LocalKeyFile(shop.keys).load()
    return "/u/" + make_token(keyset, Link(mail_key(keyset, new_address()), link_tag_of(purpose)))


def confirmation_path(shop: RunningShop) -> str:
    """The path of a link that confirms a sign-up."""
    keyset = LocalKeyFile(shop.keys).load()
    said = Confirmation(mail_key(keyset, new_address()), link_tag_of("newsletter"), shop.now, 10**9)
    return "/privacy/confirm/" + make_confirmation(keyset, said)


def _visit(window: Window, shop: RunningShop, language: str) -> Iterator[str]:
    """Show each page in turn; yield its name."""
    page = window.page
    page.goto(f"{unsubscribe_path(shop, 'newsletter')}?lang={language}")
    yield "unsubscribe"
    window.send('button[name="List-Unsubscribe"]')
    assert page.get_by_role("status").is_visible()
    yield "unsubscribed"
    window.send('button[value="direct_marketing"]')
    yield "unsubscribed from all"
    page.fill("#sp-address", new_address())
    window.send('button[name="resume"] >> nth=0')
    yield "a link is on its way"
    page.goto(f"/u/nothing?lang={language}")
    yield "a link that nobody can read"
    page.goto(f"{confirmation_path(shop)}?lang={language}")
    yield "please confirm"
    page.check('input[name="yes"]')
    window.send("main form button")
    yield "subscribed"
    page.goto(f"/privacy/confirm/nothing?lang={language}")
    yield "void"


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_behind_links_break_no_rule(open_window: OpenWindow, shop: RunningShop, language: str) -> None:
    """Nothing that machines can find (WCAG 2.2 AA), nothing outside the window, no script, and no cookie."""
    window = open_window(width=NARROW, javascript=True)
    faults: list[str] = []
    for name in _visit(window, shop, language):
        assert window.page.locator("html").get_attribute("lang") == language
        faults += [f"{name}: {fault}" for fault in (*broken_rules(window.page), *misplaced(window.page))]
        window.picture(f"{name}-{language}")
    assert faults == []
    assert window.cookies == set()
    assert window.elsewhere == []


def test_they_work_without_scripts(open_window: OpenWindow, shop: RunningShop) -> None:
    """From the button in the mail to the confirmed sign-up."""
    names = list(_visit(open_window(javascript=False), shop, "nl"))
    assert len(names) == 8


@pytest.mark.parametrize("program", [("w3m", "-dump"), ("lynx", "-dump", "-nolist")])
def test_they_read_in_text_browsers(shop: RunningShop, program: tuple[str, ...]) -> None:
    """What would end and the button that ends it, in this order."""
    ui = default_texts("nl").ui
    url = f"{shop.url}{unsubscribe_path(shop, 'newsletter')}?lang=nl"
    said = subprocess.run([*program, url], capture_output=True, text=True, check=True, timeout=30).stdout
    words = " ".join(said.split())
    title = default_texts("nl").purpose("newsletter").title
    text = ui["unsubscribe_text"].format(title=title).split("“")[0].strip()
    assert words.index(text) < words.rindex(ui["unsubscribe_button"])
