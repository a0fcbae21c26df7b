"""The journal's format (docs/formats/journal.md), by its vectors and a second reading of the page."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from shopprivacy.errors import JournalBroken, PrivacyError
from shopprivacy.ledger.chain import Pin
from shopprivacy.ledger.journal import JournalRecord, Mark, NumberedRecord
from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.journal_rows import check_usable, journal_row, read_journal_row, read_mark

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "journal.json").read_text())["records"]


@pytest.mark.parametrize("vector", VECTORS)
def test_the_vectors(vector: dict[str, Any], tmp_path: Path) -> None:
    """Each record is written and read as the page says, as a row and as a line."""
    record = JournalRecord(vector["kind"], vector["members"])
    row = journal_row(record, datetime.fromisoformat(vector["written"]))
    assert row._asdict() == {name: vector[name] for name in ("at", "kind", "body", "checksum")}
    assert read_journal_row("journal", 7, *row[1:]) == NumberedRecord(7, record)
    (tmp_path / "journal").write_text(vector["line"])
    assert [one.record for one in JournalFile(tmp_path / "journal").records()] == [record]


@pytest.mark.parametrize("vector", VECTORS)
def test_a_second_reading(vector: dict[str, Any]) -> None:
    """Somebody who has only the page computes the same checksums and reads the same members."""
    kind, body = vector["kind"], vector["body"]
    assert sha256(kind.encode() + b" " + body.encode()).hexdigest()[:16] == vector["checksum"]
    assert json.loads(body) == vector["members"]
    checksum, text = vector["line"].removesuffix("\n").split(" ", 1)
    assert sha256(text.encode()).hexdigest()[:16] == checksum
    assert json.loads(text) == {"kind": kind, **vector["members"]}
    assert (datetime.fromisoformat(vector["written"]).timestamp() // 1) == vector["at"]


def test_a_row_that_changed() -> None:
    """Under another kind, or with another body, the checksum does not hold; the row is named, not what it says."""
    row = journal_row(
        JournalRecord("erasure", {"handle": "1"}), datetime.fromisoformat("2026-01-01T00:00:00Z")
    )
    for kind, body in (("choice", row.body), (row.kind, row.body.replace("1", "2")), (row.kind, "")):
        with pytest.raises(JournalBroken, match="journal record 3: is not as it was written") as raised:
            read_journal_row("journal", 3, kind, body, row.checksum)
        assert "handle" not in str(raised.value)


@pytest.mark.parametrize("body", ["", "[]", "1", '{"a":1}', '{"a":null}', "{"])
def test_a_body_of_another_kind(body: str) -> None:
    """What is no object of strings is named as well, be its checksum right."""
    checksum = sha256(f"choice {body}".encode()).hexdigest()[:16]
    with pytest.raises(JournalBroken, match="journal record 3: is not as it was written"):
        read_journal_row("journal", 3, "choice", body, checksum)


def test_a_mark_that_cannot_be_read_is_none() -> None:
    """Then the whole journal is read, and a new one is set."""
    pin = Pin(3, bytes(32))
    assert read_mark(9, str(pin)) == Mark(9, pin)
    assert read_mark(0, None) is read_mark(9, "3:00") is None


def test_versions() -> None:
    """A newer version that this release can use is used; of one that it cannot, both versions are named."""
    check_usable("journal", 9, 1)
    with pytest.raises(
        PrivacyError, match=r"journal has version 9.*know version 2 can use it.*knows version 1"
    ):
        check_usable("journal", 9, 2)
