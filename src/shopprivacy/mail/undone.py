"""Taking an imported list back: the consents that it ended are as if it had never been, and nothing else is.

Who had none stays on it: another list may have found that out as known already, and so have written nothing.

The row that takes it back is the consent that had stood, of its own moment, with the import's id. A no that came in
between, of the account or about all marketing, so stays the newer word. The list may come again after it: then it
counts again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from shopprivacy.decision import Action, Record
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.ledger.validity import WITHDRAWING, record_of
from shopprivacy.mail.model import ALL


def without_undone(entries: Iterable[tuple[int, Entry]], purpose: str) -> list[Record]:
    """Return the records of an address without what an import did to a purpose before it was taken back of it."""
    return [record_of(seq, entry) for seq, entry in _standing(entries, purpose)]


def _standing(entries: Iterable[tuple[int, Entry]], purpose: str | None) -> list[tuple[int, Entry]]:
    known = [*entries]
    taken_back: dict[str | None, int] = {
        entry.consent_id: seq
        for seq, entry in known
        if entry.action is Action.GRANTED and entry.purpose == purpose and entry.consent_id is not None
    }
    return [
        (seq, entry)
        for seq, entry in known
        if entry.action not in WITHDRAWING or seq > taken_back.get(entry.consent_id, -1)
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
    mine = [
        entry
        for entry in {entry.purpose: entry for entry in entries}.values()
        if entry.consent_id == batch and entry.action in WITHDRAWING and entry.purpose != ALL
    ]
    found = [_reopened(entries, entry) for entry in mine]
    opened = [row for row in found if row is not None]
    return opened, len(mine) - len(opened)


def _reopened(entries: Sequence[Entry], ended: Entry) -> Entry | None:
    """Return the row that opens a purpose again which an import ended; None: nothing can, or somebody said no."""
    known = [entry for _, entry in _standing(enumerate(entries), ended.purpose)]
    row = consent_before(known, ended)
    last = {entry.purpose: entry for entry in known}
    said_no = [
        entry
        for name in (ALL, None)
        if (entry := last.get(name)) is not None
        and entry.action in WITHDRAWING
        and entry.consent_id != ended.consent_id
    ]
    return row if row is not None and all(no.at < row.at for no in said_no) else None
