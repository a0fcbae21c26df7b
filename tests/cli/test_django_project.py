"""``shopprivacy init --add-lines``: only where the places are known, only at the ends of files, and only once.

What is done, what is not and why is always said.
"""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree

import pytest
from click.testing import CliRunner, Result

from shopprivacy.cli import main
from shopprivacy.cli.django_project import Addition
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


BASE = SETTINGS.replace(".parent.parent", "{parents}") + 'WSGI_APPLICATION = "{package}.wsgi.application"\n'
COOKIECUTTER = {
    "manage.py": MANAGE.replace("shop.settings", "config.settings.local"),
    "config/__init__.py": "",
    "config/settings/__init__.py": "",
    "config/settings/base.py": BASE.format(parents=".parent.parent.parent", package="config"),
    "config/settings/local.py": "from .base import *  # noqa\nfrom .base import env\nINSTALLED_APPS += ['debug']\n",
    "config/settings/production.py": "from config.settings.base import *\nMIDDLEWARE = ['x', *MIDDLEWARE]\n",
    "config/wsgi.py": MANAGE.replace("shop.settings", "config.settings.production") + SERVED.format("wsgi"),
}
PACKAGE = {
    "manage.py": MANAGE,
    "shop/settings/__init__.py": "try:\n    from .local import *\nexcept ImportError:\n    from .base import *\n",
    "shop/settings/base.py": "INSTALLED_APPS = ('a',)\nMIDDLEWARE = env.list('M')\n",
    "shop/wsgi.py": SERVED.format("wsgi"),
    "shop/asgi.py": "application = ProtocolTypeRouter({'http': get_asgi_application()})\n",
}
PARTS = {
    "manage.py": MANAGE,
    "shop/settings/__init__.py": "from .apps import *\nfrom .middleware import *\n",
    "shop/settings/apps.py": "INSTALLED_APPS = DJANGO + OWN\n",
    "shop/settings/middleware.py": "MIDDLEWARE: list[str] = []\n",
    "shop/asgi.py": SERVED.format("asgi"),
}
BY_ENVIRONMENT = {
    "src/manage.py": "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = f\"shop.settings.{os.environ['STAGE']}\"\n",
    "src/shop/settings/live.py": BASE.format(parents=".parent.parent", package="web"),
    "src/shop/settings/test.py": BASE.format(parents=".parent.parent", package="web"),
    "src/web/wsgi.py": SERVED.format("wsgi"),
}


@pytest.mark.parametrize(
    ("files", "changed"),
    [
        (COOKIECUTTER, ["config/settings/base.py", "config/wsgi.py"]),
        (PACKAGE, ["shop/settings/base.py", "shop/wsgi.py", "shop/asgi.py"]),
        (PARTS, ["shop/settings/__init__.py", "shop/asgi.py"]),
        (BY_ENVIRONMENT, ["src/shop/settings/live.py", "src/shop/settings/test.py", "src/web/wsgi.py"]),
    ],
    ids=["variants of a base", "a package that imports", "a package of parts", "variants by environment"],
)
def test_settings_that_are_a_package(project: Path, files: dict[str, str], changed: list[str]) -> None:
    """The lines go to the file that all variants share, and to each where they share none; the policy is found."""
    rmtree(project / "shop")
    (project / "manage.py").unlink()
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    result = init(*DJANGO, "--add-lines")
    assert result.exit_code == 0, result.output
    now = {name: (project / name).read_text() for name in files}
    assert [name for name in files if now[name] != files[name]] == changed
    for name in changed:
        assert f"added to {name}:" in result.output
        added = now[name].removeprefix(files[name])
        if "settings" in name:
            given = {
                "__file__": str(project / name),
                "Path": Path,
                "INSTALLED_APPS": ["a"],
                "MIDDLEWARE": ["m"],
            }
            exec(files[name] if "BASE_DIR" in files[name] else "", given)
            exec(added, given)
            assert given["INSTALLED_APPS"][-1] == "shopprivacy.adapters.django"  # type: ignore[index]
            assert given["MIDDLEWARE"][0].startswith("shopprivacy.")  # type: ignore[index]
            assert given["SHOPPRIVACY"] == {"POLICY": project.resolve() / "privacy.toml"}
        else:
            assert added.endswith("\napplication = privacy_gate(application)\n")
    again = init(*DJANGO, "--add-lines")
    assert again.exit_code == 0, again.output
    assert {name: (project / name).read_text() for name in files} == now
    assert "Look at the lines that were added" in again.output


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("manage.py", None, "manage.py cannot be read, nor is there one"),
        ("manage.py", MANAGE.replace("shop.settings", "elsewhere"), "manage.py names no settings module"),
        ("manage.py", "from launch import main\n\nmain()\n", "manage.py names no settings module"),
        ("manage.py", "print 'Python 2'\n", "manage.py cannot be read"),
        ("shop/settings.py", SETTINGS.replace("MIDDLEWARE = [", "MINE = ["), "no line MIDDLEWARE = "),
        ("shop/settings.py", "from split_settings.tools import include\n", "no line INSTALLED_APPS = "),
        ("shop/settings.py", "from .base import *\nfrom ....far import *\n", "no line INSTALLED_APPS = "),
        ("shop/wsgi.py", "served = None\n", "shop/wsgi.py has no line application = "),
        ("shop/asgi.py", "application = (\n", "shop/asgi.py cannot be read"),
    ],
)
def test_a_project_of_another_kind(project: Path, name: str, text: str | None, says: str) -> None:
    """What was looked for in vain is named, no file of the project changes, and all else is done and said."""
    (project / name).unlink()
    if text is not None:
        (project / name).write_text(text)
    before = {path: path.read_text() for path in project.rglob("*.py")}
    result = init(*DJANGO, "--add-lines")
    assert result.exit_code == 1
    assert (
        f"no lines were added: {says}" in result.output
        or f"no lines were added: shop/settings.py has {says}" in (result.output)
    )
    assert "wrote privacy.toml" in result.output
    assert "SHOPPRIVACY = " in result.output
    assert {path: path.read_text() for path in project.rglob("*.py")} == before
    result = init("--framework", "django", "--keys", "../other.json", answers="")
    assert result.exit_code == 0, result.output
    assert "Add the lines" not in result.output
    assert "SHOPPRIVACY = " in result.output


