"""What wants an environment of its own: every Python and Django that is claimed, and the types of the wheel.

nox uses the Pythons that it finds, and .ci/run wants them all.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = True
_TESTED = (
    ".[flask]",
    *(
        "--group",
        "test",
        "--group",
        "parsers",
        "--group",
        "shop",
        "--group",
        "log-sinks",
        "--group",
        "report",
        "--group",
        "mail-doors",
    ),
)
_ELSEWHERE = ("shops", "docs", "stacks", "browser", "fuzz", "histories", "soak")
"""Folders of tests that one Python is enough for."""


def _install(session: nox.Session, constraints: str, *wanted: str) -> None:
    session.install("--upgrade", "pip")
    session.install("--no-compile", "--constraint", constraints, *wanted)


def _pytest(session: nox.Session, *arguments: str) -> None:
    session.run("pytest", "-m", "not services and not browser and not slow", "-q", *arguments)


def _library_and_adapters(session: nox.Session) -> None:
    ignored = (f"--ignore=tests/{folder}" for folder in _ELSEWHERE)
    _pytest(session, "tests", "--hypothesis-profile=mutants", *ignored)  # ten examples
    # Each Python's email package writes headers in its own way: six senders talk to a mail server here.
    session.run("pytest", "-m", "services", "-q", "tests/mail/test_smtp.py", "-k", "arrive")


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """Library and adapters, or what is named behind ``--``: shops, pages and servers are the same on each Python."""
    _install(session, "constraints.txt", *_TESTED, *(("--group", "stacks") if session.posargs else ()))
    if session.posargs:
        _pytest(session, *session.posargs)
    else:
        _library_and_adapters(session)


def _constraints_without(session: nox.Session, package: str) -> str:
    pinned = Path("constraints.txt").read_text(encoding="utf-8").splitlines()
    others = Path(session.create_tmp()) / "constraints.txt"
    others.write_text(
        "\n".join(line for line in pinned if not line.startswith(f"{package}==")), encoding="utf-8"
    )
    return str(others)


@nox.session(python="3.11")
def sqlalchemy(session: nox.Session) -> None:
    """What is sealed in SQLAlchemy's models, with the oldest release that is claimed."""
    others = _constraints_without(session, "SQLAlchemy")
    _install(session, others, ".[flask]", "--group", "test", "--group", "parsers", "sqlalchemy==2.0.30")
    _pytest(session, *map(str, sorted(Path("tests/adapters").glob("test_sqlalchemy_sealed_*.py"))))


@nox.session(python="3.13")
def django(session: nox.Session) -> None:
    """The same tests with Django's newest release in the place of the oldest, its tutorial's lines, and its shop."""
    _install(session, _constraints_without(session, "Django"), *_TESTED, "django>=6.1")
    session.run("python", "-m", "django", "--version")
    _library_and_adapters(session)
    _pytest(session, "tests/docs", "tests/shops/test_gate.py", "-k", "django or Django")


@nox.session
def typing(session: nox.Session) -> None:
    """The typed shops once more, as their owners have them: the library from its wheel, and Django with its stubs."""
    _install(
        session,
        "constraints.txt",
        ".[flask,fastapi,django]",
        "django-stubs",
        "fastapi-mail",
        "flask-mail",
        "httpx2",
        "jinja2",
        "mypy",
        "pyright[nodejs]",
        "pytest",
    )
    elsewhere = Path(session.create_tmp())  # where nothing of this repository is found, but the wheel
    shops = shutil.copytree("tests/typing", elsewhere / "shops", dirs_exist_ok=True)
    strict = {"typeCheckingMode": "strict", "enableTypeIgnoreComments": False}
    (elsewhere / "pyrightconfig.json").write_text(
        json.dumps({**strict, "reportUnnecessaryTypeIgnoreComment": True, "include": [shops.name]})
    )
    session.chdir(elsewhere)
    session.run("mypy", "--strict", "--config-file=", shops.name)
    session.run("pyright", env={"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"})
