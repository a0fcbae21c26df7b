"""The banner: specs/cookies.md, 'Consent', 'Banner'; WCAG 2.2 AA is measured in tests/browser."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults

import pytest

from shopprivacy.consent.context import CONSENT_KEY
from shopprivacy.gate.response_filter import release
from shopprivacy.pages.static_files import BANNER_SCRIPT, BANNER_STYLE, PAGE_STYLE
from shopprivacy.policy import Policy
from shopprivacy.policy.texts import LANGUAGES
from shopprivacy.wsgi import WSGIGate
from tests.gate.exchange import Host, make_policy, value_of
from tests.pages.desk import Desk
from tests.pages.reading_html import Element, read_html

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

BUDGET = 10 * 1024
"""Bytes that the banner, its style sheet and its script may have together."""

_BIG: dict[str, Any] = {
    name: {"basis": "consent", "asked": "browser"}
    for name in (
        "statistics",
        "personalisation",
        "advertising",
        "social_media",
        "video",
        "mail_statistics",
        "third_party_marketing",
        "cross_device",
        "surveys",
        "functional",
        "cart_reminder",
        "promotions",
    )
}


def _big_policy() -> Policy:
    return make_policy(purposes={"orders": {"basis": "contract"}, **_BIG}, cookies={})


def _buttons(banner: Element) -> dict[str, Element]:
    return {button.attributes["value"]: button for button in banner.all("button", name="choice")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("policy", [make_policy(), _big_policy()], ids=["small", "big"])
def test_the_banner_with_all_that_it_loads_is_under_ten_kilobytes(policy: Policy, language: str) -> None:
    """Banner, style sheet and script together stay under 10 KB in every language, with twelve purposes too."""
    target = "/" + "a" * 200
    banner = Desk(policy).banner(target, language=language)
    assert len(banner.encode()) + len(BANNER_STYLE.content) + len(BANNER_SCRIPT.content) < BUDGET


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_a_form_that_needs_no_script_and_nothing_inline(language: str) -> None:
    """Plain HTML: a POST form, no inline script or style, no byte from elsewhere, in the language asked for."""
    shown = read_html(Desk().banner(language=language))
    region = shown.one("div", role="region")
    assert region.all("script") == []
    assert shown.one("script").attributes["src"].startswith("/privacy/banner.js?v=")
    assert region.attributes["lang"] == language
    title = region.one(id=region.attributes["aria-labelledby"])
    assert title.text == make_policy().text(language).ui["banner_title"]
    form = region.one("form")
    assert (form.attributes["method"], form.attributes["action"]) == ("post", "/privacy/consent")
    assert region.one("link").attributes["href"].startswith("/privacy/banner.css?v=")


def test_refuse_stands_beside_accept_with_equal_weight() -> None:
    """Refusing and accepting are the same kind of button in the same place, refusing first, one press away."""
    banner = read_html(Desk().banner())
    refuse, accept = (_buttons(banner)[value] for value in ("refuse", "accept"))
    (row,) = [
        element
        for element in banner.all("div")
        if {id(c) for c in element.children} >= {id(refuse), id(accept)}
    ]
    assert row.children[-2:] == [refuse, accept]
    assert refuse.attributes.keys() == accept.attributes.keys()
    assert all(refuse not in details.all() for details in banner.all("details"))


def test_no_rule_of_the_style_sheet_tells_the_buttons_apart() -> None:
    """No selector can reach one answer and not the other."""
    selectors = re.findall(r"([^{}]+)\{", (BANNER_STYLE.content + PAGE_STYLE.content).decode())
    assert not [s for s in selectors if "button" in s and re.search(r"value|name|nth|first|last|:not|#", s)]


def test_nothing_is_ticked_and_browsers_bring_no_ticks_back() -> None:
    """Nothing is ticked beforehand, by us or by the browser's memory."""
    banner = read_html(Desk().banner())
    boxes = banner.all("input", type="checkbox")
    assert [box.attributes["value"] for box in boxes] == ["statistics", "ads"]
    assert not [box for box in boxes if "checked" in box.attributes]
    assert banner.one("form").attributes["autocomplete"] == "off"


