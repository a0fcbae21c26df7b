"""Which rows have outlived their term. The term runs from the end of a row's effect, not from its date.

A row may go only when its absence allows nothing that its presence forbids:

- a grant has effect until something ends it: a refusal, a withdrawal, an objection, an expiry, or a grant in another
  meaning. The grant a living subscription rests on is never pruned;
- an objection holds until it is overridden, or until a later one takes its place; where the purpose rests on consent
  a later grant ends it, too. While it holds it is never pruned, nor is a restriction that was not lifted: these are
  the suppressions. An objection to direct marketing cannot be overridden (GDPR art. 21(3));
- a refusal or a withdrawal has its effect at once: it ends the grant. Where a purpose rests on consent, silence
  forbids just as well afterwards, so the term runs from its own date (seven years, as shops promise). Where a purpose
  runs until somebody says no (legitimate interest, the soft opt-in of ePrivacy art. 13(2)), silence would allow it
  again: there it is an objection like any other;
- what ends a row's effect stays at least as long as that row, so that no withdrawal goes before its grant;
- a choice of a browser ends by itself when its cookie does.

The decision (`shopprivacy.decision`) reads the same actions in the same way; a test holds the two together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Self

from shopprivacy.decision import Action
from shopprivacy.ledger.entry import Entry, Row
from shopprivacy.ledger.validity import WITHDRAWING, Lifetimes, ends_by_itself
from shopprivacy.policy import Basis, Duration

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

_NO: Final = frozenset({Action.REFUSED, Action.WITHDRAWN})
_ENDS_GRANT: Final = frozenset({*WITHDRAWING, Action.EXPIRED})
_HOLDING: Final = frozenset({Action.GRANTED, Action.OBJECTED, Action.OVERRIDDEN, Action.RESTRICTED})


@dataclass(frozen=True, slots=True)
class PruningRules:
    """What a policy says about how long rows matter."""

    keep: Duration
    """The term, from the end of a row's effect."""
    opt_out: frozenset[str] = frozenset()
    """Purposes that run until somebody says no."""
    absolute: frozenset[str] = frozenset()
    """Purposes an objection to which cannot be overridden."""

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """The rules of this policy."""
        # A no under a name that a purpose had before still ends it, and so it holds as long.
        purposes = [
            (known, purpose)
            for name, purpose in policy.purposes.items()
            for known in (name, *purpose.formerly)
        ]
        return cls(
            keep=policy.ledger.keep,
            opt_out=frozenset(name for name, purpose in purposes if purpose.basis is not Basis.CONSENT),
            absolute=frozenset(name for name, purpose in purposes if purpose.absolute_objection),
        )

    def holds(self, entry: Entry) -> bool:
        """Whether the effect of the entry goes on after its moment."""
        return entry.action in _HOLDING or (entry.action in _NO and entry.purpose in self.opt_out)

    def ends(self, later: Entry, held: Entry) -> bool:
        """Whether a later entry of the same subject ends the effect of an earlier one that holds."""
        same = later.purpose == held.purpose
        covers = same or later.purpose is None
        match held.action:
            case Action.GRANTED:
                return (covers and later.action in _ENDS_GRANT) or (same and later.action is Action.GRANTED)
            case Action.RESTRICTED:
                return same and later.action in (Action.RESTRICTED, Action.LIFTED)
            case Action.OVERRIDDEN:
                return (covers and later.action is Action.OBJECTED) or (
                    same and later.action in (*_NO, Action.OVERRIDDEN)
                )
            case _:
                return self._ends_no(later, held, same=same, covers=covers)

    def _ends_no(self, later: Entry, held: Entry, *, same: bool, covers: bool) -> bool:
        if later.action is Action.OBJECTED:
            return covers
        if not same or held.purpose is None:
            return False
        if later.action is Action.OVERRIDDEN:
            return held.purpose not in self.absolute
        if held.action is Action.OBJECTED:
            return later.action is Action.GRANTED and held.purpose not in self.opt_out
        return later.action in _NO


@dataclass(frozen=True, slots=True)
class _Holding:
    """A row whose effect holds, and the moment before which it cannot end."""

    seq: int
    entry: Entry
    no_sooner: datetime


def effects(
    rows: Iterable[Row], rules: PruningRules, lifetimes: Lifetimes | None = None
) -> Iterator[tuple[int, datetime | None]]:
    """Sequence number of each choice and the end of its effect; None while it holds. In no particular order."""
    lifetimes = lifetimes or {}
    subjects: defaultdict[str, list[_Holding]] = defaultdict(list)
    for row in rows:
        entry = row.entry
        if entry is None:
            continue
        end = entry.at
        still: list[_Holding] = []
        for held in subjects[entry.subject]:
            if rules.ends(entry, held.entry):
                # Clocks of two workers may differ; the order of the rows counts, so take the later time.
                ended = _earliest(max(held.no_sooner, entry.at), ends_by_itself(held.entry, lifetimes))
                yield held.seq, ended
                end = max(end, ended)
            else:
                still.append(held)
        if rules.holds(entry):
            still.append(_Holding(row.seq, entry, end))
        else:
            yield row.seq, end
        subjects[entry.subject] = still
    for held in (held for holding in subjects.values() for held in holding):
        yield held.seq, ends_by_itself(held.entry, lifetimes)


def prunable(
    rows: Iterable[Row], rules: PruningRules, now: datetime, lifetimes: Lifetimes | None = None
) -> list[int]:
    """The sequence numbers of the choices that may go at ``now``, in order.

    ``rows`` are all rows of the ledger in order. The end of the term itself is the first moment at which a row may
    go. Notes of earlier prunings never go: they say nothing about anybody.
    """
    ended = effects(rows, rules, lifetimes)
    return sorted(seq for seq, end in ended if end is not None and rules.keep.after(end) <= now)


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
