"""What check finds in five real statements, written down as they stand; in the corrected ones it finds nothing.

The transcriptions in ``statements/`` bear behind each key what is found there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from shopprivacy.lint import KINDS, lint
from shopprivacy.policy.loader import read
from tests.policy.marks import marked
from tests.policy.test_carried import POLICIES, STATEMENTS

HERE: Final = Path(__file__).parent / "statements"
PAGE: Final = Path(__file__).parents[2] / "docs" / "explanation" / "statements.md"
TODAY: Final = date(2026, 1, 5)

Mark = tuple[str, str, str]
"""A file, a key in it, and the id of what is found there."""


def marks(name: str) -> Iterator[Mark]:
    """What the transcription of a statement says is found in it."""
    for file in (HERE / f"{name}.toml", HERE / f"{name}.nl.toml"):
        if file.exists():
            for id_, keys in marked(file, "[a-z]+(?:-[a-z]+)+").items():
                yield from ((file.name, key, id_) for key in keys)


def found(name: str) -> Iterator[Mark]:
    """What is found in it."""
    for finding in lint(read(HERE / f"{name}.toml"), TODAY).findings:
        file, _, path = finding.path.rpartition(": ")
        yield file or f"{name}.toml", re.sub(r"\[\d+\]", "", path), finding.id


def borne(one: Mark, mark: Mark) -> bool:
    """Whether something is found where, or in what, is marked with it."""
    (file, path, id_), (marked_file, key, marked_id) = one, mark
    return (file, id_) == (marked_file, marked_id) and (not key or f"{path}.".startswith(f"{key}."))


@pytest.mark.parametrize("name", STATEMENTS)
def test_exactly_the_known_defects_are_found(name: str) -> None:
    """Each defect of a statement is found where it stands, and nothing else is."""
    known, all_found = list(marks(name)), list(found(name))
    assert [one for one in all_found if not any(borne(one, mark) for mark in known)] == []
    assert [mark for mark in known if not any(borne(one, mark) for one in all_found)] == []


@pytest.mark.parametrize("name", ["demo", *STATEMENTS])
def test_nothing_is_found_in_the_mended_ones(name: str) -> None:
    """The policies that shops start from are without a finding, accepted or not."""
    report = lint(read(POLICIES / f"{name}.toml"), TODAY)
    assert (report.findings, report.accepted) == ((), ())


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_page_tells_what_is_found(name: str) -> None:
    """The page about the statements names, in the section of each, every kind of finding in it and no other."""
    section = PAGE.read_text(encoding="utf-8").partition(f"`{name}.toml`")[2].partition("\n## ")[0]
    told = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", section)) & KINDS.keys()
    assert told == {id_ for _, _, id_ in marks(name)}
