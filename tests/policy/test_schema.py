"""The JSON schema and the reference page say what the model says."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from docs._ext.policy_page import reference
from docs._ext.policy_schema import json_schema, written_schema
from hypothesis import given
from jsonschema import Draft202012Validator

from shopprivacy.policy import Policy
from shopprivacy.policy.problems import SCHEMA_FILE
from tests.policy.files import BASE, DEMO, SKETCH, base_with, problems, toml
from tests.strategies import FEWER, declarations

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "policy.md"
SHIPPED = files("shopprivacy.policy").joinpath(SCHEMA_FILE).read_text(encoding="utf-8")
SCHEMA = json.loads(SHIPPED)
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _as_json(text: str) -> Any:
    """A TOML file as an editor hands it to the schema: dates are text."""
    return json.loads(json.dumps(tomllib.loads(text), default=str))


def _valid(values: Mapping[str, Any]) -> bool:
    return VALIDATOR.is_valid(_as_json(toml(values)))


def test_the_shipped_schema_is_current() -> None:
    """The file in the package is what the model gives; `python -m docs._ext` writes it anew."""
    assert written_schema() == SHIPPED


def test_the_schema_is_one() -> None:
    """It is a valid schema of draft 2020-12."""
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(SCHEMA)


def test_the_page_is_current() -> None:
    """The reference page is what the schema gives."""
    assert PAGE.read_text(encoding="utf-8") == reference(json_schema())


POLICIES = [SKETCH, *(file for file in sorted(DEMO.parent.glob("*.toml")) if "." not in file.stem)]


@pytest.mark.parametrize("file", POLICIES, ids=lambda file: file.stem)
def test_examples_are_accepted(file: Path) -> None:
    """The policies of the example shops, and the sketch the schema grew from, fit it."""
    assert [
        error.message for error in VALIDATOR.iter_errors(_as_json(file.read_text(encoding="utf-8")))
    ] == []


@FEWER
@given(declarations())
def test_what_the_model_accepts_the_schema_accepts(values: dict[str, Any]) -> None:
    """No valid policy is underlined in an editor."""
    assert _valid(values)


@pytest.mark.parametrize(
    "changes",
    [
        {"effective": "soon"},
        {"jurisdiction": "NO"},
        {"languages": []},
        {"languages": ["nl", "nl"]},
        {"languages": ["es"]},
        {"controller": {"nam": "x"}},
        {"colour": 1},
        {"not_personal": ["a.b"]},
        {"texts": {"nl": {"ui": {"accept_all": "Ja"}}, "fr": {}}},
        {"presets": ["flsk"]},
        {"secure": ["checkout"]},
        {"forbidden": ["iban"]},
        {"forbidden": {"card_number": "hide"}},
        {"minimum_group": 1},
        {"minimum_group": True},
        {"mode": {"cookies": "on"}},
        {"ledger": {"keep": "long"}},
        {"ledger": {"keep": 7}},
        {"children": {"age": 21}},
        {"cache": {"key_header": "a b"}},
        {"data": {"Contact": ["a.b"]}},
        {"data": {"note": ["note"]}},
        {"data": {"note": "note.text"}},
        {"data": {"not_personal": ["x"]}},
        {"data": {"note": {"fields": ["a.b"], "only": [{"fild": "a.b"}]}}},
        {"purposes": {"*": {"basis": "consent"}}},
        {"purposes": {"x": {}}},
        {"purposes": {"x": {"basis": "toestemming"}}},
        {"purposes": {"x": {"basis": "consent", "data": ["*"]}}},
        {"purposes": {"x": {"basis": "consent", "keep": "long"}}},
        {"purposes": {"x": {"basis": "consent", "keep": "7 years after"}}},
        {"purposes": {"x": {"basis": "consent", "sell": True}}},
        {"purposes": {"x": {"basis": "consent", "channels": ["pigeon"]}}},
        {"recipients": {"x": {"role": "spy", "for": ["orders"], "country": "NL"}}},
        {"recipients": {"x": {"role": "processor", "for": [], "country": "NL"}}},
        {"recipients": {"x": {"role": "processor", "for_": ["orders"], "country": "NL"}}},
        {"recipients": {"x": {"role": "processor", "for": ["orders"], "country": "nl"}}},
        {"cookies": {"a b": {"essential": True, "life": "session"}}},
        {"cookies": {"a": {"essential": True}}},
        {"cookies": {"a": {"essential": "yes", "life": "session"}}},
        {"cookies": {"a": {"essential": True, "life": "for ever"}}},
        {"cookies": {"a": {"essential": True, "life": "session", "paths": []}}},
        {"cookies": {"a": {"essential": True, "life": "session", "domains": [".a.example"]}}},
        {"third_parties": {"a": {"purpose": "statistics", "hosts": ["https://a.example"], "kinds": ["img"]}}},
        {"third_parties": {"a": {"purpose": "statistics", "hosts": ["a.example"], "kinds": ["applet"]}}},
        {"separate": {"support": "contact"}},
        {"analytics": {"fields": ["email"]}},
        {"analytics": {"keep_params": ["a b"]}},
        {"analytics": {"funnel": ["PUT /cart"]}},
        {"prove": {}},
    ],
)
def test_what_has_the_wrong_shape_is_refused_by_both(tmp_path: Path, changes: dict[str, Any]) -> None:
    """What the model refuses by its shape, the schema refuses too."""
    values = base_with(**changes)
    assert not _valid(values)
    assert problems(tmp_path, toml(values))


def test_the_base_is_accepted_by_both() -> None:
    """What the refused cases are made of is itself accepted."""
    assert _valid(BASE)
    assert Policy(**BASE)


def _keys(node: object, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, Mapping):
        for key, entry in node.get("properties", {}).items():
            yield f"{path}.{key}", entry
        for key, entry in node.items():
            yield from _keys(entry, f"{path}.{key}")


def test_every_key_is_described() -> None:
    """An editor can say something about every key, and the page has a row for each."""
    page = PAGE.read_text(encoding="utf-8")
    for path, node in _keys(SCHEMA):
        described = node.get("description") or SCHEMA["$defs"][node["$ref"].rpartition("/")[2]]["description"]
        assert len(described) > 10, path
        if "not_personal" not in path:
            assert f"| `{path.rpartition('.')[2]}` |" in page, path


def test_nothing_of_pydantic_shows() -> None:
    """No titles made from Python names, no null, no docstring sections."""
    text = SHIPPED
    assert '"title"' in text
    assert text.count('"title":') == 1 + text.count('"title": {')
    assert "null" not in text
    assert not re.search(r"Raises:|:class:", text)
