"""Compiling the templates that ask for consent, so that an undeclared purpose is found before a page is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.template import TemplateSyntaxError, engines
from django.template.backends.django import DjangoTemplates

from shopprivacy.errors import UndeclaredName


def template_problems() -> Iterator[tuple[str, str]]:
    """Yield name and problem of each template file that names a purpose which a browser does not decide about.

    Only files that mention the tag are compiled; what else may be wrong with a template is left to Django.
    """
    for backend in engines.all():
        if isinstance(backend, DjangoTemplates):
            for folder in _folders(backend):
                yield from _in_folder(backend, Path(folder))


def _in_folder(backend: DjangoTemplates, folder: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.rglob("*")):
        source = _source(file)
        if "consent" in source and "{%" in source:
            try:
                backend.from_string(source)
            except TemplateSyntaxError as error:
                if isinstance(error.__cause__, UndeclaredName):
                    yield str(file.relative_to(folder)), str(error)


def _source(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8") if file.is_file() else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _folders(backend: DjangoTemplates) -> Iterator[str]:
    """Yield the folders that the engine's loaders read, each once."""
    loaders: list[Any] = list(backend.engine.template_loaders)  # pyright: ignore[reportArgumentType]
    seen: dict[str, None] = {}
    while loaders:
        loader = loaders.pop(0)
        loaders += getattr(loader, "loaders", ())  # the cached loader's
        seen |= dict.fromkeys(map(str, loader.get_dirs() if hasattr(loader, "get_dirs") else ()))
    yield from seen
