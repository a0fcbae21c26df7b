"""``shopprivacy init --add-lines``: only where the places are known, only at the ends of files, and only once."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shopprivacy.cli import main
from tests.cli.first import REQUIRED

MANAGE = "import os\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
SETTINGS = """
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
INSTALLED_APPS = [
    "django.contrib.admin",
]
MIDDLEWARE = [
]
"""
SERVED = "import os\n\napplication = get_{}_application()\n"
FILES = {
    "manage.py": MANAGE,
    "shop/settings.py": SETTINGS,
    "shop/wsgi.py": SERVED.format("wsgi"),
    "shop/asgi.py": SERVED.format("asgi"),
}
DJANGO = ("--framework", "django", "--keys", "../keys.json")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project as ``startproject`` makes it, as the working directory."""
    project = tmp_path / "project"
    (project / "shop").mkdir(parents=True)
    for name, text in FILES.items():
        (project / name).write_text(text)
    monkeypatch.chdir(project)
    return project


def init(*arguments: str, answers: str | None = None) -> Result:
    """Run the command; without answers nothing is asked."""
    asked = ("--yes",) if answers is None else ()
    return CliRunner().invoke(main, ["init", *asked, *REQUIRED, *arguments], input=answers)


def texts(project: Path) -> dict[str, str]:
    """Return what the project's own files hold."""
    return {name: (project / name).read_text() for name in FILES}


def test_the_lines_are_added_and_shown(project: Path) -> None:
    """At the ends, each file's own; what was there stays, and all that is added is printed."""
    result = init(*DJANGO, "--add-lines")
    assert result.exit_code == 0, result.output
    now = texts(project)
    assert all(now[name].startswith(text) for name, text in FILES.items())
    added = {name: now[name].removeprefix(text) for name, text in FILES.items()}
    assert added["manage.py"] == ""
    assert added["shop/wsgi.py"] == added["shop/asgi.py"]
    assert added["shop/wsgi.py"].endswith("\napplication = privacy_gate(application)\n")
    assert 'SHOPPRIVACY = {"POLICY": BASE_DIR / "privacy.toml"}\n' in added["shop/settings.py"]
    for text in added.values():
        compile(text, "added", "exec")
        assert all(line in result.output for line in text.splitlines())
    assert result.output.count("SHOPPRIVACY = ") == 1


def test_nothing_is_added_unasked(project: Path) -> None:
    """Without the option, and without a question, the lines are printed only."""
    result = init(*DJANGO)
    assert result.exit_code == 0, result.output
    assert texts(project) == FILES
    assert "SHOPPRIVACY = " in result.output


@pytest.mark.parametrize("answer", ["y", "n"])
def test_it_is_asked(project: Path, answer: str) -> None:
    """Who answers questions is asked, with the names of the files."""
    result = init(*DJANGO, answers="\n" * 6 + answer + "\n")
    assert result.exit_code == 0, result.output
    assert (
        "Add the lines for the gate to shop/settings.py and shop/wsgi.py and shop/asgi.py?" in result.output
    )
    assert (texts(project) == FILES) == (answer == "n")


def test_a_file_that_has_them_is_left_alone(project: Path) -> None:
    """A second run, for a colleague's keys, adds nothing; a file that lacks them still gets them."""
    assert init(*DJANGO, "--add-lines").exit_code == 0
    before = texts(project)
    (project / "shop" / "asgi.py").write_text(FILES["shop/asgi.py"])
    result = init("--framework", "django", "--keys", "../other.json", "--add-lines")
    assert result.exit_code == 0, result.output
    assert texts(project) == before
    result = init("--framework", "django", "--keys", "../third.json", answers="")
    assert result.exit_code == 0, result.output
    assert "Add the lines" not in result.output


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("manage.py", None, "manage.py cannot be read"),
        ("manage.py", MANAGE.replace("shop.settings", "shop.settings.local"), "names no settings module"),
        ("shop/settings.py", None, "settings.py cannot be read"),
        ("shop/settings.py", SETTINGS.replace(".parent.parent", ".parent"), "no line BASE_DIR = "),
        ("shop/settings.py", SETTINGS.replace("MIDDLEWARE = [", "MIDDLEWARE = ("), "no line MIDDLEWARE = "),
        ("shop/settings.py", "from .base import *\n", "shop/settings.py has no line BASE_DIR"),
        ("shop/wsgi.py", "application = None\n", "shop/wsgi.py has no line application = get_wsgi"),
        ("shop/asgi.py", None, "asgi.py cannot be read"),
    ],
)
def test_a_project_of_another_kind(project: Path, name: str, text: str | None, says: str) -> None:
    """What was looked for in vain is named, and nothing is written at all; who was not asking sees the lines."""
    (project / name).unlink()
    if text is not None:
        (project / name).write_text(text)
    before = {path: path.read_text() for path in project.rglob("*.*")}
    result = init(*DJANGO, "--add-lines")
    assert result.exit_code == 1
    assert says in result.output
    assert {path: path.read_text() for path in project.rglob("*.*")} == before
    result = init(*DJANGO, answers="\n" * 6)
    assert result.exit_code == 0, result.output
    assert "Add the lines" not in result.output
    assert "SHOPPRIVACY = " in result.output


def test_another_framework(project: Path) -> None:
    """The option is Django's alone."""
    result = init("--framework", "flask", "--keys", "../keys.json", "--add-lines")
    assert result.exit_code == 2
    assert "--framework django" in result.output
    assert not (project / "privacy.toml").exists()
