"""Policy files for tests: a small valid one, and ways to write and break it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shopprivacy.errors import PolicyError
from shopprivacy.policy import Policy, load

DEMO = Path(__file__).parents[2] / "examples" / "policies" / "demo.toml"

SKETCH = Path(__file__).parent / "sketch.toml"
"""The example that the schema grew from, as it was first written down."""

HEAD = """\
effective = 2026-01-01
jurisdiction = "NL"
languages = ["nl", "en"]
controller = { name = "Shop", address = "Street 1", email = "privacy@shop.example" }
"""

BODY = """\
data.contact = ["customer.email", "customer.phone"]
data.visit = ["visit.*"]
[purposes.orders]
basis = "contract"
data = ["contact"]
keep = "7 years after last_order"
[purposes.statistics]
basis = "consent"
[purposes.newsletter]
basis = "consent"
data = ["contact"]
keep = "2 years after last_contact"
"""

BASE: dict[str, Any] = {
    "effective": date(2026, 1, 1),
    "jurisdiction": "NL",
    "languages": ["nl", "en"],
    "controller": {"name": "Shop", "address": "Street 1", "email": "privacy@shop.example"},
    "data": {"contact": ["customer.email", "customer.phone"], "visit": ["visit.*"]},
    "purposes": {
        "orders": {"basis": "contract", "data": ["contact"], "keep": "7 years after last_order"},
        "statistics": {"basis": "consent"},
        "newsletter": {"basis": "consent", "data": ["contact"], "keep": "2 years after last_contact"},
    },
}
"""HEAD and BODY as Python values."""


def loaded(folder: Path, text: str) -> Policy:
    """The policy of a file with this text."""
    file = folder / "privacy.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def problems(folder: Path, text: str) -> list[str]:
    """What is wrong with a file with this text."""
    with pytest.raises(PolicyError) as caught:
        loaded(folder, text)
    return [str(problem) for problem in caught.value.problems]


def coded(folder: Path, text: str) -> list[tuple[str, str]]:
    """What is wrong with a file with this text: the code of each problem, and its place."""
    with pytest.raises(PolicyError) as caught:
        loaded(folder, text)
    return [(problem.code, problem.path) for problem in caught.value.problems]


def problems_in(values: Mapping[str, Any]) -> list[str]:
    """What is wrong with a policy made in Python."""
    with pytest.raises(PolicyError) as caught:
        Policy(**values)
    return [str(problem) for problem in caught.value.problems]


def base_with(**changes: Any) -> dict[str, Any]:
    """The small policy with entries added to its tables, or other keys set."""
    values = dict(BASE)
    for key, change in changes.items():
        old = values.get(key)
        values[key] = {**old, **change} if isinstance(old, dict) and isinstance(change, dict) else change
    return values


def toml(values: Mapping[str, Any]) -> str:
    """Values as TOML, each key on a line of its own."""
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in values.items())


def _key(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(entry)}" for key, entry in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(entry) for entry in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _key(value) if isinstance(value, str) else str(value)
