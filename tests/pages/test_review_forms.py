"""A shop's own template may not put another form, or other words in the visitor's mouth, beside what is reviewed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shopprivacy.pages.document import read_document
from shopprivacy.pages.review_fragment import forms_to_us
from tests.gate.exchange import make_policy
from tests.pages.reviewed import OURS, changed, problems

ACCEPT = '<button name="choice" value="accept">'
REFUSE = '<button name="choice" value="refuse">'
BOX = '<input type="checkbox" name="purpose"'


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        # What the form sends
        (("<h2", '<input type="hidden" name="asked" value="orders"><h2'), 'sends asked="orders" unasked'),
        (("<h2", '<input type="HIDDEN" name="csrf" value="1"><h2'), 'sends csrf="1" unasked'),
        (("{% for name, value in hidden %}", "{% for name, value in hidden + hidden[:1] %}"), "unasked"),
        (("<h2", '<input type="text" name="next" value="/"><h2'), "would send next, which is not"),
        (("<h2", '<textarea name="by">answer</textarea><h2'), "would send by, which is not"),
        (("<h2", '<my-field name="shown" value="1"></my-field><h2'), "would send shown, which is not"),
        (("<h2", '<input name="answer.ads" value="allow"><h2'), "would choose for the visitor"),
        (
            ("<h2", '<input type="checkbox" name="purpose" value="all"><h2'),
            "is for no purpose that is asked for",
        ),
        ((f"({BOX}[^>]*>)", r"\1\1"), "duplicate"),
        (("<h2", '<button name="choice" value="later">Later</button><h2'), "would choose for the visitor"),
        (('type="hidden"', 'type="hidden" disabled'), "is not sent"),
        (("<form", "<fieldset disabled><form"), "is not sent, because of <fieldset disabled>"),
        (('autocomplete="off"', 'autocomplete="off" enctype="text/plain"'), "take enctype out"),
        ((BOX, BOX + " required"), "take required out"),
        (("<h2", '<input name="x" dirname="asked"><h2'), "take dirname out"),
        # What browsers read otherwise
        (
            (BOX, '<input name="shown" type="checkbox" name="purpose"'),
            "has name twice, of which browsers keep",
        ),
        ((f"{ACCEPT}", f'{ACCEPT[:-1]} VALUE="refuse">'), "has value twice"),
        (("<p>{{ intro", "<i hidden/><p>{{ intro"), "browsers do not take <i hidden/> for ended"),
        (("<h2", "<b hidden><i></b><h2"), "</b> is there before <i> has ended"),
        (("<h2", '<a href="x"y="z"><h2'), "browsers do not all read"),
        (("<h2", '<a title=="x"><h2'), "browsers do not all read"),
        # Other forms, and what belongs to one
        (
            ("<form", '<form method="post" action="/privacy/./%63onsent?x"></form><form'),
            "nothing else that posts",
        ),
        (("<form", '<form method="get" action="{{ action }}#"></form><form'), "nothing else that posts"),
        (("<h2", '<button formaction="/privacy/consent?x">x</button><h2'), "nothing else that posts"),
        (("<form", '<form action="/search"><form'), "a form is inside another form"),
        (("<h2", '<form action="/search"></form><h2'), "a form is inside another form"),
        (("<form", '<output form="f">x</output><form'), "would belong to a form elsewhere"),
        # What runs
        (("<form", '<script src="/static/tick.js"></script><form'), "would change what was reviewed"),
        (("<form", '<iframe srcdoc="x"></iframe><form'), "would change what was reviewed"),
        (("<form", '<meta http-equiv="refresh" content="0;url=/"><form'), "would lead visitors away"),
        (("<form", '<base href="https://other.example"><form'), "would change what was reviewed"),
        ((BOX, BOX + ' onchange="all()"'), "take onchange out"),
        # Words
        (("{{ words.save }}", "{{ words.save }} and go on"), 'for save does not say "'),
        (
            (r"\{\{ words.(refuse|accept)_all \}\}", r"No, {{ words.\1_all }}"),
            'for refuse does not say "Refuse all"',
        ),
        (('value="(refuse|accept)">', r'value="\1" aria-label="Close">'), "take aria-label out"),
        # What is not seen
        (("<details>", "<details inert>"), "cannot be used: it is in <details inert>"),
        (("<details>", '<details style="opacity: 0">'), 'in <details style="opacity: 0">'),
        (('<button class="sp-save"', '<button class="sp-save" hidden'), "save cannot be seen"),
        (('sp-answer"', 'sp-answer" aria-hidden="TRUE"'), "refuse cannot be seen at once"),
        (('sp-answer"', 'sp-answer" popover'), "accept cannot be seen"),
        (("<p>{{ intro", '<p style="font-size: 0">{{ intro'), 'visitors must read "We always use'),
        ((r"<br>(\{\{ purpose.explanation \}\})", r"<noscript>\1</noscript>"), "visitors must read"),
        ((r"<br>(\{\{ purpose.explanation \}\})", r"<template>\1</template>"), "visitors must read"),
        (
            ('<a href="{{ cookies_url', '<a hidden href="{{ cookies_url'),
            "there is no link to /privacy/cookies",
        ),
        # Only for some
        (
            (BOX, BOX + "{% if intro == words.policy_changed %} checked{% endif %}"),
            "is ticked beforehand",
        ),
        (
            (
                "<p>{{ intro }}",
                "<p>{% if say('choice_lapsed', term='6 months')[:9] != intro[:9] %}{{ intro }}{% endif %}",
            ),
            "visitors must read",
        ),
        (
            ("<form", '{% if intro == words.policy_changed %}<input name="asked" form="f">{% endif %}<form'),
            "would belong to a form elsewhere",
        ),
    ],
)
def test_what_a_banner_may_not_have(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    """Each would let the ledger say what the visitor did not, and is an error that names the template."""
    old, new = change
    found = changed(tmp_path, "banner.html", (old if "(" in old and "\\" in new else re.escape(old), new))
    assert [one for one in found if problem in one], found
    assert all(one.startswith("banner.html (en): ") for one in found)


def test_pages_that_ask_nothing_post_nothing(tmp_path: Path) -> None:
    """Neither the cookie table, nor a page of a problem, nor a preference page without purposes has a form to us."""
    (tmp_path / "page.html").write_text(
        (OURS / "page.html").read_text(encoding="utf-8").replace("<h1>", '<form method="post"></form><h1>'),
        encoding="utf-8",
    )
    without = make_policy(languages=["en"], purposes={"orders": {"basis": "contract"}}, cookies={})
    where = {one.partition(" ")[0] for one in problems(without, tmp_path) if "<form method" in one}
    assert where == {"preferences.html", "cookies.html", "problem.html"}


@pytest.mark.parametrize(
    ("address", "is_ours"),
    [
        ("/privacy/consent", True),
        ("/shop/privacy/choices?x=1#y", True),
        ("https://other.example/privacy/consent", True),
        ("\\privacy\\consent", True),
        ("/privacy/con\nsent", True),
        ("/x/../privacy/consent/", True),
        ("consent", True),
        ("/privacy%2Fconsent", True),
        ("https://[", False),
        ("/search", False),
        ("/privacy/consents", False),
    ],
)
def test_addresses_are_read_as_browsers_and_servers_read_them(address: str, is_ours: bool) -> None:
    """However an address is written, what it leads to counts."""
    root = read_document(f'<form action="{address}"></form><p formaction="{address}"></p>')
    assert forms_to_us(root, is_ours=False) == (root.children if is_ours else [])


def test_a_form_without_an_address_posts_to_its_page() -> None:
    """That is ours where the page is."""
    root = read_document("<form></form><button>x</button>")
    assert forms_to_us(root, is_ours=False) == []
    assert forms_to_us(root, is_ours=True) == root.all("form")
