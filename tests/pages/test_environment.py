"""A shop's own templates: found first, able to build on ours, and wrong by name at start."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from shopprivacy import PrivacyError
from shopprivacy.errors import PageError
from tests.pages.desk import Desk

PATH = "/privacy/choices?lang=en"


def test_a_shops_template_takes_the_place_of_ours(tmp_path: Path) -> None:
    """A file of the same name in the shop's folder is rendered, with the same values."""
    (tmp_path / "problem.html").write_text("<p>{{ title }}: {{ text }}</p>", encoding="utf-8")
    page = Desk(templates=tmp_path).ask("POST", "/privacy/consent?lang=en").body
    assert b"<main>\n<p>Not understood: " in bytes(page)


def test_it_may_build_on_ours(tmp_path: Path) -> None:
    """Ours is there under a prefix, so that the shop writes only what differs; parts of its own lie beside it."""
    (tmp_path / "_note.html").write_text("<p>Questions? {{ controller.email }}</p>", encoding="utf-8")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "line.html").write_text("<hr>", encoding="utf-8")
    (tmp_path / "page.html").write_text(
        '{% extends "shopprivacy/page.html" %}{% block foot %}{{ super() }}{% include "_note.html" %}'
        '{% include "parts/line.html" %}{% endblock %}',
        "utf-8",
    )
    (tmp_path / "cookies.html").write_text(
        '{% extends "shopprivacy/cookies.html" %}{% block main %}<p>Ours:</p>{{ super() }}{% endblock %}',
        "utf-8",
    )
    desk = Desk(templates=tmp_path)
    assert "</footer>\n<p>Questions? p@shop.example</p><hr></div>" in desk.get(PATH)
    assert "<p>Ours:</p><p>These are all the cookies we use." in desk.get("/privacy/cookies?lang=en")


def test_everything_is_escaped(tmp_path: Path) -> None:
    """What a policy says is text in a shop's own template, too."""
    (tmp_path / "problem.html").write_text('{% set it = "<b>" %}{{ it }}', encoding="utf-8")
    assert "&lt;b&gt;" in bytes(Desk(templates=tmp_path).ask("POST", "/privacy/consent").body).decode()


def test_a_name_that_is_not_given_is_an_error(tmp_path: Path) -> None:
    """A slip of the pen is no empty place."""
    (tmp_path / "problem.html").write_text("{{ txet }}", encoding="utf-8")
    with pytest.raises(UndefinedError, match="txet"):
        Desk(templates=tmp_path).ask("POST", "/privacy/consent")


def test_where_it_fails_ours_is_shown(tmp_path: Path) -> None:
    """Once the shop is running, no error in a template keeps a visitor from refusing; somebody is told."""
    (tmp_path / "preferences.html").write_text("{{ nothing }}", encoding="utf-8")
    failed: list[Exception] = []
    assert Desk(templates=tmp_path, failed=failed.append).get(PATH) == Desk().get(PATH)
    assert [type(error) for error in failed] == [UndefinedError]


def test_files_are_read_once(tmp_path: Path) -> None:
    """What was reviewed is what is shown: a file that is overwritten, added or taken away later changes nothing."""
    ours = tmp_path / "problem.html"
    ours.write_text('{% include "_words.html" %}', encoding="utf-8")
    (tmp_path / "_words.html").write_text("Questions?", encoding="utf-8")
    (tmp_path / "seal.png").write_bytes(b"\x89PNG")
    desk = Desk(templates=tmp_path)
    for name in ("problem.html", "_words.html", "banner.html"):
        (tmp_path / name).write_text("Accept", encoding="utf-8")
    (tmp_path / "_words.html").unlink()
    assert b"Questions?" in bytes(desk.ask("POST", "/privacy/consent").body)
    assert desk.banner() == Desk().banner()


@pytest.mark.parametrize(
    ("name", "why"), [("baner.html", "takes the place of no template"), (None, "no such folder")]
)
def test_a_file_in_no_place_is_an_error(tmp_path: Path, name: str | None, why: str) -> None:
    """A template under a wrong name would never be seen, and a folder that is not there has none."""
    folder = tmp_path / "templates"
    if name:
        folder.mkdir()
        (folder / name).touch()
    with pytest.raises(PageError, match=why) as caught:
        Desk(templates=folder)
    assert isinstance(caught.value, PrivacyError)
    assert str(folder) in str(caught.value)
