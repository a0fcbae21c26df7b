"""Which files a Django project's settings are spread over, as far as their text says it. Nothing is imported or run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_VARIABLE: Final = "DJANGO_SETTINGS_MODULE"
NEEDED: Final = ("INSTALLED_APPS", "MIDDLEWARE")
"""What the lines build upon."""


class UnlikeProject(Exception):
    """Nobody but the project's owner knows where the lines go; the message says what was looked for in vain."""


@dataclass(frozen=True, slots=True)
class Module:
    """A file of the project, and what it says at its top level."""

    path: Path
    text: str
    tree: ast.Module
    root: Path = field(compare=False)
    """The folder of ``manage.py``, from which modules are named."""

    @property
    def name(self) -> str:
        """The path as messages have it, seen from ``manage.py``."""
        return self.path.relative_to(self.root).as_posix()

    def value_of(self, name: str) -> ast.expr | None:
        """Return what a name is last set to here, without what is only added to it."""
        found: ast.expr | None = None
        for statement in _top_level(self.tree.body):
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
                if named and not _mentions(statement.value, name):
                    found = statement.value
        return found

    def star_imports(self) -> Iterator[Module]:
        """Yield the files of the project from which everything is imported: ``from .base import *``."""
        for statement in _top_level(self.tree.body):
            if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
                yield from self._imported(statement)

    def settings(self) -> Iterator[Module]:
        """Yield the settings modules that the file names: for all of an environment's variants where it picks one."""
        for node in ast.walk(self.tree):
            for named in _beside_variable(node):
                yield from modules(self.root, named)

    def with_imports(self, seen: frozenset[Path] = frozenset()) -> Iterator[Module]:
        """Yield it and all that it star-imports, each once."""
        if self.path not in seen:
            yield self
            for imported in self.star_imports():
                yield from imported.with_imports(seen | {self.path})

    def defines(self, name: str) -> bool:
        """Whether the name is set in it, or in what it star-imports."""
        return any(module.value_of(name) is not None for module in self.with_imports())

    def place(self) -> Module | None:
        """Return the file at whose end all that the lines build upon is there: the deepest, which variants share."""
        if all(self.value_of(name) is None for name in NEEDED):
            for imported in self.star_imports():
                if imported.path != self.path and (found := imported.place()):
                    return found
        return self if all(self.defines(name) for name in NEEDED) else None

    def _imported(self, statement: ast.ImportFrom) -> Iterator[Module]:
        package = ""
        if statement.level:
            folders = self.path.relative_to(self.root).parts
            if statement.level >= len(folders):
                return
            package = ".".join((*folders[: -statement.level], ""))
        yield from modules(self.root, f"{package}{statement.module}" if statement.module else package[:-1])


def read_module(root: Path, path: Path) -> Module:
    """Read a file. Raises UnlikeProject where it cannot be read, or is no Python."""
    try:
        text = path.read_text(encoding="utf-8")
        return Module(path, text, ast.parse(text), root)
    except (OSError, SyntaxError, ValueError) as error:
        raise UnlikeProject(f"{path.relative_to(root).as_posix()} cannot be read") from error


def modules(root: Path, dotted: str) -> Iterator[Module]:
    """Yield the module of this name, where it is the project's; all of a package's for ``config.settings.``."""
    parts = dotted.split(".")
    if not all(part.isidentifier() for part in parts if part) or not parts[0]:
        return
    if not parts[-1]:
        folder = root.joinpath(*parts[:-1])
        for path in sorted(folder.glob("*.py")):
            yield read_module(root, path)
        return
    for path in (root.joinpath(*parts).with_suffix(".py"), root.joinpath(*parts, "__init__.py")):
        if path.is_file():
            yield read_module(root, path)
            return


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield what runs when a module is imported, conditions and attempts included."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.If, ast.Try, ast.With)):
            yield from _top_level(statement.body)
            yield from _top_level(getattr(statement, "orelse", []))
            for handler in getattr(statement, "handlers", []):
                yield from _top_level(handler.body)


def _beside_variable(node: ast.AST) -> Iterator[str]:
    """Yield the texts that are set as the variable, or stand beside it in a call."""
    values: list[ast.expr] = []
    if isinstance(node, ast.Call) and any(_is_variable(argument) for argument in node.args):
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
    elif isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Subscript) and _is_variable(target.slice) for target in node.targets
    ):
        values = [node.value]
    for value in values:
        for part in ast.walk(value):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value != _VARIABLE:
                yield part.value


def _is_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == _VARIABLE


def _mentions(value: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(value))
