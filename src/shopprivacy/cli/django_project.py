"""The lines that put a Django project behind the gate, and where they go in one that ``startproject`` has made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SETTINGS: Final = """\
INSTALLED_APPS += ["shopprivacy.adapters.django"]
MIDDLEWARE.insert(0, "shopprivacy.adapters.django.PrivacyMiddleware")
SHOPPRIVACY = {{"POLICY": BASE_DIR / {policy}}}
"""
GATE: Final = """\
from shopprivacy.adapters.django import privacy_gate

application = privacy_gate(application)
"""

_SETTINGS_MODULE = re.compile(r"""["']DJANGO_SETTINGS_MODULE["'], *["'](\w+)\.settings["']""")
# What the lines build upon. Settings that are spread over several files are for their owner to find a place in.
_IN_SETTINGS = (
    "BASE_DIR = Path(__file__).resolve().parent.parent",
    "INSTALLED_APPS = [",
    "MIDDLEWARE = [",
)
_IN_SERVED = {
    "wsgi.py": "application = get_wsgi_application()",
    "asgi.py": "application = get_asgi_application()",
}


class UnlikeStartproject(Exception):
    """A project is not as ``startproject`` makes it, so nobody but its owner knows where the lines go."""


@dataclass(frozen=True, slots=True)
class Addition:
    """What goes to the end of a file."""

    path: Path
    text: str

    def write(self) -> None:
        """Append it. Raises OSError where the file cannot be written."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"\n\n{self.text}")


def additions(directory: Path, policy: str) -> tuple[Addition, ...]:
    """Return what is missing at the ends of ``settings.py``, ``wsgi.py`` and ``asgi.py``; nothing is written.

    ``directory`` is that of ``manage.py``, ``policy`` the Python text for the policy's place seen from there. A file
    that names shopprivacy already is left alone. Raises UnlikeStartproject, which says what was looked for in vain.
    """
    found = _SETTINGS_MODULE.search(_read(directory / "manage.py"))
    if found is None:
        raise UnlikeStartproject("manage.py names no settings module of the form PACKAGE.settings")
    package = directory / found[1]
    wanted: list[tuple[Path, tuple[str, ...], str]] = [
        (package / "settings.py", _IN_SETTINGS, SETTINGS.format(policy=policy))
    ]
    wanted += [(package / name, (line,), GATE) for name, line in _IN_SERVED.items()]
    return tuple(Addition(path, text) for path, lines, text in wanted if _lacks(path, lines))


def _lacks(path: Path, lines: tuple[str, ...]) -> bool:
    text = _read(path)
    if "shopprivacy" in text:
        return False
    for line in lines:
        if f"\n{line}" not in text:
            raise UnlikeStartproject(f"{path.parent.name}/{path.name} has no line {line}")
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnlikeStartproject(f"{path.name} cannot be read") from error