def test_pressing_enter_in_a_box_saves_the_ticks() -> None:
    """A form's first button is the one that Enter presses; here it is the one that keeps what was ticked."""
    assert next(iter(_buttons(read_html(Desk().banner())))) == "save"


def test_one_purpose_is_answered_by_yes_or_no() -> None:
    """Nothing is to be chosen by purpose where there is one: its explanation stands there at once."""
    desk = Desk()
    desk.post([("choice", "accept"), ("asked", "statistics")])
    banner = read_html(desk.banner())
    assert desk.policy.text("en").purpose("ads").explanation in banner.text
    assert banner.all("details") == banner.all("input", type="checkbox") == []
    assert [*_buttons(banner)] == ["refuse", "accept"]


def test_the_purposes_are_named_before_anything_is_pressed() -> None:
    """What consent is asked for stands there without opening anything."""
    banner = read_html(Desk().banner())
    closed = banner.one("details").all()
    named = [element.text for element in banner.all("b") if element not in closed]
    assert named == ["Visitor statistics, Ads"]


def test_it_leads_to_the_preference_page_and_the_cookie_table() -> None:
    """Preference page and cookie table are one press away, in the banner's language."""
    links = [link.attributes["href"] for link in read_html(Desk().banner(language="de")).all("a")]
    assert links == ["/privacy/choices?lang=de", "/privacy/cookies?lang=de"]


def test_it_is_not_shown_where_nothing_is_asked() -> None:
    """Once everything is answered, or where the policy asks for nothing, there is no banner."""
    desk = Desk()
    desk.post([("choice", "refuse")])
    assert desk.banner() == ""
    assert Desk(make_policy(purposes={"orders": {"basis": "contract"}}, cookies={})).banner() == ""


def test_only_what_is_new_is_asked_again() -> None:
    """A new purpose alone is asked for, and the banner says so."""
    desk = Desk()
    desk.post([("choice", "accept"), ("asked", "statistics")])
    banner = read_html(desk.banner())
    assert [field.attributes["value"] for field in banner.all("input", name="asked")] == ["ads"]
    assert desk.policy.text("en").ui["policy_changed"] in banner.text


def test_what_was_chosen_long_ago_is_asked_again_with_the_reason() -> None:
    """Six months after a choice it is asked for again, and never earlier."""
    desk = Desk()
    desk.post([("choice", "refuse")])
    desk.now += timedelta(days=180)
    assert desk.banner() == ""
    desk.now += timedelta(days=10)
    assert "You made your choice more than 6 months ago" in desk.banner()


def test_afterwards_the_visitor_is_back_on_the_same_page() -> None:
    """The banner names the page that it stands on, or the one that the shop names; never another site."""

    def target(banner: str) -> str:
        return read_html(banner).one("input", name="next").attributes["value"]

    desk = Desk()
    assert target(desk.banner("/products/lamp?colour=red&size=2")) == "/products/lamp?colour=red&size=2"
    assert target(desk.banner("/caf\u00e9 100%")) == "/caf%C3%A9%20100%25"
    visit = desk.visit(desk.head("GET", "/"))
    assert target(desk.endpoints.banner(visit, "en", "/welcome")) == "/welcome"
    assert target(desk.endpoints.banner(visit, "en", "//evil.example")) == "/"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_after_a_page_that_answered_a_form_the_visitor_goes_to_the_front_page(method: str) -> None:
    """What was posted is not posted again, and many such addresses answer nothing else; HEAD is read as GET is."""

    def target(method: str) -> str:
        desk = Desk(mount="/shop")
        banner = desk.endpoints.banner(desk.visit(desk.head(method, "/newsletter?a=1")), "en")
        return read_html(banner).one("input", name="next").attributes["value"]

    assert target(method) == "/shop/"
    assert target("HEAD") == "/shop/newsletter?a=1"


