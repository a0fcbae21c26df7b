"""What a shop's own templates and layout may not change: the record of consent must stay true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import shopprivacy.pages
from shopprivacy.pages.look import Layout
from shopprivacy.policy import load
from tests.gate.exchange import make_policy
from tests.pages.reviewed import changed, problems

OURS = Path(shopprivacy.pages.__file__).parent / "templates"
POLICIES = Path(__file__).parents[2] / "examples" / "policies"


@pytest.mark.parametrize("name", ["carpets", "customer_admin", "demo", "design_gifts", "hardware", "optics"])
def test_our_own_templates_are_right(name: str) -> None:
    """What is asked of a shop's templates holds of ours, with every policy and in every language."""
    assert problems(load(POLICIES / f"{name}.toml")) == []


def test_nothing_is_asked_of_a_banner_that_is_never_shown(tmp_path: Path) -> None:
    """A shop that asks for nothing may have anything in the place of the banner and the form."""
    (tmp_path / "banner.html").touch()
    assert problems(make_policy(purposes={"orders": {"basis": "contract"}}, cookies={}), tmp_path) == []


def test_another_look_is_the_shops_own_affair(tmp_path: Path) -> None:
    """Other elements around the form, other classes for both answers, a picture in both, another order of the boxes."""
    found = changed(
        tmp_path,
        "banner.html",
        ('<div class="sp-ask">', "<div class='mine'><aside><div>"),
        (r"</form>\n", "</aside></div></form>\n"),
        (
            'name="choice" value="(refuse|accept)">',
            r'name="choice" value="\1" class="b"><img src="/x.png" alt=""> ',
        ),
        ("in purposes %", "in purposes|reverse %"),
        ('<div class="sp-answer">', '<p class="row">'),
        (r"</div>\n</aside>", "</p></aside>"),
    )
    assert found == []


def test_one_purpose_alone_may_have_a_box_and_need_not(tmp_path: Path) -> None:
    """Of one purpose refuse and accept say all; a box for it comes with save, and save with a box."""
    always = (r"\{% if purposes\|length > 1 %\}", "{% if true %}")
    assert changed(tmp_path, "banner.html", always) == []
    box = (r"(?s)\{% if purposes\|length > 1 %\}(.*?)\{% else %\}.*?\{% endif %\}", r"\1")
    assert [one for one in changed(tmp_path, "banner.html", box) if "{{ words.save }}</button>, not 0" in one]
    save = (r'\{% if purposes\|length > 1 %\}\n(<button class="sp-save".*)\n\{% endif %\}', r"\1")
    assert [one for one in changed(tmp_path, "banner.html", save) if CHOOSES in one]


