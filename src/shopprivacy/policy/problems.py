"""From pydantic's errors to ours: the key path as written in the file, what is wrong, and what would be right.

Where part of a policy is in order all the same, it is found here, so that all problems are told at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from shopprivacy.errors import PolicyError, Problem
from shopprivacy.policy.wording import SALE, key_path, nearest, shown

SCHEMA_FILE: Final = "privacy.schema.json"
"""The JSON schema of the file, in this package."""

_FEW: Final = 8
"""Keys that a message can name without hiding what it says."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Beside a required key, in its ``Annotated``: the code of the problem that there is without it."""

    code: str


_KINDS: Final[Mapping[str, str]] = {
    "string_type": 'text in quotes, such as "..."',
    "bool_type": "true or false, without quotes",
    "int_type": "a whole number, without quotes",
    "date_type": "a date without quotes, such as 2026-01-01",
    "tuple_type": 'a list, such as ["..."]',
    "dict_type": "a table",
    "mapping_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}
"""What pydantic calls the wrong kind of value, and what would be right."""


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Every error pydantic found while validating ``model``, in the words of the file."""
    return [problem for detail in error.errors() for problem in _translated(detail, model)]


def _translated(detail: ErrorDetails, model: type[BaseModel]) -> Iterator[Problem]:
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, PolicyError):
        yield from cause.problems
        return
    location = detail["loc"]
    if (
        location[-1:] == ("[key]",) and detail["type"] != "extra_forbidden"
    ):  # pydantic's mark, not a key of the file
        location = location[:-1]
    if detail["type"] == "literal_error" and location != detail["loc"]:
        location = location[:-1]  # a word of a closed list, which the file writes as a list
    yield Problem(key_path(location), _message(detail, location, model), _code(detail, model))


_IN_CODE: Final = {
    "mail.transport": 'privacy.mail.transport = smtp.send_message; in Django SHOPPRIVACY["TRANSPORT"]'
}
"""What is a function, and another one in tests than in production: no part of what customers are told."""


def _code(detail: ErrorDetails, model: type[BaseModel]) -> str:
    kind, location = detail["type"], detail["loc"]
    if kind == "policy":
        return str(detail["ctx"]["code"])  # pyright: ignore[reportTypedDictNotRequiredAccess]  # see refuse
    if kind == "extra_forbidden":
        return "sale" if location[-1] in SALE else "unknown-key"
    if kind == "missing":
        field = _field(location, model)
        marks = [mark.code for mark in field.metadata if isinstance(mark, Missing)] if field else []
        return marks[0] if marks else "invalid"
    return "invalid"


def _message(detail: ErrorDetails, location: Sequence[str | int], model: type[BaseModel]) -> str:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "policy":
        return str(context["message"])
    if kind == "missing":
        return f"is missing: {_description(location, model)}"
    if kind == "extra_forbidden":
        key = str(location[-1])
        if key in SALE:
            return "personal data is not sold; delete it"
        if key_path(location) in _IN_CODE:
            return f"is set in code, not here: {_IN_CODE[key_path(location)]}"
        return f"unknown key {shown(key)}; {nearest(key, _keys(location[:-1], model))}"
    if kind in {"enum", "literal_error"}:
        return f"unknown {_noun(location)} {shown(value)}; one of {_choices(str(context['expected']))}"
    if kind in _KINDS:
        keys = _keys(location, model) if kind.startswith("model_") else []
        some = f" with the keys {', '.join(keys)}" if 0 < len(keys) <= _FEW else ""
        return f"{shown(value)} is not of the right kind; write {_KINDS[kind]}{some}"
    if kind == "greater_than_equal":
        return f"{shown(value)} is too small; at least {context['ge']}"
    if kind == "less_than_equal":
        return f"{shown(value)} is too large; at most {context['le']}"
    if kind == "too_short":
        return "is empty; name at least one"
    return f"{shown(value)} cannot be read here"


def _noun(location: Sequence[str | int]) -> str:
    """What a word of a closed list is: named by its key, but for the keys that name something else."""
    if location[0] == "mode":
        return "mode"
    if location[0] == "forbidden":
        return "kind" if len(location) == 1 else "treatment"
    return str(location[-2]).removesuffix("s") if isinstance(location[-1], int) else str(location[-1])


def _choices(expected: str) -> str:
    """From pydantic's ``'a', 'b' or 'c'`` to ``a, b, c``."""
    return ", ".join(re.findall(r"'([^']*)'", expected))


def _description(location: Sequence[str | int], model: type[BaseModel]) -> str:
    field = _field(location, model)
    description = (field and field.description) or _written(location, model) or "it has no default"
    first = description.split("\n\n")[0].rstrip(".").replace("\n", " ")
    return first[:1].lower() + first[1:]


def _written(location: Sequence[str | int], model: type[BaseModel]) -> str | None:
    """The string below a key in the source, by way of the schema: reading sources takes longer than all the rest."""
    table = model_at(location[:-1], model)
    schema = shipped_schema()
    node = schema["$defs"].get(table.__name__, schema) if table else schema
    description: str | None = node["properties"].get(location[-1], {}).get("description")
    return description


@cache
def shipped_schema() -> Mapping[str, Any]:
    """The JSON schema of the file: it has a description of every key."""
    schema: Mapping[str, Any] = json.loads(
        files("shopprivacy.policy").joinpath(SCHEMA_FILE).read_text(encoding="utf-8")
    )
    return schema


def _field(location: Sequence[str | int], model: type[BaseModel]) -> FieldInfo | None:
    return field_named(model_at(location[:-1], model), str(location[-1]))


def _keys(location: Sequence[str | int], model: type[BaseModel]) -> list[str]:
    parent = model_at(location, model)
    return [field.alias or name for name, field in parent.model_fields.items()] if parent else []


def field_named(model: type[BaseModel] | None, key: str) -> FieldInfo | None:
    """The field that a key of the file fills, or None; where there is no model, there are no fields."""
    fields = model.model_fields if model else {}
    return next((f for name, f in fields.items() if key in {name, f.alias}), None)


def model_at(location: Sequence[str | int], model: type[BaseModel]) -> type[BaseModel] | None:
    """The model of the table at this place of the file, or None where there is none."""
    current: type[BaseModel] | None = model
    inside_mapping = False
    for step in location:
        if inside_mapping or isinstance(step, int):
            inside_mapping = False  # the name of an entry, or its place in a list
            continue
        field = field_named(current, step)
        current = model_in(field.annotation) if field else None
        inside_mapping = field is not None and is_mapping(field.annotation)
    return current


def _parts(annotation: object) -> Iterator[object]:
    yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _parts(argument)


def model_in(annotation: object) -> type[BaseModel] | None:
    """The model of the table, or of the tables, that a key holds; None where it holds values."""
    return next((p for p in _parts(annotation) if isinstance(p, type) and issubclass(p, BaseModel)), None)


def is_mapping(annotation: object) -> bool:
    """Whether a key holds entries by name."""
    return any(getattr(part, "__origin__", None) is Mapping for part in _parts(annotation))


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
