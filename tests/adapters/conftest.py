"""What several adapters' tests need."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.adapters.sealed_shop import SealedShop


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


@pytest.fixture
def sealed_shop(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SealedShop]:
    """Tables with sealed fields, on SQLite or the database that the test names; keys of persons in memory."""
    from tests.adapters.sealed_shop import sealed_shop

    alias: Any = getattr(request, "param", "default")
    with sealed_shop(alias, tmp_path) as shop:
        yield shop
