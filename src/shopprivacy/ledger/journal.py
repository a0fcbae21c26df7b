"""The journal beside the database, and bringing a restored backup up to date with it.

A backup is older than what it is restored over. What it lost, people may repeat; what it must not lose is that
somebody said no. So every narrowing choice is also written to a journal outside the database before the database
commits it, and is appended again at start where the restored ledger lacks it (GDPR art. 5(1)(f), 32(1)(c)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, NamedTuple, Protocol

from shopprivacy.errors import PrivacyError
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


class Journal(Protocol):
    """An append-only file outside the database and outside its backups."""

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Write the records and return once they are on the disk.

        Raises StoreDown.
        """
        ...

    def records(self) -> Iterable[JournalRecord]:
        """All records, oldest first. A last record that was cut off while it was written is not one.

        Raises StoreDown.
        """
        ...

    def compact(self, keep: Callable[[JournalRecord], bool]) -> int:
        """Forget the records for which ``keep`` says no; gives their number.

        Raises StoreDown.
        """
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


def choices(records: Iterable[JournalRecord]) -> dict[bytes, JournalEntry]:
    """The choices among the records by digest, oldest first."""
    found = (choice(record) for record in records if record.kind == CHOICE)
    return {digest(kept.entry, kept.salt): kept for kept in found}


def replay_others(records: Iterable[JournalRecord], kinds: Iterable[JournalKind]) -> None:
    """Do again what the records of other kinds say, in their order.

    Raises PrivacyError when nothing replays a kind: starting without it would undo what somebody asked for.
    """
    replays = {kind.name: kind.replay for kind in kinds}
    for name, same in groupby((record for record in records if record.kind != CHOICE), lambda r: r.kind):
        if name not in replays:
            raise PrivacyError(
                f'the journal holds records of the kind "{name}", and nothing here replays them'
            )
        bodies = [record.body for record in same]
        for start in range(0, len(bodies), BATCH):
            replays[name](bodies[start : start + BATCH])
