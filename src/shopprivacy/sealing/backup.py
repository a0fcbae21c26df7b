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
from shopprivacy.sealing.store import StoreState, SubjectKeyRow, SubjectKeyStore
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
    store: SubjectKeyStore,
    lines: Iterable[str],
    revision: str,
    now: datetime,
    erased: Collection[bytes],
    noted: str | None = None,
) -> int:
    """Add what the store lacks of a backup: keys, and whose they are. Gives how many. What is erased stays erased.

    ``erased`` are the handles that journal and data name: their keys are never in the store, not for a moment.
    ``noted`` is the store that the data names, if it names one.

    Into an empty store, or the one that the backup was made of. All of the backup is read before anything is written,
    and what is added is added at once: whatever ends in between leaves no part of it.
    Raises SealBroken where it is cut off or is none, and PrivacyError where store or data name another one.
    """
    store_id, rows = read_backup(lines)
    if noted not in (None, store_id):
        raise PrivacyError(
            f"the backup is of the store of subject keys {store_id}, but the data was sealed with {noted}: name a "
            "backup of that one"
        )
    state = store.begin(StoreState(store_id, revision))
    if state.id != store_id:
        raise PrivacyError(
            f"the backup is of the store of subject keys {store_id}, but this store is {state.id}: name another place"
        )
    gone = {*erased, *(row.handle for row in rows if row.wrapped is None)}
    store.erase(sorted(gone), now, revision)
    there = {row.handle: row for row in store.find([row.handle for row in rows])}
    lacking = [row for row in rows if row.handle not in there]
    store.add([_emptied(row, now) if row.handle in gone else row for row in lacking])
    waiting = [row for row in rows if row.owner and row.wrapped and row.handle in there]
    return len(lacking) + store.bind([row for row in waiting if not there[row.handle].owner])


def read_backup(lines: Iterable[str]) -> tuple[str, list[SubjectKeyRow]]:
    """The id of the store and its keys. Raises SealBroken, which names the line and quotes nothing."""
    rows: list[SubjectKeyRow] = []
    store_id, count, number = "", -1, 0
    try:
        for number, line in enumerate(lines, start=1):  # the one that is told
            fields = json.loads(line)
            if number == 1:
                store_id = _head(fields)
            elif count >= 0 or not isinstance(fields, dict):
                raise ValueError
            elif set(fields) == {"rows"}:
                count = int(fields["rows"])
            else:
                rows.append(_row(fields))
    except UnicodeDecodeError:  # some lines are read before the first is seen
        raise SealBroken("the backup is not text in UTF-8") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise SealBroken(f"line {number} of the backup is not as it was written") from None
    if count != len(rows):
        raise SealBroken(f"the backup ends at line {number}, before its end")
    return store_id, rows


def _emptied(row: SubjectKeyRow, now: datetime) -> SubjectKeyRow:
    return row._replace(wrapped=None, erased_at=row.erased_at or written(now))


def row_fields(row: SubjectKeyRow) -> dict[str, str | None]:
    """A key as a line of the backup has it."""
    return {
        "handle": row.handle.hex(),
        "owner": row.owner,
        "group": row.group,
        "context": row.context,
        "root": row.root.hex(),
        "wrapped": None if row.wrapped is None else row.wrapped.hex(),
        "created": row.created,
        "erased_at": row.erased_at,
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
        written(read_moment(fields["created"])),
        None if erased_at is None else written(read_moment(erased_at)),
    )
    if row_fields(row) != fields:
        raise ValueError
    return row
