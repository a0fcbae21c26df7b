"""The map from promises to keys names every promise once, and no key that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from shopprivacy.policy import Policy
from shopprivacy.policy.problems import field_named, model_at

MAP = Path(__file__).parents[2] / "docs" / "promise-map.md"
PROMISES = {"A": 23, "S": 32, "D": 58, "K": 19, "O": 19}
ROWS = re.findall(
    r"^\| ([A-Z]\d\d) \|[^|]*\|([^|]*)\|([^|]*)\|$", MAP.read_text(encoding="utf-8"), re.MULTILINE
)
KEYS = sorted({key for _, keys, _ in ROWS for key in re.findall(r"`([^`]+)`", keys)})


def test_every_promise_is_there_once() -> None:
    """All 151 promises stand in the map, each exactly once."""
    wanted = [f"{letter}{number:02}" for letter, count in PROMISES.items() for number in range(1, count + 1)]
    assert len(wanted) == 151
    assert [row[0] for row in ROWS] == wanted


def test_every_key_exists() -> None:
    """A key that the map names is a key of the model."""
    assert [key for key in KEYS if not _exists(key)] == []


def _exists(key: str) -> bool:
    *path, last = key.split(".")
    model = model_at(path, Policy)
    return model is not None and field_named(model, last) is not None


def test_what_is_not_in_the_file_says_why() -> None:
    """A promise without a key has a reason."""
    without = [(promise, reason) for promise, keys, reason in ROWS if "`" not in keys]
    assert without
    for promise, reason in without:
        assert len(reason.split()) > 5, promise


def test_every_carrying_key_is_mapped() -> None:
    """A key of the model that is in no row is one that the page names as carrying no promise of its own."""
    text = MAP.read_text(encoding="utf-8")
    for key in Policy.model_fields:
        assert f"`{key}`" in text or f"`{key}." in text or key in {"texts", "third_parties"}, key
