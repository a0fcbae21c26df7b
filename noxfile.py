"""The test suite on every Python that is claimed; nox uses what it finds, and .ci/run wants them all."""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = True


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    session.install("--upgrade", "pip")
    session.install(
        "--constraint",
        "constraints.txt",
        "--group",
        "test",
        "--group",
        "parsers",
        "--group",
        "shop",
        "--group",
        "stacks",
        ".[flask]",
    )
    session.run("pytest", "-m", "not services and not browser", "-q", *session.posargs)
