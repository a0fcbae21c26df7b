"""What to do after ``shopprivacy init``: the lines that put the gate around an application."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from shopprivacy.cli.django_project import GATE, SETTINGS

_FLASK: Final = """\
# pip install "shopprivacy[flask]"
from shopprivacy import Privacy
from shopprivacy.adapters.flask import ShopPrivacy

privacy = Privacy.from_file({policy})
ShopPrivacy(app, privacy)                  # app is your Flask application"""

_DJANGO: Final = f"""\
# pip install "shopprivacy[django]"; at the end of settings.py
{SETTINGS}
# at the end of wsgi.py, and of asgi.py
{GATE}"""

_STARLETTE: Final = """\
# pip install "shopprivacy[starlette]"
from shopprivacy import Privacy
from shopprivacy.adapters.starlette import PrivacyMiddleware

privacy = Privacy.from_file({policy})
app.add_middleware(PrivacyMiddleware, privacy=privacy)      # after all other middleware, so outermost"""

_FASTAPI: Final = """\
# pip install "shopprivacy[fastapi]"
from shopprivacy import Privacy
from shopprivacy.adapters.fastapi import PrivacyMiddleware, privacy_router

privacy = Privacy.from_file({policy})
app.add_middleware(PrivacyMiddleware, privacy=privacy)      # after all other middleware, so outermost
app.include_router(privacy_router(privacy))"""

_OTHER: Final = """\
# pip install "shopprivacy[sqlalchemy]"
from shopprivacy import Privacy
from shopprivacy.asgi import ASGIGate
from shopprivacy.wsgi import WSGIGate

privacy = Privacy.from_file({policy})
application = WSGIGate(application, privacy)    # for a WSGI application; for ASGI: ASGIGate"""

LINES: Final = {
    "flask": _FLASK,
    "django": _DJANGO,
    "starlette": _STARLETTE,
    "fastapi": _FASTAPI,
    "other": _OTHER,
}
"""For each framework the Python that goes into the application."""

_BESIDE_THE_POLICY: Final = (
    "   The ledger and its journal appear beside the policy: privacy.sqlite3 and privacy-journal.sqlite3. They are",
    "   data of the shop, not code. SHOPPRIVACY_STORE and SHOPPRIVACY_JOURNAL put them elsewhere.",
)
_IN_DJANGOS_DATABASE: Final = (
    "   The ledger is in the shop's own database: python manage.py migrate creates its tables. Its journal,",
    "   privacy-journal.sqlite3, appears beside the policy; it is data of the shop, not code.",
)


def next_steps(framework: str, policy: Path, keys: Path, *, gated: bool = False) -> Iterator[str]:
    """Yield the steps, line by line. ``keys`` is an absolute path; ``gated``: the lines are in their places already."""
    yield "1. Tell the shop where its keys are, in the environment it runs in:"
    yield ""
    yield f"     export SHOPPRIVACY_KEYS={shlex.quote(str(keys))}"
    yield ""
    yield "   Keep them out of version control, and a copy of them apart from the backups of the data."
    yield ""
    if gated:
        yield "2. Look at the lines that were added. The gate belongs outside everything that sets cookies."
    else:
        yield "2. Put the gate around the application, outside everything that sets cookies:"
        yield ""
        yield from indented(LINES[framework].format(policy=json.dumps(str(policy))))
    yield ""
    yield from _IN_DJANGOS_DATABASE if framework == "django" else _BESIDE_THE_POLICY
    yield ""
    yield "3. Write your own tables, cookies and recipients into the policy. After every change:"
    yield ""
    file = "" if policy == Path("privacy.toml") else f" {shlex.quote(str(policy))}"
    yield f"     shopprivacy check{file}"


def indented(code: str) -> Iterator[str]:
    """Yield the lines of some code as they are printed."""
    for line in code.splitlines():
        yield f"     {line}".rstrip()
