"""The part of an unreadable policy that can be read, so that all its problems are told at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from pydantic import BaseModel, ValidationError

from shopprivacy.errors import Problem
from shopprivacy.policy.load_problems import field_named, model_at

STAND_INS: Final[Mapping[str, object]] = {
    "effective": date.min,
    "jurisdiction": "NL",
    "languages": ["en"],
    "controller": {"name": "-", "address": "-", "email": "-@-"},
}
"""For the keys that must be there, where they are not; nothing is ever enforced with them."""

_SHORT: Final = re.compile(r"data\.([a-z0-9_]+)\.fields(.*)")

TABLES: Final = frozenset(
    {"data", "purposes", "recipients", "cookies", "third_parties", "separate", "zones", "forms", "roles"}
)
"""Tables of named entries: one that cannot be read leaves the others standing."""


HINGES: Final = frozenset({"basis", "data", "essential", "exempt", "mail", "role", "source"})
"""Keys on which rules about other keys hang: an entry without them would be blamed for what it does not say."""


def readable_part(
    error: ValidationError, values: Mapping[str, object], model: type[BaseModel]
) -> tuple[dict[str, object], dict[str, frozenset[str]]]:
    """The values without what ``error`` complains of, and what was left out, as ``Part.unread`` has it."""
    rest = dict(values)
    unread: dict[str, frozenset[str]] = {key: frozenset() for key in STAND_INS if key not in values}
    for detail in error.errors():
        table, *inside = (str(step) for step in detail["loc"] or ("",))
        entries = rest.get(table)
        if table not in TABLES or not inside or not isinstance(entries, Mapping):
            if table:
                rest.pop(table, None)
                unread.setdefault(table, frozenset())
            continue
        name, *keys = inside
        entry = entries.get(name)
        if keys and isinstance(entry, Mapping) and _can_do_without(table, name, keys[0], model):
            rest[table] = {**entries, name: {key: value for key, value in entry.items() if key != keys[0]}}
        else:
            rest[table] = {key: value for key, value in entries.items() if key != name}
            unread[table] = unread.get(table, frozenset()) | {name}
    return {**STAND_INS, **rest}, unread


def _can_do_without(table: str, name: str, key: str, model: type[BaseModel]) -> bool:
    field = field_named(model_at((table, name), model), key)
    return key != "[key]" and key not in HINGES and (field is None or not field.is_required())


def in_file(problem: Problem, values: Mapping[str, object]) -> Problem:
    """The problem at the place where the file has it, where that is not its place in Python."""
    if problem.path.startswith("not_personal"):
        return replace(problem, path=f"data.{problem.path}")
    short = _SHORT.fullmatch(problem.path)
    data = values.get("data")
    if short and isinstance(data, Mapping) and not isinstance(data.get(short[1]), Mapping):
        return replace(problem, path=f"data.{short[1]}{short[2]}")
    return problem
