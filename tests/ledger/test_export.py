"""The ledger as lines of JSON: what is written is read back, and nothing else is."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from shopprivacy.decision import Action
from shopprivacy.ledger.export import checkpoint_fields, export_lines, read_export
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.ledger.pruning import PruningRules
from shopprivacy.ledger.serialize import row_fields
from shopprivacy.policy import Duration
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.samples import NOON, sample_entry, sample_ledger

LATER = datetime.fromisoformat("2040-01-01T12:00:00Z")


def book() -> Ledger:
    """A ledger with a choice that was pruned, one that was not, the note of the pruning, and two checkpoints."""
    made = sample_ledger(MemoryStore(), "x", None)
    made.append([sample_entry(), sample_entry(Action.WITHDRAWN)])
    made.checkpoint(NOON)
    made.prune(PruningRules(Duration.parse("7 years")), LATER)
    made.append([sample_entry(at=LATER)])
    made.checkpoint(LATER)
    return made


def lines(made: Ledger) -> list[str]:
    """Its export."""
    return list(export_lines(made.store.rows(), made.store.checkpoints()))


def test_an_export_reads_back_as_it_was() -> None:
    """Every row, pruned or not, and every checkpoint comes back equal, in order."""
    made = book()
    rows, checkpoints = read_export(lines(made))
    assert rows == list(made.store.rows())
    assert checkpoints == list(made.store.checkpoints())
    assert [row.entry is None for row in rows] == [True, True, True, False]
    assert len(checkpoints) == 2


def test_an_export_of_the_next_release_is_read() -> None:
    """Formats only expand: members that this release does not know are left alone."""
    written = lines(book())
    newer = [json.loads(line) for line in written]
    for member in newer:
        member.get("checkpoint", member)["more"] = "1"
    assert read_export(map(json.dumps, newer)) == read_export(written)


def test_a_line_is_an_object_of_text() -> None:
    """Rows come first, each as its fields; then checkpoints, each the one member of an object."""
    made = book()
    written = [json.loads(line) for line in lines(made)]
    assert written[:-2] == [row_fields(row) for row in made.store.rows()]
    (_, last) = made.store.checkpoints()
    assert written[-1] == {"checkpoint": checkpoint_fields(last)}
    assert checkpoint_fields(last) == {
        "at": "2040-01-01T12:00:00.000000Z",
        "head": f"4:{last.head.hash.hex()}",
        "rolling": last.head.rolling.hex(),
        "tenant": last.tenant,
        "key_id": last.key_id.hex(),
        "public_key": last.public_key.hex(),
        "signature": last.signature.hex(),
    }


@pytest.mark.parametrize(
    "line",
    ["", "x", "[]", "7", "null", "{}", '{"seq": "1"}', '{"checkpoint": {}}', '{"checkpoint": null}'],
)
def test_another_line_is_named_by_its_number(line: str) -> None:
    """What is neither a row nor a checkpoint is told by the number of its line, and not shown."""
    good = lines(book())
    with pytest.raises(ValueError, match=r"^line 3 is neither a row nor a checkpoint$"):
        read_export([*good[:2], line, *good[2:]])
