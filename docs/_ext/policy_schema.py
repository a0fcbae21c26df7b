"""The JSON schema of privacy.toml, for editors: ``python -m docs._ext`` writes it anew into the package.

It describes what the model refuses by shape (unknown keys, wrong kinds, words outside a closed list). What
depends on other keys (a purpose that is not declared, a law that is missing) is found by ``shopprivacy.policy.loader``.
Each key has its description, which is the string below it in the model, and ``x-enforced``: how far this version
enforces it, as :class:`shopprivacy.policy.enforcement.Enforcement` has it.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from textwrap import dedent
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from shopprivacy.policy import Policy
from shopprivacy.policy.base import Declared
from shopprivacy.policy.durations import Duration, RetentionPeriod
from shopprivacy.policy.enforcement import enforcement_of
from shopprivacy.policy.problems import model_in

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


class _Generator(GenerateJsonSchema):
    """Defaults as the file writes them."""

    def encode_default(self, dft: object) -> Any:  # noqa: ANN401  # pydantic's signature
        if isinstance(dft, Declared):
            return {}
        return str(dft) if isinstance(dft, Duration | RetentionPeriod) else super().encode_default(dft)


def json_schema() -> Schema:
    """The schema (JSON Schema, draft 2020-12) of the file, with a description for every key."""
    schema: Schema = Policy.model_json_schema(schema_generator=_Generator)
    for model in _models(Policy):
        _describe(schema if model is Policy else schema["$defs"][model.__name__], model)
    schema = _plain(schema)
    keys = schema["properties"]
    del keys["texts"]  # the texts are in files of their own
    keys["data"]["properties"] = {"not_personal": keys.pop("not_personal")}
    return {"$schema": DIALECT, "title": "privacy.toml", **schema}


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        if inner := model_in(field.annotation):
            yield from _models(inner)


def _describe(node: Schema, model: type[BaseModel]) -> None:
    described = dict(_descriptions(model))
    for name, field in model.model_fields.items():
        key = field.alias or name
        told: Schema = {"description": described[name]}
        if model_in(field.annotation) is None and not field.exclude:
            told["x-enforced"] = enforcement_of(field)
        node["properties"][key] = dict(sorted({**node["properties"][key], **told}.items()))


def _descriptions(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """The string below each key of a model and of those it inherits from, as Sphinx reads it too."""
    for base in reversed(model.__mro__):
        if not (issubclass(base, Declared) and "__annotations__" in vars(base)):
            continue
        lines = ast.parse(dedent(inspect.getsource(base))).body[0].body  # type: ignore[attr-defined]  # of a class
        for key, below in pairwise(lines):
            match key, below:
                case ast.AnnAssign(ast.Name(name)), ast.Expr(ast.Constant(str(text))):
                    yield name, inspect.cleandoc(text)


def _plain(node: Any) -> Any:  # noqa: ANN401  # any JSON
    """Without what TOML does not have (null) and what repeats the name of a key (title)."""
    if isinstance(node, list):
        return [_plain(entry) for entry in node]
    if not isinstance(node, Mapping):
        return node
    node = dict(node)
    options = [option for option in node.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1 and len(node["anyOf"]) > 1:
        node = {**node, **options[0]}
        del node["anyOf"]
    if node.get("default", ...) is None:
        del node["default"]
    if isinstance(node.get("title"), str):
        del node["title"]
    if isinstance(node.get("description"), str):
        node["description"] = " ".join(node["description"].partition("\n\n")[0].split())
    if node.get("type") == "array":
        node["uniqueItems"] = True
    if "patternProperties" in node:
        node["additionalProperties"] = False
    return {key: _plain(entry) for key, entry in node.items()}


def written_schema() -> str:
    """Return the schema as the package has it: JSON with a line feed at its end."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
