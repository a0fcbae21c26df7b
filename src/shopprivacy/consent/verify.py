"""Does the ledger still say what was written? Every row that does not is named.

What the key chain shows: an edit (the digest or the hash no longer follows), a swap, an insertion (neither row
follows from the one before), a row that is missing, a row whose content is gone without a note of pruning in the
chain. What it cannot show is that rows were cut off at the end together with the stored head: for that, a pin or a
checkpoint has to have been kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from shopprivacy.consent.chain import GENESIS, Head, Pin, chained, rolled
from shopprivacy.consent.checkpoint import Checkpoint, public_key
from shopprivacy.consent.entry import Damaged, Pruning, Row, digest
from shopprivacy.consent.pruning import joined
from shopprivacy.crypto import DerivedKey, Keyset, Use
from shopprivacy.errors import KeyUnavailable, LedgerBroken

_CANDIDATES: Final = 8


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One row, or one stretch of rows, that is not as it was written."""

    first: int
    last: int
    what: str

    def __str__(self) -> str:
        rows = f"row {self.first}" if self.first == self.last else f"rows {self.first} to {self.last}"
        return f"{rows}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. ``count`` is the number of rows read, pruned ones included."""

    count: int
    pruned: int
    faults: tuple[Fault, ...]

    def require(self) -> None:
        """Raise LedgerBroken if anything is wrong."""
        if self.faults:
            raise LedgerBroken(map(str, self.faults))


def verify(
    rows: Iterable[Row],
    head: Callable[[], Head],
    keyset: Keyset,
    *,
    checkpoints: Iterable[Checkpoint] = (),
    pins: Iterable[Pin] = (),
) -> Verification:
    """Check all rows, in the order of their numbers, against the chain, the head, the checkpoints and the pins.

    A row whose chain key has been disabled or destroyed is good only if a checkpoint signed by a usable key covers
    it. Reads the rows once, keeps none, and asks for the head after the last.
    """
    run = _Run(keyset)
    for made in checkpoints:
        run.mark(str(made), made.pin, made.head.rolling, covers=run.ours(made))
    for pin in pins:
        run.mark("the pinned head", pin)
    for row in rows:
        run.row(row)
    run.ends_at(head())
    return run.result()


def audit(rows: Iterable[Row], checkpoint: Checkpoint, trusted_key: bytes) -> Verification:
    """Check an export with nothing but a public key: all rows up to the checkpoint are those that were signed.

    ``trusted_key`` (32 bytes) came to the auditor by another way than the export. Rows after the checkpoint are
    not looked at. Whether a missing content was pruned rightly, its note in the chain says (also signed).
    """
    run = _Run(None)
    signed = checkpoint.signed_by(trusted_key)
    if not signed:
        run.fault(checkpoint.head.count, f"{checkpoint} is not signed by the trusted key")
    run.mark(str(checkpoint), checkpoint.pin, checkpoint.head.rolling, covers=signed)
    for row in rows:
        if row.seq <= checkpoint.head.count:
            run.row(row)
    return run.result()


@dataclass(frozen=True, slots=True)
class _Mark:
    """Something that was noted about the first ``pin.count`` rows when they were the last."""

    name: str
    pin: Pin
    rolling: bytes | None
    covers: bool
    """Whether the rolling hash is vouched for by a signature, and so holds rows without their chain key."""


