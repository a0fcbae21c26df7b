"""The ledger as lines of JSON, for an auditor: rows first, checkpoints after them.

A row is an object with the fields of `serialize`; a checkpoint is one with the single member ``checkpoint``. Subjects
are pseudonyms, so an export is personal data still: hand it over, do not publish it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from shopprivacy.ledger.chain import Head, Pin
from shopprivacy.ledger.checkpoint import Checkpoint
from shopprivacy.ledger.entry import Row, written
from shopprivacy.ledger.serialize import read_row, row_fields


def export_lines(rows: Iterable[Row], checkpoints: Iterable[Checkpoint]) -> Iterator[str]:
    """One line of JSON for each row and each checkpoint, without line feeds."""
    for row in rows:
        yield json.dumps(row_fields(row))
    for made in checkpoints:
        yield json.dumps({"checkpoint": checkpoint_fields(made)})


def checkpoint_fields(made: Checkpoint) -> dict[str, str]:
    """A checkpoint as text."""
    return {
        "at": written(made.at),
        "head": str(made.pin),
        "rolling": made.head.rolling.hex(),
        "tenant": made.tenant,
        "key_id": made.key_id.hex(),
        "public_key": made.public_key.hex(),
        "signature": made.signature.hex(),
    }


def read_export(lines: Iterable[str]) -> tuple[list[Row], list[Checkpoint]]:
    """What ``export_lines`` wrote.

    Raises ValueError with the number of a line that is neither a row nor a checkpoint.
    """
    rows: list[Row] = []
    checkpoints: list[Checkpoint] = []
    for number, line in enumerate(lines, start=1):
        try:
            found = json.loads(line)
            if "checkpoint" in found:
                checkpoints.append(_checkpoint(found["checkpoint"]))
            else:
                rows.append(read_row(found))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ValueError(f"line {number} is neither a row nor a checkpoint") from None
    return rows, checkpoints


def _checkpoint(fields: dict[str, Any]) -> Checkpoint:
    pin = Pin.parse(fields["head"])
    return Checkpoint(
        at=datetime.fromisoformat(fields["at"]),
        head=Head(pin.count, pin.hash, bytes.fromhex(fields["rolling"])),
        tenant=fields["tenant"],
        key_id=bytes.fromhex(fields["key_id"]),
        public_key=bytes.fromhex(fields["public_key"]),
        signature=bytes.fromhex(fields["signature"]),
    )
