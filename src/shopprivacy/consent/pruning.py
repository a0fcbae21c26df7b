"""Which rows have outlived their term. The term runs from the end of a row's effect, not from its date.

A row may go only when its absence allows nothing that its presence forbids:

- a grant has effect until something ends it: a refusal, a withdrawal, an objection, an expiry, or a grant in another
  meaning. The grant a living subscription rests on is never pruned;
- an objection has effect until it is overridden or a later grant ends it, a restriction until it is lifted. While
  they hold they are never pruned: these are the suppressions;
- a refusal or a withdrawal has its effect at once: it ends the grant. Where a purpose rests on consent, silence
  forbids just as well afterwards, so its term runs from its own date (seven years, as shops promise). Where a purpose
  runs until somebody says no (``opt_out``: legitimate interest, the soft opt-in of ePrivacy art. 13(2)), silence would
  allow it again, so there it counts as a suppression too and holds until a later choice takes its place. The same
  goes for a refusal or a withdrawal of everything at once;
- what ends a row's effect stays at least as long as that row, so that no withdrawal goes before its grant;
- a choice of a browser ends by itself when its cookie does (``lives``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shopprivacy.consent.entry import Entry, Row
from shopprivacy.consent.standing import Lives, Span, ends_by_itself
from shopprivacy.decision import Action

ENDED_BY: Final = {
    Action.GRANTED: frozenset(
        {Action.GRANTED, Action.REFUSED, Action.WITHDRAWN, Action.OBJECTED, Action.EXPIRED}
    ),
    Action.OBJECTED: frozenset({Action.GRANTED, Action.OBJECTED, Action.OVERRIDDEN}),
    Action.RESTRICTED: frozenset({Action.RESTRICTED, Action.LIFTED}),
}
"""Which later actions about the same purpose, or about all, end the effect of an earlier one. The rest has none."""

_SAYING_NO: Final = frozenset({Action.REFUSED, Action.WITHDRAWN})
_UNDOING_NO: Final = frozenset({Action.GRANTED, Action.REFUSED, Action.WITHDRAWN, Action.OBJECTED})


@dataclass(frozen=True, slots=True)
class _Holding:
    """A row whose effect holds, what would end it, and the moment before which it cannot end."""

    seq: int
    entry: Entry
    ended_by: frozenset[Action]
    no_sooner: datetime


def effects(
    rows: Iterable[Row], *, opt_out: Collection[str] = (), lives: Lives | None = None
) -> Iterator[tuple[int, datetime | None]]:
    """Sequence number of each choice and the end of its effect; None while it holds. In no particular order."""
    lives = lives or {}
    subjects: defaultdict[str, list[_Holding]] = defaultdict(list)
    for row in rows:
        entry = row.entry
        if entry is None:
            continue
        end = entry.at
        still: list[_Holding] = []
        for held in subjects[entry.subject]:
            if entry.action in held.ended_by and entry.purpose in (held.entry.purpose, None):
                # Clocks of two workers may differ; the order of the rows counts, so take the later time.
                ended = _earliest(max(held.no_sooner, entry.at), ends_by_itself(held.entry, lives))
                yield held.seq, ended
                end = max(end, ended)
            else:
                still.append(held)
        ended_by = ENDED_BY.get(entry.action, frozenset())
        if entry.action in _SAYING_NO and (entry.purpose in opt_out or entry.purpose is None):
            ended_by = _UNDOING_NO
        if ended_by:
            still.append(_Holding(row.seq, entry, ended_by, end))
        else:
            yield row.seq, end
        subjects[entry.subject] = still
    for held in (held for holding in subjects.values() for held in holding):
        yield held.seq, ends_by_itself(held.entry, lives)


def prunable(
    rows: Iterable[Row],
    keep: Span,
    now: datetime,
    *,
    opt_out: Collection[str] = (),
    lives: Lives | None = None,
) -> list[int]:
    """The sequence numbers of the choices that may go at ``now``, in order.

    ``rows`` are all rows of the ledger in order. The end of the term itself is the first moment at which a row may
    go. Notes of earlier prunings never go: they say nothing about anybody.
    """
    ended = effects(rows, opt_out=opt_out, lives=lives)
    return sorted(seq for seq, end in ended if end is not None and keep.after(end) <= now)


def joined(seqs: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Sequence numbers in order as stretches: 1, 2, 3, 7 becomes (1, 3), (7, 7)."""
    found: list[tuple[int, int]] = []
    for seq in seqs:
        if found and found[-1][1] == seq - 1:
            found[-1] = (found[-1][0], seq)
        else:
            found.append((seq, seq))
    return tuple(found)


def _earliest(one: datetime, other: datetime | None) -> datetime:
    return one if other is None else min(one, other)
