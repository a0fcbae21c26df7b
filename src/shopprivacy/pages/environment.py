"""The templates of banner and pages: the library's own, and a shop's in their place, by an engine of our own.

Jinja with nothing of the application in it, so a Django shop needs no engine of ours in its settings, and what the
application adds to its own engine, consent among it, does not reach these templates.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from os import PathLike
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined

from shopprivacy.errors import PageError

PREFIX = "shopprivacy"
"""Before a template's name, ours whatever the shop has in its place: ``{% extends "shopprivacy/page.html" %}``."""

_PACKAGE = "shopprivacy.pages"
_SUFFIX = ".html"


def environment(folder: str | PathLike[str] | None = None) -> Environment:
    """Return the engine, which looks into a shop's own folder first.

    A name that is used and not given is an error, and so is a file in the folder that takes the place of nothing,
    unless its name begins with ``_`` or it lies in a folder below: those are the shop's own parts. Raises PageError.
    """
    return _default() if folder is None else _make(_checked(Path(folder)))


def _make(folder: Path | None) -> Environment:
    ours = PackageLoader(_PACKAGE)
    theirs = [FileSystemLoader(folder)] if folder else []
    return Environment(
        loader=ChoiceLoader([*theirs, ours, PrefixLoader({PREFIX: ours})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # what was checked at start is what is shown
    )


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
