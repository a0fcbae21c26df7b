"""A record of the journal as a row of a table, in a file or in a second database (docs/formats/ledger.md)."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any, Final, NamedTuple

from shopprivacy.errors import JournalBroken, PrivacyError
from shopprivacy.ledger.chain import Pin
from shopprivacy.ledger.journal import JournalRecord, Mark, NumberedRecord

VERSION: Final = 1
"""Of the format. It only expands within a major version of the library."""
OLDEST: Final = 1
"""The oldest version whose releases can use what this one writes."""

_CHECKSUM: Final = 16


class JournalRow(NamedTuple):
    """The columns of a record beside its number."""

    at: int
    """When it was written, in seconds since 1970 (UTC)."""
    kind: str
    body: str
    """JSON."""
    checksum: str
    """The first 16 hexadecimal digits of SHA-256 over kind, space and body: a database checks no page of its file."""


def journal_row(record: JournalRecord, at: datetime) -> JournalRow:
    """The record as a row that is written at this moment."""
    body = json.dumps(dict(record.body), separators=(",", ":"))
    return JournalRow(int(at.timestamp()), record.kind, body, _checksum(record.kind, body))


def read_journal_row(where: str, number: int, kind: str, body: str, checksum: str) -> NumberedRecord:
    """The record that these columns hold.

    Raises JournalBroken, which names the row and what to do, where they are not as they were written.
    """
    values = read_body(body) if checksum == _checksum(kind, body) else None
    if values is None:
        fault = (
            f"{where} record {number}: is not as it was written. Put a copy of the journal back, or keep one and take "
            "the row out of shopprivacy_journal_record: what it said is then lost, unless the ledger has it"
        )
        raise JournalBroken([fault])
    return NumberedRecord(number, JournalRecord(kind, values))


def read_body(text: str | bytes) -> dict[str, str] | None:
    """The members of a JSON object that are all strings; None for anything else."""
    try:
        found: Any = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    members: dict[str, Any] = found
    return members if all(isinstance(value, str) for value in members.values()) else None


def read_mark(through: int, pin: str | None) -> Mark | None:
    """The mark that these columns hold; None where none was set, or none that can be read: then all is read again."""
    try:
        return None if pin is None else Mark(through, Pin.parse(pin))
    except ValueError:
        return None


def check_usable(where: str, version: int, oldest: int) -> None:
    """Raise PrivacyError where a newer major version of the library has written this journal."""
    if oldest > VERSION:
        raise PrivacyError(
            f"{where} has version {version}, of a newer major version of shopprivacy: only releases that know version "
            f"{oldest} can use it, and this one knows version {VERSION}: run the shopprivacy that wrote it, or a "
            "newer one"
        )


def _checksum(kind: str, body: str) -> str:
    return hashlib.sha256(f"{kind} {body}".encode()).hexdigest()[:_CHECKSUM]
