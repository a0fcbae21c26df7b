"""Compiling the templates that ask for consent, so that an undeclared purpose is found before a page is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.template import Origin, Template, engines
from django.template.backends.django import DjangoTemplates

from shopprivacy.errors import UndeclaredName


def template_problems() -> Iterator[tuple[str, str]]:
    """Yield name and problem of each template file that names a purpose which a browser does not decide about.

    Only files that mention the tag are compiled; what else may be wrong with a template is left to Django.
    """
    for backend in engines.all():
        if isinstance(backend, DjangoTemplates):
            for folder, loader in _folders(backend).items():
                yield from _in_folder(backend, Path(folder), loader)
        elif hasattr(backend, "env"):  # Django's Jinja2
            yield from _in_environment(backend.env)


def _in_folder(backend: DjangoTemplates, folder: Path, loader: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    for file in sorted(folder.rglob("*")):
        source = _source(file)
        if "consent" in source and "{%" in source:
            # As the loader would: relative names of other templates are taken from this one's.
            name = file.relative_to(folder).as_posix()
            origin = Origin(str(file), template_name=name, loader=loader)
            try:
                Template(source, origin, name, backend.engine)
            except Exception as error:  # tags of the shop's own may raise anything
                if isinstance(error.__cause__, UndeclaredName):
                    yield name, str(error)


def _in_environment(environment: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # Jinja need not be installed
    from shopprivacy.adapters.jinja import asking

    for name in asking(environment):
        try:
            environment.get_template(name)
        except UndeclaredName as error:
            yield name, str(error)
        except Exception:  # noqa: S112  # as above
            continue


def _source(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8") if file.is_file() else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _folders(backend: DjangoTemplates) -> dict[str, Any]:
    """Return the folders that the engine's loaders read, each with the first loader that does."""
    loaders: list[Any] = list(backend.engine.template_loaders)  # pyright: ignore[reportArgumentType]
    folders: dict[str, Any] = {}
    while loaders:
        loader = loaders.pop(0)
        loaders += getattr(loader, "loaders", ())  # the cached loader's
        for folder in loader.get_dirs() if hasattr(loader, "get_dirs") else ():
            folders.setdefault(str(folder), loader)
    return folders
