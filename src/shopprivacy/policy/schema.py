"""The JSON schema of privacy.toml, for editors: ``python -m shopprivacy.policy.schema`` writes it anew.

What stands in it is what the model refuses by shape (unknown keys, wrong kinds, words outside a closed list). What
hangs on other keys (a purpose that is not declared, a law that is missing) only :func:`shopprivacy.policy.load` says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from shopprivacy.policy.model import Policy
from shopprivacy.policy.model_base import Declared
from shopprivacy.policy.schema_reference import reference
from shopprivacy.policy.terms import Keep, Term

FILE: Final = "privacy.schema.json"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


class _Generator(GenerateJsonSchema):
    """Defaults as the file writes them."""

    def encode_default(self, dft: object) -> Any:  # noqa: ANN401  # pydantic's signature
        if isinstance(dft, Declared):
            return {}
        return str(dft) if isinstance(dft, Term | Keep) else super().encode_default(dft)


def json_schema() -> Schema:
    """The schema (JSON Schema, draft 2020-12) of the file, with a description for every key."""
    schema: Schema = _plain(Policy.model_json_schema(schema_generator=_Generator))
    keys = schema["properties"]
    del keys["texts"]  # they stand in files of their own
    keys["data"]["properties"] = {"not_personal": keys.pop("not_personal")}
    return {"$schema": DIALECT, "title": "privacy.toml", **schema}


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
    """The schema as it stands in the package."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def shipped_schema() -> str:
    """The schema that is shipped with this version of the package."""
    return files("shopprivacy.policy").joinpath(FILE).read_text(encoding="utf-8")


def main(package: Path, docs: Path) -> None:
    """Write the schema into the package, and the reference page where the documentation is at hand."""
    (package / FILE).write_text(written_schema(), encoding="utf-8")
    if docs.is_dir():
        (docs / "policy.md").write_text(reference(json_schema()), encoding="utf-8")


if __name__ == "__main__":  # pragma: no cover  # two lines; main() is tested
    here = Path(__file__).resolve().parent
    main(here, here.parents[2] / "docs" / "reference")
