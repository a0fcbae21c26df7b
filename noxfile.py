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
_TESTED = (".[flask]", "--group", "test", "--group", "parsers", "--group", "shop")


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    session.install("--upgrade", "pip")
    session.install("--constraint", "constraints.txt", *_TESTED, "--group", "stacks")
    session.run("pytest", "-m", "not services and not browser", "-q", *session.posargs)


@nox.session(python="3.12")
def django(session: nox.Session) -> None:
    """The Django adapter, its tutorial's lines and its shop once more on the newest Django, which wants Python 3.12."""
    session.install("--upgrade", "pip")
    pinned = Path("constraints.txt").read_text(encoding="utf-8").splitlines()
    others = Path(session.create_tmp()) / "constraints.txt"
    others.write_text("\n".join(line for line in pinned if not line.startswith("Django==")), encoding="utf-8")
    session.install("--constraint", str(others), *_TESTED, "django>=6.1")
    session.run("python", "-m", "django", "--version")
    session.run(
        "pytest",
        "-m",
        "not services and not browser",
        "-q",
        "-k",
        "django or Django",
        "tests/adapters",
        "tests/docs",
        "tests/shops",
        *session.posargs,
    )


@nox.session
def typing(session: nox.Session) -> None:
    """The typed shops once more, as their owners have them: the library from its wheel, and Django with its stubs."""
    session.install("--upgrade", "pip")
    session.install(
        "--constraint",
        "constraints.txt",
        ".[flask,fastapi,django]",
        "django-stubs",
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