NO_BUTTON = 'there must be one <button name="choice" value="refuse">{{ words.refuse_all }}</button>, not 0'
UNEQUAL = "refuse and accept are not alike"
BESIDE = "refuse is not beside accept"
FORM = 'there must be one form with method="post" and action="{{ action }}"'
CHOOSES = "would choose for the visitor"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('<button name="choice" value="refuse">.*\n', ""), NO_BUTTON),
        (('<button name="choice" value="refuse">(.*)</button>', r'<a href="/no">\1</a>'), NO_BUTTON),
        (('(<button name="choice" value="accept">.*\n)', r"\1\1"), "{{ words.accept_all }}</button>, not 2"),
        (("{{ words.refuse_all }}", "No"), 'the button for refuse does not say "Refuse all"'),
        (
            ('value="accept">', 'value="accept" class="big">'),
            f'{UNEQUAL}: <button name="choice" value="refuse"> and',
        ),
        (('value="accept">', 'value="accept" id="yes">'), UNEQUAL),
        (('value="accept">', 'value="accept" style="font-size: 2em">'), UNEQUAL),
        (("{{ words.accept_all }}", "<b>{{ words.accept_all }}</b>"), UNEQUAL),
        (('(<button name="choice" value="accept">.*)', r"<p>\1</p>"), BESIDE),
        (('(<button name="choice" value="accept">.*)', r"<hr>\1"), BESIDE),
        (
            ('(<button name="choice" value="(?:refuse|accept)">.*\n)', ""),
            "{{ words.accept_all }}</button>, not 0",
        ),
        (
            ('class="sp-answer"', 'class="sp-answer" hidden'),
            "refuse cannot be seen at once: it is in <div",
        ),
        (('(<div class="sp-answer">(?s:.*?)</div>)', r"<details>\1</details>"), "it is in <details>"),
        (
            ('type="checkbox"', 'type="checkbox" checked'),
            'checked name="purpose" value="ads"> is ticked beforehand',
        ),
        (
            ('type="checkbox"', 'type="radio"'),
            f'value="ads"> {CHOOSES}; only an <input> of type checkbox may',
        ),
        (
            ('type="checkbox" name="purpose"', 'type="checkbox" name="p"'),
            'name="purpose" value="ads">: each purpose',
        ),
        (("<details>", '<input type="hidden" name="purpose" value="ads"><details>'), CHOOSES),
        (
            ("<details>", '<input type="hidden" name="choice" value="accept"><details>'),
            f"{CHOOSES}; only a button",
        ),
        (
            (r"\{% for name, value in hidden %\}", "{% for name, value in hidden[2:] %}"),
            "does not send asked;",
        ),
        (
            (r"\{% for name, value in hidden %\}", "{% for name, value in [] %}"),
            "does not send asked, shown, next;",
        ),
        (('method="post"', 'method="get"'), FORM),
        (('action="{{ action }}"', 'action="/mine"'), FORM),
        ((' autocomplete="off"', ""), 'no autocomplete="off"'),
        (
            ('(<details>(?s:.*)</details>)((?s:.*))(<button.*"accept".*\n)', r"\3\2\1"),
            "accept is the form's first button",
        ),
        (
            ('value="accept">', 'value="accept" formaction="/mine">'),
            "does not send this form; take formaction out",
        ),
        (('value="save">', 'value="save" type="button">'), "does not send this form; take type out"),
        (
            (r"<b>\{\{ purposes.*</b>", ""),
            'visitors must read "Visitor statistics" outside <details>; put it back',
        ),
        ((r"\{\{ purpose.explanation \}\}", ""), 'visitors must read "We count how our shop is visited'),
        ((r"\{\{ intro \}\}", ""), 'visitors must read "We always use essential cookies'),
        (
            ("{{ choices_url }}", "/"),
            'there is no link to /privacy/choices; write <a href="{{ choices_url }}">',
        ),
        (("{{ cookies_url }}", "/"), "there is no link to /privacy/cookies"),
        (("{{ words.save }}", "{{ words.sav }}"), "line 31 of banner.html: UndefinedError: "),
        (("{% endfor %}", ""), "line "),
    ],
)
def test_what_a_banner_must_keep(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    """Each is an error at start, which names the template and the fix."""
    found = changed(tmp_path, "banner.html", change)
    assert [one for one in found if problem in one]
    assert all(one.startswith("banner.html (en): ") for one in found)


@pytest.mark.parametrize(
    ("template", "change", "problem"),
    [
        ("preferences.html", ('<button name="choice" value="refuse">.*\n', ""), NO_BUTTON),
        (
            "preferences.html",
            ("{% if purpose.denied %} checked{% endif %}", ""),
            "does not show the present choice",
        ),
        ("preferences.html", ("{% if purpose.allowed %}", "{% if true %}"), "is ticked beforehand"),
        (
            "preferences.html",
            ('value="refuse"{%', 'value="no"{%'),
            'name="answer.ads" value="refuse">: each purpose',
        ),
        ("preferences.html", ("{{ purpose.explanation }}", ""), "visitors must read"),
        ("preferences.html", (r"\{\{ status\(purpose\) \}\}", ""), 'must read "not chosen yet"'),
        ("preferences.html", ('{% include "details.html" %}', ""), 'visitors must read "_ga"'),
        ("details.html", ("{{ facts.basis }}", ""), 'visitors must read "your consent"'),
        ("page.html", ("{{ cookies_url }}", "/"), "there is no link to /privacy/cookies"),
        ("page.html", ("{{ controller.name }}", ""), 'visitors must read "Shop"'),
        ("cookies.html", (r"\{\{ row\[0\] \}\}", ""), 'visitors must read "__Host-consent"'),
        ("problem.html", ("{{ text }}", ""), "visitors must read"),
        ("layout.html", ("{{ content }}", "{{ content|forceescape }}"), "is not in it unchanged"),
        ("layout.html", ('lang="{{ language }}"', 'lang="nl"'), 'write <html lang="{{ language }}">'),
        ("layout.html", ("{{ title }}", ""), "write {{ title }} in <title>"),
        ("layout.html", ("<main>", "<main><form>"), "a form is inside another form"),
    ],
)
def test_what_pages_must_keep(tmp_path: Path, template: str, change: tuple[str, str], problem: str) -> None:
    """The preference page shows what holds as it is and both answers alike; each page says what it is for."""
    assert [one for one in changed(tmp_path, template, change) if problem in one]


def test_each_language_is_looked_at(tmp_path: Path) -> None:
    """What is wrong in one language alone is found, and what is wrong in all is said for each."""
    (tmp_path / "problem.html").write_text(
        '{% extends "shopprivacy/problem.html" %}{% block main %}{% if language != "fr" %}{{ super() }}{% endif %}'
        "{% endblock %}",
        encoding="utf-8",
    )
    assert {one.partition(": ")[0] for one in problems(make_policy(), tmp_path)} == {"problem.html (fr)"}


def _document(head: str = "", body: str = "{content}") -> Layout:
    def layout(content: str, title: str, language: str) -> str:
        return (
            f'<html lang="{language}"><head><title>{title}</title>{head}</head>{body.format(content=content)}'
        )

    return layout


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        (
            '<link rel="stylesheet" href="https://fonts.example/x.css">',
            "browsers load nothing from https://fonts.example",
        ),
        ('<link rel="stylesheet" href="//fonts.example/x.css">', "serve it yourself, or name it in assets"),
        (
            '<img src="https://pixel.example/x.gif" alt="">',
            "browsers load nothing from https://pixel.example",
        ),
        ('<img src="https://[pixel.example" alt="">', "browsers load nothing from https://[pixel.example"),
        ('<script src="https://static.shop.example/x.js"></script>', "leave it out"),
        ("<script>track()</script>", "browsers ignore an inline <script> here"),
        ('<script type="module">track()</script>', "browsers ignore an inline <script> here"),
        ("<style>p { color: red }</style>", "browsers ignore an inline <style> here"),
    ],
)
def test_what_a_layout_cannot_load(head: str, problem: str) -> None:
    """What the Content-Security-Policy of the pages keeps out is said at start, not only in the browser's console."""
    policy = make_policy(languages=["en"])
    (found,) = problems(policy, None, _document(head), "https://static.shop.example")
    assert found.startswith("layout (en)")
    assert problem in found


def test_what_a_layout_may_load() -> None:
    """The shop's own files, from its own hosts, and data that no browser runs."""
    head = (
        '<link rel="stylesheet" href="/shop.css"><link rel="icon" href="https://static.shop.example/x.svg">'
        '<script src="/menu.js"></script><script type="application/ld+json">{{}}</script><img src="/x.png">'
    )
    policy = make_policy(languages=["en"])
    assert problems(policy, None, _document(head), "https://static.shop.example") == []


def test_a_layout_may_raise_anything() -> None:
    """The error names what it raised."""

    def layout(*_: Any) -> str:
        raise LookupError("no such template")

    assert problems(make_policy(languages=["nl"]), None, layout) == [
        "layout (nl): LookupError: no such template"
    ]
