"""A layout may not hide the content, change it, or stand a form of its own beside it."""

from __future__ import annotations

from functools import partial

import pytest
from markupsafe import Markup

from shopprivacy.pages.look import Layout
from tests.gate.exchange import make_policy
from tests.pages.reviewed import problems


def _body(before: str, after: str = "", html: str = "", head: str = "") -> Layout:
    def layout(content: Markup, title: str, language: str) -> str:
        return (
            f'<!doctype html><html lang="{language}"{html}><head><title>{title}</title>{head}</head>'
            f"<body>{before}{str(content)}{after}</body></html>"  # noqa: RUF010  # Markup would escape its surroundings
        )

    return layout


def _of(layout: Layout) -> list[str]:
    return problems(make_policy(languages=["en"]), None, layout)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("<!--", "-->", "would not read the content as HTML"),
        ("<textarea>", "</textarea>", "would not read the content as HTML"),
        ('<p title="', '"></p>', "browsers do not all read"),
        ("<p title='", "'></p>", "would not read the content as HTML"),
        ("<script>", "</script>", "would not read the content as HTML"),
        ("<xmp>", "</xmp>", "would not read the content as HTML"),
        ("<section><div hidden>", "</div></section>", "in <div hidden>"),
        ("<template>", "</template>", "in <template>"),
        ("<noscript>", "</noscript>", "in <noscript>"),
        ("<dialog open>", "</dialog>", "in <dialog open>"),
        ("<details open>", "</details>", "in <details open>"),
        ('<a href="/">', "</a>", 'in <a href="/">'),
        ("<fieldset disabled>", "</fieldset>", "in <fieldset disabled>"),
        ('<main style="display: none">', "</main>", "the content cannot be seen at once"),
        ('<main aria-hidden="true">', "</main>", "the content cannot be seen at once"),
        ("<form>", "</form>", "a form is inside another form"),
        ("", "<body hidden>", "<body hidden> would hide the content"),
        ('<form method="POST" action="consent"></form>', "", "would post to where consent is given"),
        ('<form method="post"><button>x</button></form>', "", "would post to where consent is given"),
        (
            '<form action="/s"><button formmethod="post" formaction="/privacy/choices">x</button></form>',
            "",
            "would post to where consent is given",
        ),
        ('<form action=""><p><button formmethod="post">x</button></p></form>', "", "would post to where"),
        ('<meta http-equiv="Refresh" content="9">', "", "would lead visitors away"),
        ('<div srcdoc="x"></div>', "", "remove srcdoc"),
        ("<p hidden/>", "", "browsers do not take <p hidden/> for ended"),
        ("<p class=x class=y>", "</p>", "has class twice"),
    ],
)
def test_what_a_layout_may_not_do(before: str, after: str, problem: str) -> None:
    """Each is an error at start."""
    assert [one for one in _of(_body(before, after)) if problem in one]


def test_html_hides_what_is_in_it() -> None:
    """An attribute at the top reaches everything."""
    assert [one for one in _of(_body("", html=" inert")) if "would hide the content" in one]


def test_the_content_stands_there_once() -> None:
    """A second copy, changed or not, is not what was reviewed."""
    for change in ("accept", "refuse"):
        found = _of(lambda c, t, l, to=change: _body(str(c).replace("refuse", to))(c, t, l))  # type: ignore[misc]  # noqa: E741
        assert found


def test_no_control_outside_belongs_to_the_contents_form(tmp_path: object) -> None:
    """A button elsewhere may be a button of a form by its id."""
    found: list[str] = []

    def layout(content: Markup, title: str, language: str) -> str:
        found.append(str(content))
        return _body('<button form="status-ads" name="choice" value="accept">OK</button>')(
            content, title, language
        )

    assert [one for one in _of(layout) if "would belong to the content's form" in one]
    assert 'id="status-ads"' in found[0]


def test_what_a_layout_may_have() -> None:
    """A shop's own search, pictures as SVG, menus that open, and comments."""
    layout = _body(
        "<!--[if IE]><p>x</p><![endif]--><svg viewBox='0 0 1 1'><path d='M0 0'/></svg><noscript>x</noscript>"
        "<nav><details><summary>Menu</summary><ul><li><a href=/a>a</a><li>b</ul></details></nav>"
        '<form><input name="q"></form>'
        '<form method="post" action="/newsletter" id="n"></form><button form="n">ok</button><main>',
        "</main><textarea></textarea><br/>",
    )
    assert _of(layout) == []


def test_each_page_is_laid_out() -> None:
    """A layout that drops the content of one page alone is found."""
    whole, titles = _body(""), set[str]()

    def noted(content: Markup, title: str, language: str, without: str = "") -> str:
        titles.add(title)
        return whole(Markup() if title == without else content, title, language)

    assert _of(noted) == []
    assert len(titles) == 3
    for title in sorted(titles):
        found = _of(partial(noted, without=title))
        assert [one for one in found if "is not in it unchanged" in one]
