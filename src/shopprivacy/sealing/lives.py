"""Whether an owner was erased: by its own keys, and not by those of whoever had its number before."""

from __future__ import annotations

from collections.abc import Sequence

from shopprivacy.errors import SealRefused
from shopprivacy.sealing.store import SubjectKeyRow


def is_erased(rows: Sequence[SubjectKeyRow], group: str) -> bool:
    """Whether the keys of an owner were erased: all of the group, or all there are.

    ``rows`` are its keys, in the order in which they were made. Once none is left only a new row gets one, so a key
    that is younger than the erasure of all before it begins another owner, of the same number.
    """
    own = rows
    for at, row in enumerate(rows):
        if all(old.erased_at is not None and old.erased_at < row.created for old in rows[:at]):
            own = rows[at:]
    gone = [row.wrapped is None for row in own if row.group == group] or [row.wrapped is None for row in own]
    return bool(gone) and all(gone)


def erased_error(owner: str, group: str, field: str) -> SealRefused:
    """Return the error of who seals for an owner who was erased."""
    return SealRefused(
        f'{field}: the keys of this {owner.partition(":")[0]} in the group "{group}" were erased, so nothing '
        "more can be sealed for it; a new row begins with privacy.sealing.new_subject()"
    )
