"""What pages of other origins can do to a visitor's choices in chromium: nothing.

A foreign site and a sister subdomain try to grant and to refuse in the visitor's name, and to toss consent cookies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import TYPE_CHECKING

import pytest

from shopprivacy.consent.choices import Choice
from shopprivacy.consent.cookie import encode
from tests.browser.conftest import SWITCHES
from tests.browser.origins import EVIL, SHOP, SISTER, Attack, Origins, served
from tests.gate.exchange import KEYSET, choices, make_policy
from tests.http.test_csrf import EVIL_TARGETS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser
CONSENT = "/privacy/consent"
ATTACK = "/attack"
AHEAD = {"prefetch ahead", "prerender"}
"""What chromium asks ahead of a visit, with the visitor's cookies, for a page of the same site but of no other one."""


_TELLING = """<script>
const tell = () => {
  const how = performance.getEntriesByType("navigation")[0].activationStart > 0 ? "activated" : "fetched"
  fetch(`/told/${how}/${document.querySelector("form") ? "asking" : "silent"}`)
}
document.prerendering ? document.addEventListener("prerenderingchange", tell) : tell()
</script>"""
"""Tells the shop, once its page is one that a visitor sees, whether it had been rendered ahead and whether it asks."""


@pytest.fixture(scope="module")
def origins() -> Iterator[Origins]:
    """The shop and the sites beside it."""
    with served() as serving:
        yield serving


@pytest.fixture
def context(chromium: Browser, origins: Origins) -> Iterator[BrowserContext]:
    """A browser profile that has been nowhere."""
    origins.asked.clear()
    origins.pages.clear()
    origins.sent.clear()
    context = chromium.new_context(locale="en-GB")
    yield context
    context.close()


def _form(
    origins: Origins, choice: str, *, target: str = "_self", to: str | None = None, kind: str = ""
) -> str:
    fields = "".join(
        f'<input name="{name}" value="{value}">' for name, value in (("choice", choice), ("next", "/"))
    )
    enctype = f' enctype="{kind}"' if kind else ""
    action = to or origins.url(SHOP, CONSENT)
    return (
        f'<form method="post" action="{action}" target="{target}"{enctype}>{fields}</form>'
        "<script>document.forms[0].submit()</script>"
    )


def _script(origins: Origins, script: str) -> str:
    return script.replace("SHOP", origins.url(SHOP)[:-1])


def _ahead(how: str, url: str) -> str:
    """A page's wish that the browser asks for another ahead of a visit (Speculation rules, section 2)."""
    rules = {how: [{"source": "list", "urls": [url], "eagerness": "immediate"}]}
    return f"<script type='speculationrules'>{json.dumps(rules)}</script>"


def _attacks(choice: str) -> dict[str, Attack]:
    """Every way by which a page makes a browser ask another site for something."""
    body = f'new URLSearchParams("choice={choice}&next=/")'
    frame = '<iframe name="hidden" style="opacity:0"></iframe>'

    def framed(origins: Origins) -> str:
        origins.pages["/inner"] = _form(origins, choice)
        return '<iframe src="/inner"></iframe>'

    def redirected(origins: Origins) -> str:
        origins.sent["/on"] = [("Location", origins.url(SHOP, CONSENT))]
        return _form(origins, choice, to="/on")

    def opened(origins: Origins) -> str:
        origins.pages["/inner"] = _form(origins, choice)
        return '<script>window.open("/inner")</script>'

    return {
        "form": lambda origins: _form(origins, choice),
        "form into a new window": lambda origins: _form(origins, choice, target="_blank"),
        "form into a frame": lambda origins: frame + _form(origins, choice, target="hidden"),
        "form as text": lambda origins: _form(origins, choice, kind="text/plain"),
        "form as multipart": lambda origins: _form(origins, choice, kind="multipart/form-data"),
        "form in a frame": framed,
        "form in a sandbox": lambda origins: (
            "<iframe sandbox='allow-scripts allow-forms' srcdoc='"
            + _form(origins, choice).replace("'", "")
            + "'></iframe>"
        ),
        "form by a redirect": redirected,
        "form by another window": opened,
        "fetch": lambda origins: _script(
            origins,
            f"<script>fetch('SHOP{CONSENT}', {{method: 'POST', credentials: 'include', body: {body}}})</script>",
        ),
        "fetch without CORS": lambda origins: _script(
            origins,
            f"<script>fetch('SHOP{CONSENT}', {{method: 'POST', mode: 'no-cors', credentials: 'include', body: {body}}})"
            "</script>",
        ),
        "beacon": lambda origins: _script(
            origins, f"<script>navigator.sendBeacon('SHOP{CONSENT}', {body})</script>"
        ),
        "XMLHttpRequest": lambda origins: _script(
            origins,
            f"<script>x = new XMLHttpRequest(); x.open('POST', 'SHOP{CONSENT}'); x.withCredentials = true;"
            f"x.send({body})</script>",
        ),
        "navigation": lambda origins: _script(
            origins, f"<script>location = 'SHOP{CONSENT}?choice={choice}'</script>"
        ),
        "image": lambda origins: _script(origins, f"<img src='SHOP{CONSENT}?choice={choice}'>"),
        "script": lambda origins: _script(origins, f"<script src='SHOP{CONSENT}?choice={choice}'></script>"),
        "style sheet": lambda origins: _script(
            origins, f"<link rel='stylesheet' href='SHOP{CONSENT}?choice={choice}'>"
        ),
        "prefetch": lambda origins: _script(
            origins, f"<link rel='prefetch' href='SHOP{CONSENT}?choice={choice}'>"
        ),
        "frame": lambda origins: _script(origins, f"<iframe src='SHOP{CONSENT}?choice={choice}'></iframe>"),
        "prefetch ahead": lambda origins: _ahead("prefetch", origins.url(SHOP, f"{CONSENT}?choice={choice}")),
        "prerender": lambda origins: _ahead("prerender", origins.url(SHOP, f"{CONSENT}?choice={choice}")),
    }


