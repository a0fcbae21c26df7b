"""Taking an imported list back: what it did is as if it had never been done, and nothing else is.

The row that takes it back is the consent that had stood, of its own moment, with the import's id. A no that came in
between, of the account or about all marketing, so stays the newer word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from shopprivacy.decision import Action, Record
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.ledger.validity import WITHDRAWING, record_of
from shopprivacy.mail.model import ALL


def without_undone(entries: Iterable[tuple[int, Entry]], purpose: str) -> list[Record]:
    """Return the records of an address without what an import did to a purpose that was taken back of it."""
    known = [*entries]
    taken_back = {
        entry.consent_id for _, entry in known if entry.action is Action.GRANTED and entry.purpose == purpose
    } - {None}
    return [
        record_of(seq, entry)
        for seq, entry in known
        if entry.action not in WITHDRAWING or entry.consent_id not in taken_back
    ]


def consent_before(entries: Sequence[Entry], ended: Entry) -> Entry | None:
    """Return the consent that an import ended, as the row that takes it back; None: there was none."""
    before = [
        entry
        for entry in entries[: entries.index(ended)]
        if entry.purpose in (ended.purpose, ALL, None)
        and (entry.action is Action.GRANTED or entry.action in WITHDRAWING or entry.action is Action.EXPIRED)
    ]
    if not before or before[-1].action is not Action.GRANTED:
        return None
    return replace(before[-1], how=CollectionMethod.IMPORT, consent_id=ended.consent_id)


def rows_of_undoing(entries: Sequence[Entry], batch: str) -> tuple[list[Entry], int]:
    """Return the rows that take an import back for one address, and how many purposes nothing can open again.

    Those are the ones that rested on no consent, and those to which the person has said no since, by their own act:
    an objection stays, since only who objected can end it (GDPR art. 21(3)).
    """
    last = {entry.purpose: entry for entry in entries}
    mine = [
        entry
        for entry in last.values()
        if entry.consent_id == batch and entry.action in WITHDRAWING and entry.purpose != ALL
    ]
    said_no = [
        entry
        for name in (ALL, None)
        if (entry := last.get(name)) is not None and entry.action in WITHDRAWING and entry.consent_id != batch
    ]
    found = [consent_before(entries, entry) for entry in mine]
    opened = [row for row in found if row is not None and all(no.at < row.at for no in said_no)]
    return opened, len(mine) - len(opened)
