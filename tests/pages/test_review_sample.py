"""What a shop's own templates of the pages behind links in mail may not change: a no by a button, a yes by a box."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from shopprivacy.policy import load
from tests.gate.exchange import make_policy
from tests.pages.reviewed import OURS, changed, problems

POLICIES = Path(__file__).parents[2] / "examples" / "policies"
NEWS = make_policy(
    languages=["en"],
    purposes={
        "newsletter": {"basis": "consent", "mail": "marketing"},
        "offers": {"basis": "consent", "mail": "marketing"},
    },
    cookies={},
    mail={"url": "https://shop.example/u/"},
)
UNSUBSCRIBE, CONFIRM = "unsubscribe.html", "confirm.html"
BUTTON = '<button name="List-Unsubscribe" value="One-Click">Unsubscribe</button>, and nothing else in it that is sent'
BOX = '<input type="checkbox" name="yes" value="1" required>, <button>Confirm</button>, and nothing else'


@pytest.mark.parametrize("name", ["carpets", "customer_admin", "demo", "design_gifts", "hardware", "optics"])
def test_copies_of_our_own_templates_are_right(name: str, tmp_path: Path) -> None:
    """What is asked of a shop's templates holds of ours, with every policy and in every language."""
    assert problems(load(POLICIES / f"{name}.toml"), copytree(OURS, tmp_path / "mine")) == []


def test_another_look_is_the_shops_own_affair(tmp_path: Path) -> None:
    """Other elements and classes, and what begins again in an element that is opened."""
    found = changed(
        tmp_path,
        UNSUBSCRIBE,
        ('<p{% if done %} class="sp-note"', '<p{% if done %} class="mine"'),
        ('<div class="sp-buttons"><button ', '<div><button class="big" id="b{{ loop.index }}" '),
        (
            r"(?s)({% if resume and can_mail %}\n)(<form.*?</form>)",
            r"\1<details><summary>?</summary>\2</details>",
        ),
        (r"{% endblock %}", '<form action="/search"><input name="q"></form>{% endblock %}'),
        policy=NEWS,
    )
    assert found == []


def test_a_shop_that_mails_nothing_may_have_anything_there(tmp_path: Path) -> None:
    """Nobody ever sees them."""
    (tmp_path / UNSUBSCRIBE).write_text("{{ nonsense }}")
    assert problems(make_policy(languages=["en"]), tmp_path) == []


@pytest.mark.parametrize(
    ("template", "change", "problem"),
    [
        (UNSUBSCRIBE, ("{% block main %}", "{% block main %}{{ nonsense }}"), "'nonsense' is undefined"),
        (UNSUBSCRIBE, ("{% block main %}", "{% block main %}{% if %}"), "line 2 of"),
        (UNSUBSCRIBE, ("{% for button in buttons %}", "{% for button in [] %}"), BUTTON),
        (UNSUBSCRIBE, ("{{ button.label }}", "Stay with us"), BUTTON),
        (UNSUBSCRIBE, ('name="{{ button.name }}" value="{{ button.value }}"', 'name="no"'), BUTTON),
        (UNSUBSCRIBE, ("<button ", '<button formaction="/elsewhere" '), BUTTON),
        (UNSUBSCRIBE, ("{% if more %}", "<input required>{% if more %}"), BUTTON),
        (UNSUBSCRIBE, ('method="post"', 'method="get"'), BUTTON),
        (
            UNSUBSCRIBE,
            ('action="{{ action }}"', 'action="/mine"'),
            "posts something else than this page asks",
        ),
        (UNSUBSCRIBE, ("(<form.*)", r"\1\1"), "a form is inside another form"),
        (UNSUBSCRIBE, ('class="sp-buttons"', "hidden"), "it is in <div hidden>"),
        (UNSUBSCRIBE, (r"(?s)(<form.*?</form>)", r"<details>\1</details>"), "it is in <details>"),
        (UNSUBSCRIBE, ("{{ text }}", ""), 'visitors must read "With this button you stop'),
        (UNSUBSCRIBE, ("{{ more }}", ""), "visitors must read"),
        (
            UNSUBSCRIBE,
            ("{% block main %}", "{% block main %}<script>1</script>"),
            "would change what was reviewed",
        ),
        (CONFIRM, ('type="checkbox"', 'type="checkbox" checked'), BOX),
        (CONFIRM, ('type="checkbox"', 'type="hidden"'), BOX),
        (CONFIRM, ('autocomplete="off"', ""), BOX),
        (CONFIRM, ('class="sp-option"', 'style="display: none"'), "it is in <label style="),
        (CONFIRM, ("{{ shown }}", "en.1"), BOX),
        (CONFIRM, (" {{ box }}", "OK"), 'visitors must read "Yes, send me'),
        (CONFIRM, ("{{ purpose.explanation }}", ""), 'visitors must read "We send you our newsletter by'),
        ("layout.html", ("{{ title }}", ""), "unsubscribe.html (en): the title is missing"),
        ("page.html", ("{% block main %}{% endblock %}", "{% block side %}{% endblock %}"), BUTTON),
    ],
)
def test_what_would_keep_somebody_subscribed_or_sign_them_up_is_an_error(
    template: str, change: tuple[str, str], problem: str, tmp_path: Path
) -> None:
    """Each with the template, the language and the fix, before anybody sees it."""
    found = changed(tmp_path, template, change, policy=NEWS)
    assert [one for one in found if problem in one], found