def _until(page: Page, happened: Callable[[], object], seconds: float = 20) -> None:
    """Let the browser go on until something has happened, or for a while where it never does."""
    for _ in range(int(seconds * 50)):
        if happened():
            break
        page.wait_for_timeout(20)


def _visit(page: Page, host: str, origins: Origins, attack: str) -> None:
    """Open a page that attacks, and wait until its request has reached the shop and the answer is there."""
    before = len(origins.asked)
    stays_away = attack in AHEAD and host == EVIL
    page.goto(origins.url(host, ATTACK), wait_until="commit")

    def reached() -> bool:
        return any(asked.path == CONSENT for asked in origins.asked[before:])

    _until(page, reached, 1 if stays_away else 20)
    page.wait_for_timeout(50)
    assert reached() is not stays_away


def _answer(page: Page, origins: Origins, choice: str) -> dict[str, str]:
    """Answer the banner on the shop's own page; return the cookies of then."""
    page.goto(origins.url(SHOP))
    page.locator(f'button[value="{choice}"]').click()
    _until(page, lambda: "__Host-consent" in _cookies(page.context, origins))
    page.wait_for_load_state()
    return _cookies(page.context, origins)


def _cookies(context: BrowserContext, origins: Origins) -> dict[str, str]:
    return {str(c["name"]): str(c["value"]) for c in context.cookies(origins.url(SHOP))}


@pytest.mark.parametrize("host", [EVIL, SISTER])
@pytest.mark.parametrize("attack", _attacks("accept"))
def test_no_other_origin_can_grant(context: BrowserContext, origins: Origins, attack: str, host: str) -> None:
    """Whatever a page elsewhere makes the browser ask for reaches the shop, and grants nothing."""
    granted = origins.granted
    page = context.new_page()
    page.goto(origins.url(SHOP))
    origins.pages[ATTACK] = "<!doctype html><title>Attack</title>" + _attacks("accept")[attack](origins)
    _visit(page, host, origins, attack)
    reached = [asked for asked in origins.asked if asked.path == CONSENT]
    # Chromium says "none" of what it fetches ahead for a page of the same site; only what is posted could count.
    assert all(asked.site in {"cross-site", "same-site"} or asked.method == "GET" for asked in reached)
    assert set(_cookies(context, origins)) == {"cart"}
    page = context.new_page()
    page.goto(origins.url(SHOP))
    assert page.locator('button[value="accept"]').is_visible()
    assert origins.granted == granted


@pytest.mark.parametrize(
    ("attack", "host"),
    [
        *((attack, EVIL) for attack in _attacks("refuse")),
        *((attack, SISTER) for attack in ("form", "fetch", *sorted(AHEAD))),
    ],
)
def test_no_other_origin_can_withdraw(
    context: BrowserContext, origins: Origins, attack: str, host: str
) -> None:
    """Where the browser says that a request came from elsewhere, it does not count, not even to narrow."""
    page = context.new_page()
    chosen = _answer(page, origins, "accept")
    assert set(chosen) == {"__Host-consent", "_ga", "cart"}
    origins.asked.clear()
    origins.pages[ATTACK] = "<!doctype html><title>Attack</title>" + _attacks("refuse")[attack](origins)
    _visit(page, host, origins, attack)
    assert _cookies(context, origins) == chosen


