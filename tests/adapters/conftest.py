"""What several adapters' tests need."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def make_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a text as a module, as a server imports a shop's."""
    monkeypatch.syspath_prepend(str(tmp_path))
    made: list[str] = []

    def make(text: str) -> ModuleType:
        name = f"made_module_{len(made)}"
        made.append(name)
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        return import_module(name)

    yield make
    for name in made:
        sys.modules.pop(name, None)
