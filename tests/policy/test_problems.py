"""From pydantic's errors to ours, on models that are nobody's policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shopprivacy.errors import Problem
from shopprivacy.policy import Policy
from shopprivacy.policy.problems import model_at, problems_of
from shopprivacy.policy.wording import nearest, shown


class Knob(BaseModel):
    """A table in a table in a table."""

    model_config = ConfigDict(extra="forbid")
    turns: int = 1


class Panel(BaseModel):
    """A table with one table, and a table of tables."""

    knob: Knob = Knob()
    knobs: Mapping[str, Knob] = {}


class Machine(BaseModel):
    """A file."""

    panel: Panel = Panel()
    maker: Annotated[str, Field(description="Who made it, on\none line, such as XX.\n\nNot who sold it.")] = (
        "-"
    )
    plate: str = "-"


class Labelled(Machine):
    """A file that must say who made it, and has a plate."""

    maker: Annotated[str, Field(description="Who made it, on\none line, such as XX.\n\nNot who sold it.")]
    plate: str


def found(model: type[BaseModel], values: object) -> list[Problem]:
    """What is wrong with the values."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(values)
    return problems_of(caught.value, model)


def test_an_unknown_key_is_compared_with_those_of_its_own_table() -> None:
    """However deep it stands, and whether or not the table is one of many, its neighbours are what may be meant."""
    assert found(Machine, {"panel": {"knob": {"turn": 2}, "knobs": {"left": {"turn": 2}}}}) == [
        Problem("panel.knob.turn", 'unknown key "turn"; did you mean "turns"?', "unknown-key"),
        Problem("panel.knobs.left.turn", 'unknown key "turn"; did you mean "turns"?', "unknown-key"),
    ]


def test_a_missing_key_is_told_with_the_first_paragraph_of_its_description() -> None:
    """On one line and without its full stop; a key that nobody described has no default, and that is said."""
    assert found(Labelled, {}) == [
        Problem("maker", "is missing: who made it, on one line, such as XX", "invalid"),
        Problem("plate", "is missing: it has no default", "invalid"),
    ]


def test_a_value_of_the_wrong_kind_is_plainly_invalid() -> None:
    """What has no code of its own has the general one."""
    assert [problem.code for problem in found(Machine, {"plate": 7})] == ["invalid"]


def test_a_place_in_the_file_has_the_model_of_its_table_or_none() -> None:
    """Tables and entries of tables have one, lists and plain values have none."""
    assert model_at((), Machine) is Machine
    assert model_at(("panel", "knob"), Machine) is Knob
    assert model_at(("panel", "knobs", "left"), Machine) is Knob
    assert model_at(("plate",), Machine) is None
    assert model_at(("plate", "colour", "shade"), Machine) is None
    assert model_at(("sites", 0), Policy) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (date(2026, 1, 1), "2026-01-01"),
        ({}, "a table"),
        ([], "a list"),
        ((), "a list"),
        (b"", "a bytes"),
        ("a\nb\u202e é", '"a\\nb\\u202e é"'),
        ("a" * 80, '"' + "a" * 80 + '"'),
        ("a" * 81, '"' + "a" * 80 + '…"'),
    ],
)
def test_a_value_is_shown_as_the_file_has_it(value: object, words: str) -> None:
    """Up to eighty characters of a text, on one line; of tables and lists only that they are one."""
    assert shown(value) == words


def test_the_nearest_name_is_asked_for_and_otherwise_all_are_listed() -> None:
    """One suggestion, the best; where nothing is like it, what there is."""
    assert nearest("turm", ("term", "turn")) in {'did you mean "turn"?', 'did you mean "term"?'}
    assert nearest("x", ("term", "turn")) == "one of term, turn"
    assert nearest("x", ()) == "none is declared"
