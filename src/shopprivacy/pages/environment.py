"""The templates of banner and pages: the library's own, and a shop's in their place, by an engine of our own.

Jinja with nothing of the application in it, so a Django shop needs no engine of ours in its settings, and what the
application adds to its own engine, consent among it, does not reach these templates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    FunctionLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
)
from markupsafe import Markup

from shopprivacy.errors import PageError

PREFIX = "shopprivacy"
"""Before a template's name, ours whatever the shop has in its place: ``{% extends "shopprivacy/page.html" %}``."""

_PACKAGE = "shopprivacy.pages"
_SUFFIX = ".html"
# Turbo, htmx, swup, Barba.js, SvelteKit and InstantClick leave links and forms in here alone; Astro and Unpoly ask each
# form. What such scripts send in a form's place is no navigation, which a yes has to be.
_BY_ITSELF: Any = Markup(
    ' data-turbo="false" hx-boost="false" hx-disable data-no-swup data-barba-prevent="all" data-sveltekit-reload'
    " data-no-instant"
)
# As Jinja takes it: the source, the file for messages, and whether it is still the same.
_Source = tuple[str, str, Callable[[], bool]]


def environment(folder: str | PathLike[str] | None = None) -> Environment:
    """Return the engine, which has a shop's own folder, as it is now, before ours.

    A name that is used and not given is an error, and so is a file in the folder that takes the place of nothing,
    unless its name begins with ``_`` or it lies in a folder below: those are the shop's own parts. Raises PageError.
    """
    return _default() if folder is None else _make(_checked(Path(folder)))


def _make(folder: Path | None) -> Environment:
    ours = PackageLoader(_PACKAGE)
    theirs = [FunctionLoader(_read(folder).get)] if folder else []
    made = Environment(
        loader=ChoiceLoader([*theirs, ours, PrefixLoader({PREFIX: ours})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["by_itself"] = _BY_ITSELF
    return made


def _read(folder: Path) -> Mapping[str, _Source]:
    """Return a folder's templates by name. What is reviewed at start is what is shown, whatever happens to files."""
    found: dict[str, _Source] = {}
    for name in FileSystemLoader(folder).list_templates():
        file = folder / name
        with suppress(UnicodeDecodeError):  # a picture beside the templates
            found[name] = file.read_text(encoding="utf-8"), str(file), lambda: True
    return found


@cache
def _default() -> Environment:
    return _make(None)


@cache
def _ours() -> frozenset[str]:
    return frozenset(file.name for file in files(_PACKAGE).joinpath("templates").iterdir())


def _checked(folder: Path) -> Path:
    if not folder.is_dir():
        raise PageError([f"{folder}: there is no such folder of templates"])
    strange = sorted(_in(folder) - _ours())
    if strange:
        raise PageError(
            [
                f"{folder / name}: this takes the place of no template; there are {', '.join(sorted(_ours()))}; "
                "parts of the shop's own have a name that begins with _ or lie in a folder below"
                for name in strange
            ]
        )
    return folder


def _in(folder: Path) -> frozenset[str]:
    return frozenset(
        file.name for file in folder.iterdir() if file.suffix == _SUFFIX and not file.name.startswith("_")
    )
