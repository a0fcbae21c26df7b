"""Values that nobody can change, and back."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from shopprivacy.policy.base import deeply_frozen, dictionary


def test_what_is_frozen_is_frozen_all_the_way_down() -> None:
    """Tables in lists in tables: none of them can be changed, and none is what was given."""
    given: dict[str, Any] = {"a": [{"b": [1]}], "c": ("d",)}
    frozen: Any = deeply_frozen(given)
    assert frozen == {"a": ({"b": (1,)},), "c": ("d",)}
    assert isinstance(frozen, MappingProxyType)
    with pytest.raises(TypeError):
        frozen["a"][0]["b"] = 2
    given["a"].append({})
    assert len(frozen["a"]) == 1


def test_a_mapping_of_any_kind_becomes_a_dictionary() -> None:
    """All the way down, for what can read nothing else."""
    given = MappingProxyType({"a": MappingProxyType({"b": 1}), "c": [1]})
    assert dictionary(given) == {"a": {"b": 1}, "c": [1]}
    thawed: Any = dictionary(given)
    assert type(thawed["a"]) is dict