def test_a_page_rendered_ahead_for_a_sister_grants_nothing(origins: Origins, tmp_path: Path) -> None:
    """Nor when the visitor then comes to it: it asks, as it would have if it had been fetched then.

    Chromium renders nothing ahead where somebody drives it, so here the pages do what a visitor would.
    """
    granted = origins.granted
    origins.asked.clear()
    origins.script = _TELLING
    origins.pages["/seen"] = "wait"
    origins.pages[ATTACK] = (
        f"<!doctype html>{_ahead('prerender', origins.url(SHOP))}<script>(async () => {{"
        "while (await (await fetch('/seen')).text() === 'wait');"
        f"location = '{origins.url(SHOP)}' }})()</script>"
    )
    command = ["chromium", "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={tmp_path}"]
    with Popen([*command, *SWITCHES, origins.url(SISTER, ATTACK)], stdout=DEVNULL, stderr=DEVNULL) as browser:
        try:
            ahead = origins.wait_for("/privacy/banner.css")
            origins.pages["/seen"] = "go on"
            told = origins.wait_for("/told/activated/asking")
        finally:
            browser.terminate()
            origins.script = ""
    assert {asked.purpose for asked in origins.asked if asked.path == "/"} == {"prefetch;prerender"}
    assert (ahead.purpose, ahead.cookies) == ("prefetch;prerender", "cart=1")
    assert (told.purpose, told.cookies) == ("", "cart=1")
    assert origins.granted == granted


def test_our_own_pages_cannot_be_framed_by_others(context: BrowserContext, origins: Origins) -> None:
    """The preference page in another site's frame shows nothing to click on."""
    page = context.new_page()
    origins.pages[ATTACK] = f"<!doctype html><iframe src='{origins.url(SHOP, '/privacy/choices')}'></iframe>"
    page.goto(origins.url(EVIL, ATTACK))
    assert any(asked.path == "/privacy/choices" for asked in origins.asked)
    assert page.frames[1].locator("form").count() == 0


def _framed(context: BrowserContext, origins: Origins, host: str) -> Page:
    page = context.new_page()
    origins.pages[ATTACK] = (
        f"<!doctype html><iframe src='{origins.url(SHOP)}' width='900' height='600'></iframe>"
    )
    page.goto(origins.url(host, ATTACK))
    return page


def test_another_sites_frame_has_no_banner_to_click_on(context: BrowserContext, origins: Origins) -> None:
    """The shop's own page may be framed; what the visitor answered does not come along there, so nobody is asked."""
    page = _framed(context, origins, EVIL)
    assert any(asked.destination == "iframe" for asked in origins.asked)
    assert page.frames[1].locator('button[value="accept"]').count() == 0


def test_a_click_on_the_banner_in_a_sisters_frame_grants_nothing(
    context: BrowserContext, origins: Origins
) -> None:
    """A visitor who is made to click on the banner in a frame of the same site has not granted."""
    granted = origins.granted
    page = _framed(context, origins, SISTER)
    frame = page.frame_locator("iframe")
    frame.locator('button[value="accept"]').click()
    _until(page, lambda: any(asked.path == CONSENT for asked in origins.asked))
    page.wait_for_timeout(50)
    assert any(asked.path == CONSENT and asked.destination == "iframe" for asked in origins.asked)
    assert "__Host-consent" not in _cookies(context, origins)
    assert origins.granted == granted


TOSSED = [
    "__Host-consent={value}; Domain=shop.localhost; Path=/; Secure",
    "__Host-consent={value}; Domain=shop.localhost; Path=/",
    "__host-consent={value}; Domain=shop.localhost; Path=/; Secure",
    "__HOST-CONSENT={value}; Domain=shop.localhost; Path=/; Secure",
    "=__Host-consent={value}; Domain=shop.localhost; Path=/",
    "__Host-consent; Domain=shop.localhost; Path=/",
    "\xa0__Host-consent={value}; Domain=shop.localhost; Path=/",
    "\x85__Host-consent={value}; Domain=shop.localhost; Path=/",
    "\xc2\xa0__Host-consent={value}; Domain=shop.localhost; Path=/",
    "__Host-consent\xa0={value}; Domain=shop.localhost; Path=/",
    " __Host-consent={value}; Domain=shop.localhost; Path=/",
    "\t__Host-consent\t= {value}; Domain=shop.localhost; Path=/privacy",
    '"__Host-consent={value}"; Domain=shop.localhost; Path=/',
    'x="; Domain=shop.localhost; Path=/',
]
"""By Set-Cookie, from a sister subdomain; the value grants everything and is genuine."""


