"""A copy of the store of subject keys as lines of JSON, and bringing one back (``docs/formats/sealed.md``).

The keys in it are wrapped: without the keyset it opens nothing. It is personal data still, and it outlives an erasure
until it is thrown away: keep it no longer than any backup (``backups.keep``).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from shopprivacy.errors import PrivacyError, SealBroken
from shopprivacy.sealing.discreet import discreet
from shopprivacy.sealing.store import BATCH, StoreState, SubjectKeyRow, SubjectKeyStore
from shopprivacy.sealing.wrap import read_moment, written

NAME: Final = "shopprivacy-subject-keys"
VERSION: Final = 1


def backup_lines(store: SubjectKeyStore, now: datetime) -> Iterator[str]:
    """The store: a head, a line for each key, and their number. Raises PrivacyError where there is no store."""
    state = store.state()
    if state is None:
        raise PrivacyError("there is no store of subject keys here yet: nothing was sealed for anybody")
    yield json.dumps({"format": NAME, "version": VERSION, "store": state.id, "made": written(now)})
    count = 0
    for row in store.rows():
        yield json.dumps(row_fields(row))
        count += 1
    yield json.dumps({"rows": count})


@discreet
def restore(
    store: SubjectKeyStore, lines: Iterable[str], revision: str, now: datetime, erased: Collection[bytes]
) -> int:
    """Add what the store lacks of a backup: keys, and whose they are. Gives how many. What is erased stays erased.

    ``erased`` are the handles that journal and data name: their keys are never in the store, not for a moment.

    Into an empty store, or the one that the backup was made of. All of the backup is read before anything is written.
    Raises SealBroken where it is cut off or is none, and PrivacyError where the store is another one.
    """
    store_id, rows = read_backup(lines)
    state = store.begin(StoreState(store_id, revision))
    if state.id != store_id:
        raise PrivacyError(
            f"the backup is of the store of subject keys {store_id}, and here stands {state.id}: name another place"
        )
    gone = {*erased, *(row.handle for row in rows if row.wrapped is None)}
    store.erase(sorted(gone), now, revision)
    added = 0
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        there = {row.handle: row for row in store.find([row.handle for row in some])}
        store.add(
            [_emptied(row, now) if row.handle in gone else row for row in some if row.handle not in there]
        )
        waiting = [row for row in some if row.owner and row.wrapped and row.handle in there]
        bound = sum(store.bind(row) for row in waiting if not there[row.handle].owner)
        added += len(some) - len(there) + bound
    return added


def read_backup(lines: Iterable[str]) -> tuple[str, list[SubjectKeyRow]]:
    """The id of the store and its keys. Raises SealBroken, which names the line and quotes nothing."""
    rows: list[SubjectKeyRow] = []
    store_id, count, number = "", -1, 0
    for number, line in enumerate(lines, start=1):
        try:
            fields = json.loads(line)
            if number == 1:
                store_id = _head(fields)
            elif count >= 0 or not isinstance(fields, dict):
                raise ValueError
            elif set(fields) == {"rows"}:
                count = int(fields["rows"])
            else:
                rows.append(_row(fields))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise SealBroken(f"line {number} of the backup is not as it was written") from None
    if count != len(rows):
        raise SealBroken(f"the backup ends at line {number}, before its end")
    return store_id, rows


def _emptied(row: SubjectKeyRow, now: datetime) -> SubjectKeyRow:
    return row._replace(wrapped=None, erased_at=row.erased_at or now)


def row_fields(row: SubjectKeyRow) -> dict[str, str | None]:
    """A key as a line of the backup has it."""
    return {
        "handle": row.handle.hex(),
        "owner": row.owner,
        "group": row.group,
        "context": row.context,
        "root": row.root.hex(),
        "wrapped": None if row.wrapped is None else row.wrapped.hex(),
        "created": written(row.created),
        "erased_at": None if row.erased_at is None else written(row.erased_at),
    }


def _head(fields: Any) -> str:  # noqa: ANN401  # what JSON brings
    if fields["format"] != NAME or fields["version"] != VERSION:
        raise ValueError
    return str(fields["store"])


def _row(fields: Any) -> SubjectKeyRow:  # noqa: ANN401  # what JSON brings
    wrapped, erased_at = fields["wrapped"], fields["erased_at"]
    row = SubjectKeyRow(
        bytes.fromhex(fields["handle"]),
        *(fields["owner"], fields["group"], fields["context"], bytes.fromhex(fields["root"])),
        None if wrapped is None else bytes.fromhex(wrapped),
        read_moment(fields["created"]),
        None if erased_at is None else read_moment(erased_at),
    )
    if row_fields(row) != fields:
        raise ValueError
    return row
