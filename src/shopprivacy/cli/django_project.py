"""The lines that put a Django project behind the gate, and the files at whose ends they go."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shopprivacy.cli.django_settings import NEEDED, Module, UnlikeProject, modules, read_module

SETTINGS: Final = """\
INSTALLED_APPS += ["shopprivacy.adapters.django"]
MIDDLEWARE.insert(0, "shopprivacy.adapters.django.PrivacyMiddleware")
SHOPPRIVACY = {{"POLICY": BASE_DIR / {policy}}}
"""
GATE: Final = """\
from shopprivacy.adapters.django import privacy_gate

application = privacy_gate(application)
"""
# The same where they are tuples, or made by other code.
_ANY_SEQUENCE: Final = (
    (
        'INSTALLED_APPS += ["shopprivacy.adapters.django"]\n',
        'INSTALLED_APPS = [*INSTALLED_APPS, "shopprivacy.adapters.django"]\n',
    ),
    (
        'MIDDLEWARE.insert(0, "shopprivacy.adapters.django.PrivacyMiddleware")\n',
        'MIDDLEWARE = ["shopprivacy.adapters.django.PrivacyMiddleware", *MIDDLEWARE]\n',
    ),
)
_SERVED = {"WSGI_APPLICATION": "wsgi.py", "ASGI_APPLICATION": "asgi.py"}
_BASE_DIR = re.compile(r"Path\(__file__\)\.resolve\((strict=True)?\)((?:\.parent)+)")


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
    """Return what is missing at the ends of settings, ``wsgi.py`` and ``asgi.py``; nothing is written.

    ``directory`` is that of the policy, whose file is called ``policy``; ``manage.py`` stands there or in one folder
    below. Where variants of the settings share a file, the lines go there. What names shopprivacy already is left
    alone. Raises UnlikeProject, which says what was looked for in vain: then not one of the lines has a place.
    """
    root = _root(directory)
    manage = read_module(root, root / "manage.py")
    started = {module.path: module for module in manage.settings()}
    if not started:
        raise UnlikeProject(f"{manage.name} names no settings module of the project")
    served = _served(root, started.values())
    for module in served:
        started |= {found.path: found for found in module.settings()}
    return (
        *(
            Addition(place.path, _settings_lines(place, directory, policy))
            for place in _places(started.values())
        ),
        *(Addition(module.path, GATE) for module in served if "shopprivacy" not in module.text),
    )


def _root(directory: Path) -> Path:
    if (directory / "manage.py").exists():
        return directory
    below = [path.parent for path in directory.glob("*/manage.py")]
    if len(below) != 1:
        raise UnlikeProject("manage.py cannot be read, nor is there one in a folder below")
    return below[0]


def _served(root: Path, started: Iterable[Module]) -> list[Module]:
    """Return the modules of the applications that servers are given. Raises UnlikeProject where there is none."""
    found: dict[Path, Module] = {}
    for module in started:
        for setting, file in _SERVED.items():
            value = next(filter(None, (each.value_of(setting) for each in module.with_imports())), None)
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                named = modules(root, value.value.rpartition(".")[0])
                found |= {served.path: served for served in named}
            package, *below = module.path.relative_to(root).parts
            beside = root / package / file if below else root / file
            if beside.is_file():
                found.setdefault(beside, read_module(root, beside))
    if not found:
        raise UnlikeProject("there is neither wsgi.py nor asgi.py beside the settings")
    for served in found.values():
        if served.value_of("application") is None and "shopprivacy" not in served.text:
            raise UnlikeProject(f"{served.name} has no line application = …")
    return list(found.values())


def _places(started: Iterable[Module]) -> Iterator[Module]:
    """Yield the files where the lines for the settings go, each once."""
    places: dict[Path, Module] = {}
    for module in started:
        if any("shopprivacy" in each.text for each in module.with_imports()):
            continue
        if not all(module.defines(name) for name in NEEDED):
            missing = next(name for name in NEEDED if not module.defines(name))
            raise UnlikeProject(f"{module.name} has no line {missing} = …, nor what it imports with *")
        place = module.place()
        assert place is not None  # noqa: S101  # it defines all of them
        places[place.path] = place
    yield from places.values()


def _settings_lines(place: Module, directory: Path, policy: str) -> str:
    depth = len(place.path.relative_to(directory).parts)
    lines = SETTINGS.format(policy=json.dumps(policy))
    if not all(isinstance(place.value_of(name), ast.List) for name in NEEDED):
        for listed, general in _ANY_SEQUENCE:
            lines = lines.replace(listed, general)
    base = place.value_of("BASE_DIR")
    known = _BASE_DIR.fullmatch(ast.unparse(base)) if base else None
    if known and known[2].count(".parent") == depth:
        return lines
    lines = lines.replace("BASE_DIR", f"Path(__file__).resolve().parents[{depth - 1}]")
    return lines if "from pathlib import Path" in place.text else f"from pathlib import Path\n\n{lines}"
