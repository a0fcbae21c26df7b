"""The reference page of privacy.toml, printed from its JSON schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from shopprivacy.policy.base import (
    COUNTRY_PATTERN,
    DOMAIN_PATTERN,
    FIELD_PATTERN,
    HEADER_PATTERN,
    HOST_PATTERN,
    NAME_PATTERN,
    PATH_PATTERN,
)

Schema = Mapping[str, Any]

_HEAD: Final = """\
<!-- Written by `python -m docs._ext` from the model; change it there. -->

# privacy.toml

Every key of the policy file. A key that is not listed here is an error, and so is a name that is used without being
declared. The texts that customers read (titles and explanations of purposes, what follows from leaving an input
empty) are in `privacy.nl.toml`, `privacy.fr.toml`, `privacy.de.toml` and `privacy.en.toml` beside the file.

Editors that know JSON Schema (taplo, Even Better TOML) complete and check the file if its first line names the
schema: `#:schema https://…/privacy.schema.json`, or the path of the one in the package,
`shopprivacy/policy/privacy.schema.json`.

The words used below: a *name* is made of lower-case letters, digits and underscores; a *field* is written
`Table.column`, or `Table.*` for all columns of a table; a *term* is a number and a unit (`13 months`, `10 working
days`); a *term after an event* says what it is counted from (`7 years after last_order`).

The column *enforced* says how far this version enforces a key; `shopprivacy check` shows it for the keys in your file:

| enforced | means |
|---|---|
| yes | the library acts on it: at the gate, on its pages, in the consent cookie, in the ledger |
| decision | `privacy.may()` and `privacy.require()` use it: it has an effect only where your code asks |
| shown | it is only shown: to visitors on the library's pages, or to you by `check` |
| no | it is read and checked, but has no effect yet |
| by key | it is a table: see each of its keys |
"""

_WORDS: Final[Mapping[str, str]] = {
    NAME_PATTERN: "name",
    COUNTRY_PATTERN: "country",
    PATH_PATTERN: "path",
    HEADER_PATTERN: "name of a header, of letters and digits",
    FIELD_PATTERN: "field",
    DOMAIN_PATTERN: "domain",
    HOST_PATTERN: "host",
}


def reference(schema: Schema) -> str:
    """The page, in MyST Markdown."""
    parts = [_HEAD, "## The file itself\n", *_rows(schema, schema)]
    for key, node in schema["properties"].items():
        for title, entry in _tables(key, node, schema):
            parts += [f"## {title}\n", f"{entry['description']}\n", *_rows(entry, schema)]
    return "\n".join(parts)


def _tables(key: str, node: Schema, schema: Schema) -> Iterator[tuple[str, Schema]]:
    """The tables below a key, as ``[key]`` or ``[key.NAME]``, with those inside them."""
    if "$ref" in node:
        yield from _table_and_inner(key, node, schema)
    for entries in node.get("patternProperties", {}).values():
        for option in entries.get("anyOf", [entries]):
            if "$ref" in option:
                yield from _table_and_inner(f"{key}.NAME", option, schema)


def _table_and_inner(path: str, node: Schema, schema: Schema) -> Iterator[tuple[str, Schema]]:
    table = _resolved(node, schema)
    yield f"`[{path}]`", table
    for key, inner in table["properties"].items():
        nested = _resolved(inner.get("items", inner), schema)
        if "properties" in nested:
            yield (f"`[[{path}.{key}]]`" if "items" in inner else f"`[{path}.{key}]`"), nested


def _rows(table: Schema, schema: Schema) -> Iterator[str]:
    yield "| key | value | default | enforced | meaning |\n|---|---|---|---|---|"
    for key, node in table["properties"].items():
        required = key in table.get("required", ())
        left_out = "required" if required else _shown(node.get("default"))
        enforced = node.get("x-enforced", "by key")
        meaning = _cell(_resolved(node, schema)["description"])
        yield f"| `{key}` | {_kind(node, schema)} | {left_out} | {enforced} | {meaning} |"
    yield ""


def _kind(node: Schema, schema: Schema) -> str:
    node = _resolved(node, schema)
    if "anyOf" in node:
        return " or ".join(_kind(option, schema) for option in node["anyOf"])
    if "enum" in node:
        return ", ".join(f"`{word}`" for word in node["enum"])
    if "const" in node:
        return f"`{node['const']}`"
    if node["type"] == "array":
        return f"list of: {_kind(node['items'], schema)}"
    if node["type"] == "string":
        return _text(node)
    return {"boolean": "`true`, `false`", "integer": "number"}.get(node["type"], "table")


def _text(node: Schema) -> str:
    if node.get("format") == "date":
        return "date"
    pattern = node.get("pattern", "")
    if " after " in pattern:
        return "term after an event"
    return _WORDS.get(pattern, "term" if "year" in pattern else "text")


def _shown(default: object) -> str:
    if default is None or default in ([], {}):
        return ""
    return f"`{json.dumps(default, ensure_ascii=False)}`"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _resolved(node: Schema, schema: Schema) -> Schema:
    if "$ref" not in node:
        return node
    return {
        **schema["$defs"][node["$ref"].rpartition("/")[2]],
        **{k: v for k, v in node.items() if k != "$ref"},
    }
