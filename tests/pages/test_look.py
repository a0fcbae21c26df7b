"""A shop's own layout around the library's pages, and what browsers may load there."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from shopprivacy.errors import PageError
from shopprivacy.pages.look import Look
from tests.pages.desk import Desk, fields_of
from tests.pages.reading_html import read_html

PATH = "/privacy/choices?lang=fr"


def _layout(content: str, title: str, language: str) -> str:
    return f"<html lang={language}><title>{title}</title><h6>The shop</h6>{content}</html>"


def test_pages_stand_in_the_shops_layout() -> None:
    """It gets the content, which is HTML, the title, which is text, and the language, and makes a document of them."""
    desk = Desk()
    desk.endpoints.pages.look = Look(_layout)
    page = desk.get(PATH)
    assert page.startswith(
        '<html lang=fr><title>Vos choix</title><h6>The shop</h6><div class="sp-page" data-turbo="false" '
    )
    content = read_html(page.partition("</h6>")[2].removesuffix("</html>"))
    assert content.one("form").attributes["action"] == "/privacy/choices"
    assert "The shop" in bytes(desk.ask("POST", "/privacy/consent").body).decode()
    assert "The shop" in desk.get("/privacy/cookies")


def test_the_content_is_markup() -> None:
    """An engine that escapes what it fills in leaves the content as it is."""
    desk = Desk()
    desk.endpoints.pages.look = Look(lambda content, _title, _language: Markup("<p>{}</p>").format(content))
    assert desk.get(PATH).startswith('<p><div class="sp-page"')


def test_where_it_fails_ours_is_used() -> None:
    """An error in a header keeps nobody from refusing; somebody is told."""

    def broken(_content: str, _title: str, _language: str) -> str:
        raise ZeroDivisionError

    failed: list[Exception] = []
    desk = Desk(failed=failed.append)
    desk.endpoints.pages.look = Look(broken)
    assert desk.get(PATH) == Desk().get(PATH)
    assert [type(error) for error in failed] == [ZeroDivisionError]


def test_a_layout_that_drops_the_content_is_not_shown() -> None:
    """It may read what has changed since it was reviewed; then the library's own takes its place."""
    failed: list[Exception] = []
    desk = Desk(failed=failed.append)
    desk.endpoints.pages.look = Look(lambda content, *_: content.replace("refuse", "accept"))
    assert desk.get(PATH) == Desk().get(PATH)
    assert [type(error) for error in failed] == [PageError]


def test_there_is_one_layout() -> None:
    """Another application's would go around the pages of both; the same one may be given again."""
    pages = Desk().endpoints.pages
    pages.look = Look(_layout)
    pages.look = Look(_layout)
    for other in (Look(), Look(print), Look(_layout, ["https://static.shop.example"])):  # type: ignore[arg-type]
        with pytest.raises(PageError, match="a Privacy of its own"):
            pages.look = other


def test_it_may_load_what_is_the_shops_own() -> None:
    """Style sheets, fonts and pictures come from the shop and the hosts it names, scripts from the shop alone."""
    look = Look(_layout, ["https://static.shop.example", "https://cdn.shop.example:8443"])
    directives = dict(directive.split(" ", 1) for directive in look.content_security_policy.split("; "))
    hosts = "'self' https://static.shop.example https://cdn.shop.example:8443"
    assert directives == {
        "default-src": "'none'",
        "style-src": hosts,
        "font-src": hosts,
        "img-src": f"{hosts} data:",
        "script-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
        "base-uri": "'none'",
    }
    desk = Desk()
    desk.endpoints.pages.look = look
    assert fields_of(desk.ask("GET", PATH))["content-security-policy"] == look.content_security_policy


@pytest.mark.parametrize(
    "origin",
    [
        "static.shop.example",
        "http://static.shop.example",
        "https://shop.example/",
        "https://*",
        "'unsafe-inline'",
        "",
    ],
)
def test_assets_are_hosts(origin: str) -> None:
    """Nothing but a host that is reached by https gets into the policy."""
    with pytest.raises(PageError, match="assets"):
        Look(_layout, [origin])
