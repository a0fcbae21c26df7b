"""Whether this version enforces a key of the policy: said beside the key, read by all who print it.

A key is marked where it is defined: ``life: Enforced[Life]``. Whoever adds a key and forgets the mark promises nothing:
without one, a key is not enforced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Annotated, NamedTuple, TypeVar

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shopprivacy.policy.problems import is_mapping, model_in

T = TypeVar("T")


class Enforcement(StrEnum):
    """How far a key is enforced by this version."""

    YES = "yes"
    """The library acts on it: at the gate, on its pages, in the consent cookie, in the ledger."""
    DECISION = "decision"
    """``may`` and ``require`` answer by it: it holds where the shop's code asks, and only there."""
    SHOWN = "shown"
    """It is only read to be shown: to visitors in the library's pages, or to the shop by ``check``."""
    NO = "no"
    """It is read and checked, and nothing follows from it yet."""


Enforced = Annotated[T, Enforcement.YES]
Decided = Annotated[T, Enforcement.DECISION]
Shown = Annotated[T, Enforcement.SHOWN]


def enforcement_of(field: FieldInfo) -> Enforcement:
    """The mark of a key that holds a value; a key that holds a table has none of its own."""
    return next((mark for mark in field.metadata if isinstance(mark, Enforcement)), Enforcement.NO)


class PolicyKey(NamedTuple):
    """A key that holds a value, in whichever tables of the file it may stand."""

    path: str
    """``purposes.*.keep``, ``data.*.only[].field``."""
    model: type[BaseModel]
    """The part of the policy that has it,"""
    name: str
    """under this name in Python."""
    mark: Enforcement


def keys_below(model: type[BaseModel], path: str = "") -> Iterator[PolicyKey]:
    """Every key of a model, and of those in it, that holds a value."""
    for name, field in model.model_fields.items():
        if field.exclude:
            continue  # it stands in files of its own
        key = _key(path, name, field)
        inner = model_in(field.annotation)
        if inner is None:
            yield PolicyKey(key, model, name, enforcement_of(field))
        else:
            yield from keys_below(inner, key)


def declared(part: BaseModel, path: str = "") -> Iterator[tuple[str, Enforcement]]:
    """The keys that a policy states and that hold something, by their paths; the same key of two entries twice."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if name not in part.model_fields_set or field.exclude or not value:
            continue
        key = _key(path, name, field)
        if model_in(field.annotation) is None:
            yield key, enforcement_of(field)
        else:
            for entry in _entries(value):
                yield from declared(entry, key)


def _key(path: str, name: str, field: FieldInfo) -> str:
    key = f"{path}.{field.alias or name}".lstrip(".").replace("not_personal", "data.not_personal")
    if model_in(field.annotation) is None:
        return key
    if is_mapping(field.annotation):
        return f"{key}.*"
    return f"{key}[]" if getattr(field.annotation, "__origin__", None) is tuple else key


def _entries(value: object) -> Iterable[BaseModel]:
    if isinstance(value, Mapping):
        return [entry for entry in value.values() if isinstance(entry, BaseModel)]
    return [
        entry for entry in (value if isinstance(value, tuple) else (value,)) if isinstance(entry, BaseModel)
    ]


def in_short(model: type[BaseModel], keys: Iterable[str]) -> list[str]:
    """Paths of keys below a model, those of one table behind its name: ``purposes (then, frozen)``.

    A table all of whose keys are enforced alike is named alone.
    """
    marks: dict[str, set[Enforcement]] = {}
    for known in keys_below(model):
        marks.setdefault(_split(known.path)[0], set()).add(known.mark)
    tables: dict[str, list[str]] = {}
    for path in dict.fromkeys(keys):
        table, key = _split(path)
        tables.setdefault(table or key, []).extend([key] if table and len(marks[table]) > 1 else [])
    return [f"{table} ({', '.join(inner)})" if inner else table for table, inner in tables.items()]


def _split(path: str) -> tuple[str, str]:
    """The table of a key, as its entries have it too, and the key: ``purposes.*.then`` is of ``purposes``."""
    table, _, key = path.replace(".*", "").replace("[]", "").rpartition(".")
    return table, key
