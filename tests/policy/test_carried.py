"""Each policy that was made of a privacy statement carries the promises of that statement, on the keys of the map."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from shopprivacy.policy import load
from tests.policy.marks import marked
from tests.policy.test_promise_map import ROWS

POLICIES: Final = Path(__file__).parents[2] / "examples" / "policies"
STATEMENTS: Final[Mapping[str, str]] = {
    "carpets": "A",
    "optics": "S",
    "hardware": "D",
    "customer_admin": "K",
    "design_gifts": "O",
}
"""The policies made of a statement, with the letter of its promises."""


def carried(name: str) -> Mapping[str, frozenset[str]]:
    """The keys that bear the number of a promise in the policy of a statement."""
    return marked(POLICIES / f"{name}.toml", r"[A-Z]\d\d")


def alternatives(cell: str) -> list[list[str]]:
    """The keys of a cell of the map: all keys of one of these lists carry the promise."""
    return [re.findall(r"`([^`]+)`", part) for part in cell.split(" or ")]


def bears(keys: frozenset[str], wanted: str) -> bool:
    """Whether one of the keys is the wanted one; a key that stands for a whole table is borne by what is in it."""
    in_file = "data.not_personal" if wanted == "not_personal" else wanted
    pattern = re.escape(in_file).replace("NAME", r'(?:"[^"]+"|[^".]+)')
    whole = r'(?:\.(?:"[^"]+"|[^".]+))?' if "NAME" not in wanted else ""
    fields = re.fullmatch(r"data\.NAME\.fields", wanted) is not None
    return any(
        re.fullmatch(pattern + whole, key) or (fields and re.fullmatch(r"data\.[a-z_]+", key)) for key in keys
    )


def test_every_promise_stands_beside_its_keys() -> None:
    """The policy of its own statement carries a promise on each key that the map names for it."""
    carriers = {letter: carried(name) for name, letter in STATEMENTS.items()}
    lost = {
        promise: (cell.strip(), sorted(keys))
        for promise, cell, _ in ROWS
        if "`" in cell and not _carries(keys := carriers[promise[0]].get(promise, frozenset()), cell)
    }
    assert lost == {}, "each with the keys of the map, and those that carry it"


def _carries(keys: frozenset[str], cell: str) -> bool:
    return any(all(bears(keys, wanted) for wanted in all_of) for all_of in alternatives(cell))


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_number_stands_where_the_map_has_no_key(name: str) -> None:
    """A number behind a key is one of a promise of that statement, and the map names that key for it."""
    cells = {promise: cell for promise, cell, _ in ROWS}
    for promise, keys in carried(name).items():
        assert promise[0] == STATEMENTS[name]
        wanted = [key for all_of in alternatives(cells[promise]) for key in all_of]
        for key in keys:
            assert any(bears(frozenset({key}), one) for one in wanted), (promise, key)


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_is_marked_is_in_the_file(name: str) -> None:
    """The keys are read as TOML reads them: what bears a number is really there."""
    values = tomllib.loads((POLICIES / f"{name}.toml").read_text(encoding="utf-8"))
    for key in frozenset().union(*carried(name).values()):
        found: object = values
        for step in re.findall(r'"[^"]+"|[^".]+', key):
            assert isinstance(found, dict)
            assert step.strip('"') in found, key
            found = found[step.strip('"')]


@pytest.mark.parametrize("name", STATEMENTS)
def test_nobody_real_is_named(name: str) -> None:
    """A policy made of a real statement names an invented shop, at an address that nobody can have (RFC 2606)."""
    controller = load(POLICIES / f"{name}.toml").controller
    assert controller.email is not None
    assert controller.email.endswith(".example")
    if controller.page is not None:
        assert controller.page.removeprefix("https://").partition("/")[0].endswith(".example")