def test_a_path_comes_back_unharmed_from_a_wsgi_server() -> None:
    """WSGI servers hand over the bytes of a path as Latin-1; the visitor still comes back to the same page."""
    desk = Desk()
    seen: list[str] = []

    def page(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        seen.append(desk.endpoints.banner(environ[CONSENT_KEY]))
        start_response("200 OK", [])
        return []

    environ: dict[str, Any] = {
        "PATH_INFO": "/caf\u00e9".encode().decode("latin-1"),
        "HTTP_HOST": "shop.example",
    }
    setup_testing_defaults(environ)
    WSGIGate(page, Host(desk.gate))(environ, lambda *_: lambda _data: None)
    assert read_html(seen[0]).one("input", name="next").attributes["value"] == "/caf%C3%A9"


@pytest.mark.parametrize(("language", "shown"), [(None, "fr"), ("es", "fr"), ("de", "de")])
def test_the_shop_chooses_the_language_or_the_browser_does(language: str | None, shown: str) -> None:
    """The shop may name a language; one that the policy does not have, or none, is negotiated."""
    banner = read_html(Desk().banner(language=language, fields={"accept-language": "fr"}))
    assert banner.one("div", role="region").attributes["lang"] == shown


@pytest.mark.parametrize(
    ("target", "language", "languages", "varies"),
    [
        ("/", None, ["nl", "fr", "en"], True),
        ("/", "es", ["nl", "fr", "en"], True),
        ("/", "fr", ["nl", "fr", "en"], False),
        ("/?lang=fr", None, ["nl", "fr", "en"], False),
        ("/", None, ["en"], False),
    ],
)
def test_a_page_whose_banner_speaks_the_browsers_language_says_so(
    target: str, language: str | None, languages: list[str], *, varies: bool
) -> None:
    """Where a shared cache may keep the page, it keeps one for each language; not where no language was negotiated."""
    desk = Desk(make_policy(languages=languages, cache={"key_header": "ConsentKey"}))
    visit = desk.visit(desk.head("GET", target, {"accept-language": "fr"}))
    desk.endpoints.banner(visit, language)
    assert (b"accept-language" in (value_of(release(visit, []), b"vary") or b"")) is varies


def test_texts_are_escaped() -> None:
    """Texts of the shop are text, whatever stands in them."""
    evil = '<script>alert("1")</script>'
    texts = {
        "en": {
            "purposes": {"ads": {"title": evil, "explanation": evil}},
            "ui": {"banner_title": evil, "save": "{{x}}"},
        }
    }
    banner = read_html(Desk(make_policy(texts=texts)).banner())
    assert banner.one("h2").text == evil
    assert _buttons(banner)["save"].text == "{x}"


def test_a_page_with_a_banner_is_no_other_visitors_page() -> None:
    """A response that asked whether to show the banner depends on consent and tells caches so."""
    desk = Desk()
    visit = desk.visit(desk.head("GET", "/"))
    desk.endpoints.banner(visit)
    assert (b"cache-control", b"private") in release(visit, [])


def test_scripts_that_take_forms_over_leave_ours_alone() -> None:
    """What they send in a form's place is no navigation, and so no yes; search engines leave the text out."""
    desk = Desk()
    for html in (
        desk.banner(),
        desk.get("/privacy/choices"),
        bytes(desk.ask("POST", "/privacy/consent").body).decode(),
    ):
        outermost = html[html.index('<div class="sp-') :].partition(">")[0]
        for attribute in (
            'data-turbo="false"',
            'hx-boost="false"',
            "hx-disable",
            "data-no-swup",
            "data-barba-prevent",
        ):
            assert attribute in outermost
        assert html.count("<form") == html.count("data-astro-reload") == html.count('up-submit="false"')
    assert "data-nosnippet" in desk.banner().partition(">")[0]