@dataclass(slots=True)
class _Run:
    keyset: Keyset | None
    count: int = 0
    """The number of the last row that was read."""
    stored: bytes = GENESIS.hash
    """The last row's hash, as stored."""
    previous: frozenset[bytes] | None = frozenset({GENESIS.hash})
    """What the last row's hash may be: more than one where it was tampered with; None: that row is missing."""
    rolling: bytes | None = GENESIS.rolling
    held: int = 0
    """Up to here a pin or checkpoint agrees."""
    covered: int = 0
    """Up to here a signed checkpoint agrees."""
    faults: list[Fault] = field(default_factory=list)
    marks: dict[int, list[_Mark]] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)
    missing: list[tuple[int, int]] = field(default_factory=list)
    notes: list[tuple[int, Pruning]] = field(default_factory=list)
    unkeyed: list[int] = field(default_factory=list)

    def fault(self, first: int, what: str, last: int | None = None) -> None:
        self.faults.append(Fault(first, first if last is None else last, what))

    def mark(self, name: str, pin: Pin, rolling: bytes | None = None, *, covers: bool = False) -> None:
        mark = _Mark(name, pin, rolling, covers)
        if pin.count == self.count:
            self._compare(mark)
        else:
            self.marks.setdefault(pin.count, []).append(mark)

    def row(self, row: Row) -> None:
        if row.seq <= self.count:
            self.fault(row.seq, "stands more than once, or out of order")
            return
        if row.seq > self.count + 1:
            self._skip_to(row.seq)
        self.count, self.stored = row.seq, row.hash
        self.rolling = None if self.rolling is None else rolled(self.rolling, row)
        good = self._content(row)
        good = self._link(row) and good
        if good and isinstance(row.content, Pruning):
            self.notes.append((row.seq, row.content))
        for mark in self.marks.pop(self.count, ()):
            self._compare(mark)

    def ends_at(self, head: Head) -> None:
        if head.count < self.count:
            self.fault(head.count + 1, "not counted by the stored head", self.count)
        else:
            self.mark("the stored head", head.pin, head.rolling)

    def result(self) -> Verification:
        for count, marks in self.marks.items():
            for mark in marks:
                self.fault(self.count + 1, f"missing: {mark.name} counts {count}", count)
        unkeyed = [seq for seq in self.unkeyed if seq > self.covered]
        for first, last in joined(unkeyed):
            self.fault(first, "no chain key for it, and no checkpoint signed by a usable key covers it", last)
        self._check_pruned(set(unkeyed))
        return Verification(self.count, len(self.gone), tuple(sorted(self.faults)))

    def ours(self, made: Checkpoint) -> bool:
        """Whether our own key signed it. A wrong signature is a fault; a key that is gone proves nothing."""
        key = self._derive(Use.CHECKPOINT, made.key_id) if made.signature else None
        if key is None or self.keyset is None:
            return False
        good = made.tenant == self.keyset.tenant and made.signed_by(public_key(key))
        if not good:
            self.fault(made.head.count, f"{made} has a signature that is not ours")
        return good

    def _skip_to(self, seq: int) -> None:
        self.fault(self.count + 1, "missing", seq - 1)
        self.missing.append((self.count + 1, seq - 1))
        self.marks = {count: marks for count, marks in self.marks.items() if count >= seq}
        self.previous = self.rolling = None

    def _content(self, row: Row) -> bool:
        if row.content is None:
            self.gone.append(row.seq)
        elif isinstance(row.content, Damaged):
            self.fault(row.seq, f"was edited: {row.content.reason}")
        elif digest(row.content, row.salt) != row.digest:
            self.fault(row.seq, "was edited: its content is not what its digest says")
        else:
            return True
        return False

    def _link(self, row: Row) -> bool:
        """Whether the hash follows from the row before, as far as can be told."""
        before, self.previous = self.previous, frozenset({row.hash})
        key = self._derive(Use.LEDGER_CHAIN, row.key_id)
        if key is None:
            self.unkeyed.append(row.seq)
            return True
        if before is None:
            return True
        expected = {chained(key, previous, row.seq, row.digest) for previous in before}
        if row.hash in expected:
            return True
        self.fault(
            row.seq, "is not the row that was written here: its hash does not follow from the row before"
        )
        # Whichever was tampered with, the next row follows from one of these and is not blamed. A stretch of
        # foreign rows would make ever more of them; there it is enough that each is named.
        if len(expected) < _CANDIDATES:
            self.previous = frozenset({row.hash, *expected})
        return False

    def _derive(self, use: Use, key_id: bytes) -> DerivedKey | None:
        try:
            return None if self.keyset is None else self.keyset.derive(use, key_id=key_id)
        except KeyUnavailable:
            return None

    def _compare(self, mark: _Mark) -> None:
        same = mark.pin.hash == self.stored and (
            mark.rolling is None or self.rolling is None or mark.rolling == self.rolling
        )
        if same:
            self.held = self.count
            self.covered = self.count if mark.covers and self.rolling is not None else self.covered
        elif all(fault.first > self.count for fault in self.faults):  # else the row at fault is named already
            self.fault(min(self.held + 1, self.count), f"not what {mark.name} counted and hashed", self.count)

    def _check_pruned(self, untrusted: set[int]) -> None:
        noted: set[int] = set()
        for seq, note in self.notes:
            if seq not in untrusted:
                for first, last in note.rows:
                    noted.update(range(first, min(last, seq - 1) + 1))
        for first, last in joined(sorted(set(self.gone) - noted)):
            self.fault(first, "content is gone, and no pruning in the chain names it", last)
        noted = {seq for seq in noted if not any(first <= seq <= last for first, last in self.missing)}
        for first, last in joined(sorted(noted - set(self.gone))):
            self.fault(first, "was pruned, and its content is back", last)