@pytest.mark.parametrize("chosen", ["nothing", "refuse"])
def test_a_tossed_cookie_grants_nothing(context: BrowserContext, origins: Origins, chosen: str) -> None:
    """A sister subdomain plants consent cookies and look-alikes for the parent domain, in headers and by script."""
    policy = make_policy()
    value = encode(choices(policy, statistics=Choice.GRANTED, ads=Choice.GRANTED), KEYSET)
    page = context.new_page()
    before = _answer(page, origins, chosen) if chosen == "refuse" else {}
    origins.sent["/toss"] = [("Set-Cookie", tossed.format(value=value)) for tossed in TOSSED]
    scripted = [tossed.format(value=value) for tossed in TOSSED]
    origins.pages["/toss"] = (
        f"<!doctype html><script>for (c of {json.dumps(scripted)}) document.cookie = c</script>"
    )
    page.goto(origins.url(SISTER, "/toss"))
    assert len(context.cookies(origins.url(SHOP))) > len(before), "nothing was tossed"
    page.goto(origins.url(SHOP))
    sent = next(asked.cookies for asked in reversed(origins.asked) if asked.path == "/").split("; ")
    assert sum("consent" in pair.lower() for pair in sent) > 4
    genuine = [pair.partition("=")[2] for pair in sent if pair.partition("=")[0] == "__Host-consent"]
    assert genuine == [before[name] for name in before if name == "__Host-consent"]
    assert "_ga" not in _cookies(context, origins)
    banner = page.locator('button[value="accept"]')
    assert banner.is_visible() is (chosen == "nothing")


def test_a_flood_of_cookies_grants_nothing(context: BrowserContext, origins: Origins) -> None:
    """A sister fills the jar until the choice falls out of it: the visitor is asked again and has agreed to nothing."""
    page = context.new_page()
    _answer(page, origins, "accept")
    origins.pages[ATTACK] = (
        "<!doctype html><script>for (let n = 0; n < 1000; n++) "
        "document.cookie = `x${n}=1; Domain=shop.localhost; Path=/; Secure`; "
        "document.title = document.cookie</script>"  # read, because what is only written may still be on its way
    )
    page.goto(origins.url(SISTER, ATTACK))
    assert "__Host-consent" not in _cookies(context, origins)
    origins.asked.clear()
    page.goto(origins.url(SHOP))
    assert page.locator('button[value="accept"]').is_visible()
    assert "_ga" not in _cookies(context, origins)


_SURVIVORS = [
    "/%2F%2Fevil.localhost",
    "/%5Cevil.localhost",
    "/%09/evil.localhost",
    "/.//evil.localhost",
    "/..//evil.localhost",
    "/;//evil.localhost",
    "/@evil.localhost",
    "/:80//evil.localhost",
    "/\u2044evil.localhost",
    "/\uff0fevil.localhost",
    "/\u2215/evil.localhost",
    "/\u2028/evil.localhost",
    "/ /evil.localhost",
    "/?//evil.localhost",
    "/#//evil.localhost",
    "/a/../..//evil.localhost",
    "/%00//evil.localhost",
    "/\ufeff/evil.localhost",
    "/\u00a0//evil.localhost",
    "/javascript:alert(1)",
    "/" + "a" * 2000,
]


@pytest.mark.parametrize("target", [*EVIL_TARGETS, *_SURVIVORS], ids=ascii)
def test_the_answer_keeps_the_browser_here(context: BrowserContext, origins: Origins, target: str) -> None:
    """Wherever a form asks to go on to, chromium ends on a page of the shop."""
    page = context.new_page()
    page.goto(origins.url(SHOP))
    evil = re.sub(r"evil\.(example|localhost)", f"{EVIL}:{origins.port}", target)
    page.evaluate("target => { document.querySelector('form input[name=next]').value = target }", evil)
    page.locator('button[value="refuse"]').click()
    _until(page, lambda: "__Host-consent" in _cookies(context, origins))
    page.wait_for_load_state()
    assert page.url.startswith(origins.url(SHOP))
    assert "__Host-consent" in _cookies(context, origins)