def test_a_project_without_a_package(project: Path) -> None:
    """Settings and wsgi.py that stand beside manage.py, as in django-oscar's sandbox, are found there."""
    for name in ("settings.py", "wsgi.py"):
        (project / "shop" / name).rename(project / name)
    rmtree(project / "shop")
    (project / "manage.py").write_text(MANAGE.replace("shop.", ""))
    result = init(*DJANGO, "--add-lines")
    assert result.exit_code == 0, result.output
    assert "parents[0]" in (project / "settings.py").read_text()
    assert "privacy_gate(application)" in (project / "wsgi.py").read_text()


def test_neither_application_is_there(project: Path) -> None:
    """A project without a file that servers are given has nothing for the gate to go around."""
    (project / "shop" / "wsgi.py").unlink()
    (project / "shop" / "asgi.py").unlink()
    result = init(*DJANGO, "--add-lines")
    assert "no lines were added: there is neither wsgi.py nor asgi.py" in result.output


def test_a_file_that_cannot_be_written(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others get their lines, and what is left is shown, with the reason and the file."""
    write = Addition.write

    def refuse(addition: Addition) -> None:
        if addition.path.name == "wsgi.py":
            raise PermissionError(13, "Permission denied", str(addition.path))
        write(addition)

    monkeypatch.setattr(Addition, "write", refuse)
    result = init(*DJANGO, "--add-lines")
    assert result.exit_code == 1
    assert "not added to shop/wsgi.py (Permission denied); put this at its end yourself:" in result.output
    assert "added to shop/asgi.py" in result.output
    assert result.output.endswith("Error: not all lines were added; left: shop/wsgi.py\n")
    assert texts(project)["shop/wsgi.py"] == FILES["shop/wsgi.py"]


def test_keys_that_cannot_be_written(project: Path) -> None:
    """The policy stands, and what is left is said."""
    (project / "file").touch()
    result = init("--framework", "django", "--keys", "file/keys.json", "--add-lines")
    assert result.exit_code == 1
    assert "wrote privacy.toml" in result.output
    assert (
        "what is left is the keyset and the lines for the gate: run init again, with --keys" in result.output
    )
    assert init(*DJANGO, "--add-lines").exit_code == 0


def test_another_framework(project: Path) -> None:
    """The option is Django's alone."""
    result = init("--framework", "flask", "--keys", "../keys.json", "--add-lines")
    assert result.exit_code == 2
    assert "--framework django" in result.output
    assert not (project / "privacy.toml").exists()
