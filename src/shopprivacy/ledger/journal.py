"""The journal beside the database, and bringing a restored backup up to date with it.

A backup is older than what it is restored over. What it lost, people may repeat; what it must not lose is that
somebody said no. So every narrowing choice is also written to a journal outside the database before the database
commits it, and is appended again where the restored ledger lacks it (GDPR art. 5(1)(f), 32(1)(c)).

A journal bears years: a mark says up to where ledger and journal are in step, so that only what follows is read, and
what is older than any backup can be is forgotten. `shopprivacy.ledger.replay` does both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from shopprivacy.errors import JournalBroken
from shopprivacy.ledger.chain import Pin
from shopprivacy.ledger.entry import SALT_BYTES, Entry, digest
from shopprivacy.ledger.serialize import entry_fields, read_entry

CHOICE: Final = "choice"
"""The kind of record that this module writes and replays. What other domains keep has kinds of its own."""

BATCH: Final = 500
"""Records that are replayed together."""


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """One thing to be done again after a restore. ``body`` holds pseudonyms and names, no raw identifiers."""

    kind: str
    body: Mapping[str, str]


Bodies = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class JournalKind:
    """Records of a domain's own, such as erased keys, and how they are done again.

    ``replay`` takes the bodies of some of them, oldest first and at most `BATCH` at a time: at start, before anything
    is served, and again whenever they may have been undone. It must not mind being asked twice. What it raises stops
    a start.
    """

    name: str
    """Lower-case letters, digits and underscores; no other domain's, and not `CHOICE`."""
    replay: Callable[[Bodies], object]


class NumberedRecord(NamedTuple):
    """A record as it stands in a journal. Numbers rise in the order in which records were written; some are missing."""

    number: int
    record: JournalRecord


class Mark(NamedTuple):
    """Ledger and journal are in step: the ledger up to row ``pin`` has judged every choice up to ``through``.

    The hash in ``pin`` fixes all rows before it, so a ledger that has this row needs no more than what follows.
    """

    through: int
    pin: Pin


class Journal(Protocol):
    """Records outside the database and outside its backups. Every method raises JournalDown where it cannot be used.

    Reading also raises JournalBroken, which names what an operator can do, where what is read is not as it was written.
    """

    def name(self) -> str:
        """32 hexadecimal digits, drawn at random when the journal was made: it and no other has them."""
        ...

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Write the records, all or none, and return once they are on the disk."""
        ...

    def records(self, after: int = 0, kind: str | None = None) -> Iterator[NumberedRecord]:
        """The records with a number above ``after``, of one kind if given, oldest first, read in batches.

        They become visible in the order of their numbers, so that nobody who reads on misses one.
        """
        ...

    def kinds(self) -> Collection[str]:
        """The kinds of which there are records."""
        ...

    def mark(self) -> Mark | None:
        """Up to where ledger and journal are in step, if that was noted."""
        ...

    def set_mark(self, mark: Mark) -> None:
        """Note up to where they are."""
        ...

    def forget(self, numbers: Sequence[int]) -> None:
        """Take these records away, so that nothing of them is left in a file."""
        ...

    def forget_before(self, at: datetime, kind: str, through: int) -> int:
        """Take away records of a kind, up to the number ``through``, that were written before ``at``.

        Gives how many.
        """
        ...

    def is_shared(self) -> bool:
        """Whether another process has the journal open, as far as that can be known. Lets go of it to find out."""
        ...

    def close(self) -> None:
        """Let go of files and connections. The journal can be used again, and then opens them anew."""
        ...


def recorded(entry: Entry, salt: bytes, *, ordered: bool = False) -> JournalRecord:
    """A choice for the journal, with its salt: replayed, it gives a row with the very same digest.

    ``ordered`` says that the ledger was read when it was written, so that its moment is not before what the subject
    had chosen by then, whatever the clocks said.
    """
    body = {name: value for name, value in entry_fields(entry).items() if isinstance(value, str)}
    return JournalRecord(CHOICE, {**body, "salt": salt.hex()} | ({"ordered": "yes"} if ordered else {}))


class JournalEntry(NamedTuple):
    """A choice as the journal keeps it; see ``recorded``."""

    entry: Entry
    salt: bytes
    ordered: bool


def choice(record: JournalRecord) -> JournalEntry:
    """The choice and its salt.

    Raises ValueError when the record holds none.
    """
    salt = bytes.fromhex(record.body.get("salt", ""))
    if len(salt) != SALT_BYTES:
        raise ValueError("salt: missing or too short")
    return JournalEntry(read_entry(record.body), salt, record.body.get("ordered") == "yes")


def choices(records: Iterable[NumberedRecord]) -> dict[bytes, JournalEntry]:
    """The choices that the records hold by digest, oldest first.

    Raises JournalBroken, which names the record, where one holds none.
    """
    found: dict[bytes, JournalEntry] = {}
    for number, record in records:
        try:
            kept = choice(record)
        except ValueError as error:
            fault = (
                f"the journal's record {number}: {error}. A newer major version may have written it: run that, or keep "
                "a copy of the journal and take the row out of shopprivacy_journal_record"
            )
            raise JournalBroken([fault]) from None
        found[digest(kept.entry, kept.salt)] = kept
    return found
